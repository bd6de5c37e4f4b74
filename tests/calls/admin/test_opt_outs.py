"""How do people see that a person asked not to be called again?"""

from datetime import UTC, datetime

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
