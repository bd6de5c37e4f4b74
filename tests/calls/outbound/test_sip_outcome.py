"""What came of a dial attempt? Every collected case, and whatever else a carrier may send."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cases import answer_sip_outcome, read_dial_end
from calls.outbound.sip_outcome import About, DialEnd, Ours, decide_outcome
from calls.outcomes import Result

CASES = json.loads((Path(__file__).parents[2] / "data/cases/sip_outcomes.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_each_collected_end_is_decided_as_expected(case):
    answer = answer_sip_outcome(case)

    assert answer.is_right, answer.said


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_without_headers_the_status_decides_and_buries_no_number_that_is_fine(case):
    end = replace(read_dial_end(case), headers={})

    outcome = decide_outcome(end)

    # 404 is taken for a number that does not exist unless a header says that our trunk has no route.
    assert case["expected"]["permanent"] or not outcome.is_permanent or end.status == 404


def test_a_ringing_phone_that_is_not_answered_counts_even_without_a_status():
    outcome = decide_outcome(DialEnd(status=None, ringing_seconds=25))

    assert (outcome.result, outcome.counts_as_attempt) == (Result.NO_ANSWER, True)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30", 30), (" 18000;duration=3600", 3600), ("120 (busy)", 120), ("soon", None), ("", None)],
)
def test_a_carrier_says_when_to_come_again(written, seconds):
    outcome = decide_outcome(DialEnd(status=503, headers={"retry-after": written}))

    assert (outcome.about, outcome.retry_after_seconds) == (About.TRUNK, seconds)


@given(
    st.builds(
        DialEnd,
        status=st.none() | st.integers(-1, 10_000),
        reason_phrase=st.text(max_size=30),
        headers=st.dictionaries(st.sampled_from(["Reason", "Retry-After", "X"]), st.text(max_size=40)),
        ringing_seconds=st.floats(0, 100),
        ours=st.none() | st.sampled_from(Ours),
    )
)
def test_any_end_has_an_outcome_and_a_trunk_s_failure_is_never_the_lead_s(end):
    outcome = decide_outcome(end)

    assert outcome.about is not About.TRUNK or not (outcome.counts_as_attempt or outcome.is_permanent)
