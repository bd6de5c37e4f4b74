"""Why a call ended, in words."""

import pytest

from calls.outcomes import EndedBy, EndReason, LostReason, WebhookOutcome
from calls.words import (
    END_REASONS,
    LOST_REASONS,
    WEBHOOK_OUTCOMES,
    describe_end,
    describe_end_event,
    describe_loss,
    describe_outcome,
)


def test_every_reason_has_words():
    assert set(END_REASONS) == set(EndReason)
    assert set(LOST_REASONS) == set(LostReason)


@pytest.mark.parametrize("reason", list(EndReason))
def test_words_never_show_a_code(reason):
    assert "_" not in describe_end(reason)


@pytest.mark.parametrize(
    ("reason", "facts", "words"),
    [
        (EndReason.CALLER_HUNG_UP_RINGING, {}, "Caller hung up while ringing"),
        (EndReason.MODEL_FAILED, {"detail": "APITimeoutError"}, "Voice provider error: timeout"),
        (EndReason.MODEL_FAILED, {"detail": "StrangeError"}, "Voice provider error: StrangeError"),
        (EndReason.MODEL_SILENT, {"detail": "10"}, "Voice provider error: no speech within 10 s"),
        (EndReason.STAFF_ENDED, {"asked_by": "mona"}, "Ended by mona"),
        (EndReason.STAFF_ENDED, {"asked_by": "mona", "detail": "Wrong number"}, "Ended by mona: Wrong number"),
        (EndReason.OTHER, {"detail": "the moon was full"}, "the moon was full"),
        ("", {"ended_by": EndedBy.AGENT}, "Ended by agent"),
        ("", {}, "No reason recorded"),
        ("the caller hung up", {}, "the caller hung up"),  # an older worker still writes sentences during an upgrade
    ],
)
def test_the_detail_completes_the_sentence(reason, facts, words):
    assert describe_end(reason, **facts) == words


def test_an_event_says_why_in_words_and_keeps_its_other_facts():
    data = {"result": "failed", "ended_by": "system", "reason": "model_failed", "detail": "APITimeoutError"}

    assert describe_end_event(data) == {
        "result": "failed",
        "ended_by": "system",
        "reason": "Voice provider error: timeout",
    }


def test_an_event_from_before_reasons_were_codes_keeps_its_sentence():
    assert describe_end_event({"reason": "the room was closed"})["reason"] == "the room was closed"
    assert describe_loss("its worker was silent") == "its worker was silent"


def test_every_outcome_of_a_webhook_has_words():
    assert set(WEBHOOK_OUTCOMES) == set(WebhookOutcome)


def test_a_webhook_that_was_not_handled_has_no_words_and_an_older_sentence_stays():
    assert describe_outcome("") == ""
    assert describe_outcome("call opened: agent requested") == "call opened: agent requested"
