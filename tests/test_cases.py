"""Does the benchmark of collected cases count rightly, and does the product answer the cases that it can?"""

import json
from pathlib import Path

import pytest

from benchmarks.cases import ANSWERS, answer_csv, answer_opening, answer_phone, answer_placeholder, main, read_cases

CASES = Path(__file__).parent / "data/cases"
PLACEHOLDERS = json.loads((CASES / "placeholders.json").read_text())

# Not answered as expected; each with the reason. Remove a line when the product can do it.
NOT_YET = {
    "22_numbers.xlsx": "arguable: a workbook is refused as a whole, since no library of the project reads one",
}


@pytest.mark.parametrize("case", PLACEHOLDERS, ids=[f"{case['id']} {case['why']}" for case in PLACEHOLDERS])
def test_each_collected_placeholder_is_filled_as_expected_or_known_not_to_be(case):
    answer = answer_placeholder(case)

    assert answer.is_right == (case["id"] not in NOT_YET), answer.said


LEAD_FILES = read_cases(CASES, "csv")


@pytest.mark.parametrize("case", LEAD_FILES, ids=[f"{case['file']} {case['why']}" for case in LEAD_FILES])
def test_each_collected_lead_file_is_imported_as_expected_or_known_not_to_be(case):
    answer = answer_csv(case)

    assert answer.is_right == (case["file"] not in NOT_YET), answer.said
    assert not answer.is_dear, answer.said


LEAD_FILE = {"file": "a.csv", "region": "US", "duplicates": "skip"}
EXPECTED = {"created": 1, "updated": 0, "duplicate": 0, "rejected": [], "warnings": [], "leads": []}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Phone\n212-555-0101\n", {"leads": [{"line": 2, "phone": "+12125550109", "time_zone": "America/New_York"}]}),
        ("Phone\n212-555-0101\n", {"rejected": [{"line": 2, "column": "Phone", "reason_kind": "x", "value": ""}]}),
        ("Phone\n212-555-0101\n", {"leads": [{"line": 3, "phone": "+12125550102", "time_zone": "America/New_York"}]}),
    ],
    ids=["another number", "a number to refuse", "a lost line"],
)
def test_a_wrong_number_in_a_lead_file_and_a_lost_line_are_dear(tmp_path, content, expected):
    (tmp_path / "a.csv").write_text(content)

    answer = answer_csv(LEAD_FILE | {"given_directory": str(tmp_path), "expected": EXPECTED | expected})

    assert answer.is_dear
    assert not answer.is_right


PHONE = {"id": "a", "input": "(212) 555-0101", "region": "US", "expected": {"e164": "+12125550101", "reject": None}}


def run(folder, capsys, *arguments, **files):
    for kind, cases in files.items():
        (folder / f"{kind}.json").write_text(json.dumps(cases))
    status = main([str(folder), *arguments])
    *lines, last = capsys.readouterr().out.splitlines()
    return status, lines, json.loads(last)


def test_right_answers_are_counted_without_and_with_the_arguable_ones(tmp_path, capsys):
    refused = {"id": "b", "input": "12", "region": "US", "expected": {"e164": "+12", "reject": None}, "arguable": True}

    status, lines, summary = run(tmp_path, capsys, "--kind", "phones", phones=[PHONE, refused])

    assert status == 0
    assert lines[0] == "phones: 1/1 right, 1/2 with the arguable ones, 0 dear mistakes"
    figures = {"right": 1, "total": 1, "arguable_right": 0, "arguable_total": 1, "dear": 0, "missed": ["b"]}
    assert summary == {"phones": figures}


def test_a_wrong_number_accepted_is_dear_and_fails_the_run(tmp_path, capsys):
    wrong = PHONE | {"expected": {"e164": None, "reject": "premium_rate"}}

    status, lines, summary = run(tmp_path, capsys, phones=[wrong])

    assert (status, summary["phones"]["dear"]) == (1, 1)
    assert any(line.startswith("  missed a (dear): ReadNumber(") for line in lines)


def test_a_placeholder_that_would_be_read_aloud_is_dear():
    case = {"template": "Hi [the name].", "lead": {}, "expected": {"text": "Hi .", "findings": []}}

    assert answer_placeholder(case).is_dear


def test_a_person_called_a_machine_is_dear():
    case = {"segments": [{"start": 0, "end": 2, "text": "Leave a message after the beep."}], "label": "human"}
    heard = {"first_stretch_s": 2, "longest_pause_s": 0, "beep_at_s": None, "sit_tone": False, "language": None}

    assert answer_opening(case | heard).is_dear
    assert not answer_opening(case | heard | {"label": "machine_ivr"}).is_dear


def test_a_kind_that_the_product_cannot_do_is_missing_and_all_of_it_missed(tmp_path, capsys, monkeypatch):
    monkeypatch.delitem(ANSWERS, "opt_outs")
    status, lines, summary = run(tmp_path, capsys, opt_outs=[{"id": "oo-01"}, {"id": "oo-02"}])

    assert status == 0
    assert "opt_outs: missing, the product cannot do this yet (2 cases)" in lines
    assert summary["opt_outs"]["missed"] == ["oo-01", "oo-02"]
    assert summary["opt_outs"]["missing"] is True


def test_a_kind_without_a_file_is_named_and_an_error_when_asked_for(tmp_path, capsys):
    _, lines, summary = run(tmp_path, capsys, phones=[PHONE])
    assert f"csv: no file in {tmp_path}" in lines
    assert list(summary) == ["phones"]

    with pytest.raises(SystemExit):
        main([str(tmp_path), "--kind", "csv"])
    assert "No cases of the kind csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "expected", "is_right"),
    [
        ("212555013", {"e164": None, "reject": "invalid_number"}, True),  # refused, with another good reason
        ("900-555-0134", {"e164": None, "reject": "invalid_number"}, False),
        ("212-555-0101 x5", {"e164": "+12125550101", "extension": "5"}, True),
        ("212-555-0101", {"e164": "+12125550101", "extension": "5"}, False),
        ("1-800-FLOWERS", {"e164": "+18003569377", "kind": "toll_free"}, True),
        ("212-555-0101", {"e164": "+12125550101", "kind": "toll_free"}, False),
    ],
)
def test_a_phone_is_right_when_all_that_is_expected_of_it_is(written, expected, is_right):
    assert answer_phone({"input": written, "region": "US", "expected": expected}).is_right is is_right
