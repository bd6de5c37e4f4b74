"""No person's number gets through, and nothing is lost that is needed to find a mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceplatform.ids import uuid7
from voiceplatform.observability.redaction import LONGEST, redact, redact_deeply, redact_exception, redact_quotes


@pytest.mark.parametrize(
    "written",
    [
        "+15550100001",
        "0015550100001",
        "5550100001",
        "(555) 010-0001",
        "555 010 0001",
        "555.010.0001",
        "+1 (555) 010-0001",
        "+49 30 901820",
        "sip:+15550100001@192.0.2.10",
        "tel:+1-555-010-0001",
        "%2B15550100001",
        "next=%252B15550100001",
        "call_+15550100001_Ab12Cd34Ef56",
        "call_5550100001_Ab12",
        "call-_+15550100001_Ab12Cd34Ef56",
        "room call-_15550100001_Ab12Cd34Ef56 closed",
        "inbound-_0015550100001_kP9xQ2mL7aZ4",
        "sip_+15550100001",
        "Key (phone)=(+15550100001) already exists",
    ],
)
def test_a_phone_number_goes_however_it_is_written(written):
    assert not any(part in redact(written) for part in ("0100001", "010-0001", "010 0001", "010.0001", "901820"))
    assert "[number]" in redact(written) or "[e-mail]" in redact(written)


@pytest.mark.parametrize(
    "written", ["ana.smith@example.org", "write to ana+x@mail.example.co.uk now", "q=ana%40example.org"]
)
def test_an_e_mail_address_goes(written):
    assert "ana" not in redact(written)


@pytest.mark.parametrize(
    "kept",
    [
        "01934f2e-7b1c-7000-8000-123456789012",
        "12345678-1234-7234-8234-123456789012",
        "room call-01934f2e-7b1c-7000-8000-123456789012 closed",
        "PA_4kTzWq8Xn2Lb and SCL_9dQm4Rk7Zt2P and RM_12345678",
        "2026-11-21T12:00:00.250+00:00",
        "2026-11-21 12:00:00",
        "connection to 192.0.2.10:5432 refused",
        "took 0.123456789 s",
        "[4194304] Booting worker with pid: 4194304",
        "simulated-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "+1555…34",
        "Listening at: http://127.0.0.1:8000 (12345)",
    ],
)
def test_ids_dates_and_measurements_stay(kept):
    assert redact(kept) == kept


@given(st.uuids() | st.builds(uuid7))
def test_no_id_is_ever_touched(uuid):
    assert redact(f"call {uuid} ended") == f"call {uuid} ended"


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.text(alphabet="abc _:/=", max_size=5))
def test_no_number_with_a_plus_ever_stays(phone, around):
    assert phone[1:] not in redact(f"{around}{phone}{around}")


def test_facts_are_redacted_to_the_bottom_and_numbers_that_count_stay():
    assert redact_deeply({"deleted": 12345678, "seen": ["+15550100001", {"to": "ana@example.org"}]}) == {
        "deleted": 12345678,
        "seen": ["[number]", {"to": "[e-mail]"}],
    }


def test_an_exception_keeps_its_place_and_loses_what_it_quotes():
    asked = "ring me at +15550100001"
    refused = 'new row violates "one_each"\nDETAIL:  Failing row contains (Ana Smith, I have a headache).'
    try:
        try:
            raise KeyError(asked)
        except KeyError as error:
            raise ValueError(refused) from error
    except ValueError as error:
        text = redact_exception(error)

    assert not any(part in text for part in ("0100001", "Ana Smith", "headache", "ring me"))
    assert 'ValueError: new row violates "one_each"' in text
    assert "in test_an_exception_keeps_its_place_and_loses_what_it_quotes" in text


def test_a_sentence_in_quotes_is_what_a_user_said():
    assert (
        redact_exception(ValueError('cannot read "I have a headache" as a number'))
        == 'ValueError: cannot read "[text]" as a number'
    )


def test_a_long_text_is_cut_before_anything_is_looked_for():
    assert len(redact("a" * 50_000)) == LONGEST + 1


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ('invalid: "my back hurts"', 'invalid: "[text]"'),
        ("'abc' said 'hello there'", "'abc' said '[text]'"),
        ('"a"b c"', '"a"[text]"'),
        ("“my name is Ana” and “so”", "“[text]” and “so”"),
        ("it's not closed here", "it's not closed here"),
        ('column "phone" of "call"', 'column "phone" of "call"'),
    ],
)
def test_quoted_words_go_and_names_stay(written, safe):
    assert redact_quotes(written) == safe
