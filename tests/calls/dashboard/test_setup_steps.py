"""What is still missing before a phone call is answered well here?"""

from typing import Any

import pytest

from calls.dashboard.setup_steps import Desk, Installation, Named, list_steps

READY: dict[str, Any] = {
    "livekit_configured": True,
    "has_deliveries": True,
    "scripted_voice": False,
    "waiting_callers": 0,
    "workers": 1,
    "keeper_alive": True,
}
FURNISHED = Desk(has_customers=True, has_personas=True, has_numbers=True)


def test_nothing_is_missing_where_everything_is_set_up():
    assert list_steps(FURNISHED, Installation(**READY)) == []


@pytest.mark.parametrize(
    ("fact", "said", "remedy"),
    [
        ({"livekit_configured": False}, "No LiveKit", "manage.py local_livekit"),
        ({"has_deliveries": False}, "has not told us", ""),
        ({"scripted_voice": True}, "No key for a voice", ""),
        ({"workers": 0}, "no worker is alive", "manage.py run_agent"),
        ({"waiting_callers": 2}, "2 callers waiting", "manage.py run_agent"),
        ({"keeper_alive": False}, "keeper is not running", "manage.py run_keeper"),
    ],
)
def test_what_the_installation_lacks_is_said_with_its_remedy(fact, said, remedy):
    (step,) = list_steps(FURNISHED, Installation(**READY | fact))

    assert said in step.what
    assert step.command == remedy


def test_what_callers_notice_comes_first():
    steps = list_steps(
        Desk(has_customers=True, has_personas=False, has_numbers=False),
        Installation(**READY | {"workers": 0, "scripted_voice": True}),
    )

    assert [step.urgent for step in steps] == [True, False, False, False]


def test_drafts_and_silent_numbers_are_named_with_their_pages():
    desk = Desk(
        has_customers=True,
        has_personas=True,
        has_numbers=True,
        unpublished=[Named(name="Leo", address="/leo/")],
        silent_numbers=[Named(name="+15551230100", address="/number/")],
    )

    assert [(step.what.split()[0], step.address) for step in list_steps(desk, None)] == [
        ("Leo", "/leo/"),
        ("+15551230100", "/number/"),
    ]


def test_somebody_without_a_customer_is_told_whom_to_ask():
    (step,) = list_steps(Desk(has_customers=False, has_personas=False, has_numbers=False), None)

    assert "not a member of any customer" in step.what
