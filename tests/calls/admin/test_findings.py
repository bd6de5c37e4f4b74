"""How do people see who picked up, and that a person asked not to be called again?"""

from datetime import UTC, datetime

from calls.outcomes import PickedUp
from tests.calls.admin.test_call import found, make_call, page_of
from voiceplatform.ids import uuid7

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)


def test_the_page_says_so_with_the_words_and_the_rule(admin_client, clinic):
    call = make_call()
    call.opt_out(NOON, said="Take <b>me</b> off your list.", rule="remove")
    call.refresh_from_db()

    html = page_of(admin_client, call)

    assert "The person asked not to be called again." in html
    assert "“Take &lt;b&gt;me&lt;/b&gt; off your list.”" in html
    assert "asked to be removed" in html
    assert "number is on the do-not-call list" in html


def test_a_call_without_an_opt_out_says_nothing_of_it(admin_client, clinic):
    assert "asked not to be called" not in page_of(admin_client, make_call())


def test_the_list_is_narrowed_to_them(admin_client, clinic):
    call = make_call()
    make_call(f"room-{uuid7()}")
    call.opt_out(NOON, said="Stop calling.", rule="stop_calling")

    assert found(admin_client, opted_out="yes") == [call]
    assert len(found(admin_client, opted_out="nonsense")) == 2


def test_the_page_says_which_machine_picked_up_and_how_it_was_recognized(admin_client, clinic):
    call = make_call()
    call.note_picked_up(NOON, PickedUp.VOICEMAIL, rule="leave_message", words=["leave a <i>message</i>"])
    call.refresh_from_db()

    html = page_of(admin_client, call)

    assert "An answering machine picked up." in html
    assert "recognized by “leave a &lt;i&gt;message&lt;/i&gt;”" in html


def test_the_list_is_narrowed_to_those_that_a_machine_picked_up(admin_client, clinic):
    call = make_call()
    make_call(f"room-{uuid7()}")
    call.note_picked_up(NOON, PickedUp.IVR, rule="press_digit")

    assert found(admin_client, machine__exact="ivr") == [call]
    assert found(admin_client, machine__exact="human") == []
