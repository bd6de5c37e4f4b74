"""Sentences stored before reasons were codes."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from calls.outcomes import EndReason
from tests.conftest import ANA, CLINIC

pytestmark = pytest.mark.django_db
migration = import_module("calls.migrations.0012_end_reasons_as_codes")


def migrate(sentence: str, *, asked_by: str = "", ended: bool = True) -> tuple[str, str]:
    call = open_inbound_call(Arrival(room_name=f"room-{sentence}", caller=ANA, dialed=CLINIC), timezone.now())
    if ended:
        call.finish(timezone.now(), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.OTHER)
    Call.objects.update(end_reason=sentence, end_detail="", end_asked_by=asked_by)
    with connection.schema_editor() as editor:
        migration.write_codes(apps, editor)
    call.refresh_from_db()
    return call.end_reason, call.end_detail


@pytest.mark.parametrize(
    ("sentence", "stored"),
    [
        ("the caller hung up", ("caller_hung_up", "")),
        ("it ran beyond its maximum duration", ("overran", "")),
        ("the voice model failed: APITimeoutError", ("model_failed", "APITimeoutError")),
        ("the voice model failed: it said nothing within 10 s", ("model_silent", "10")),
        ("an unknown sentence", ("other", "an unknown sentence")),
        ("", ("", "")),
    ],
)
def test_a_sentence_becomes_a_code_and_its_free_part_a_detail(sentence, stored):
    assert migrate(sentence) == stored


def test_the_words_of_the_user_who_ended_a_call_are_kept():
    assert migrate("mona ended the call: Wrong: number", asked_by="mona") == ("staff_ended", "Wrong: number")
    assert migrate("mona ended the call", asked_by="mona") == ("staff_ended", "")


def test_a_call_that_a_user_is_ending_keeps_their_words_and_gets_its_reason_at_the_end():
    assert migrate("mona ended the call: Late", asked_by="mona", ended=False) == ("", "Late")


def test_each_code_is_one_that_calls_have():
    assert set(migration.CODES.values()) <= set(EndReason.values)
