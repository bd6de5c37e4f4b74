"""What does the page of a call say of its recording, in each state?"""

from datetime import timedelta

import pytest

from calls.models import Call, Recording
from tests.calls.admin.test_call import ANSWERED, make_call, page_of
from tests.calls.recordings.cast import make_recording, storage

__all__ = ["storage"]
State = Recording.State


@pytest.fixture
def call(clinic, storage) -> Call:
    """A recorded call that has ended."""
    call = make_call()
    call.answer(ANSWERED)
    call.finish(ANSWERED + timedelta(seconds=30), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)
    call.refresh_from_db()
    call.brief = {**call.brief, "recording": True}
    call.save(update_fields=["brief"])
    return call


def test_off_for_the_persona(admin_client, call):
    call.brief = {**call.brief, "recording": False}
    call.save(update_fields=["brief"])

    assert "Not recorded: off for this persona." in page_of(admin_client, call)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": State.RECORDING}, "The recording is being processed."),
        ({"state": State.WAITING}, "The recording is being processed."),
        (
            {"state": State.WAITING, "storage_error": "ConnectionError", "next_try_at": ANSWERED},
            "the storage did not take it (ConnectionError). Next try at",
        ),
        (
            {"state": State.DELETED, "deleted_at": ANSWERED, "deleted_because": "retention"},
            "Recording deleted by retention on 21 Nov 2026.",
        ),
        ({"state": State.FAILED, "problem": "disk_full"}, "Recording failed: the worker&#x27;s disk is full."),
        ({"problem": "worker_killed"}, "It ended early: the worker was stopped. Kept until"),
        ({}, "Kept until"),
    ],
)
def test_each_state_is_said_in_words(admin_client, call, values, words):
    make_recording(call, **values)

    page = page_of(admin_client, call)

    assert words in page
    assert ("player-audio" in page) == (values.get("state", State.KEPT) == State.KEPT)


def test_a_running_call_is_being_recorded(admin_client, clinic, storage):
    call = make_call()
    make_recording(call, state=State.RECORDING)

    assert "This call is being recorded." in page_of(admin_client, call)


def test_the_list_is_narrowed_to_calls_with_a_recording(admin_client, call):
    make_recording(call)
    make_call("room-2", caller="+15550100002")

    page = admin_client.get("/admin/calls/call/", {"has_recording": "yes"}).content.decode()

    assert "+1 555 010 0001" in page
    assert "+1 555 010 0002" not in page
