"""What is still missing before a phone call is answered well here?"""

from typing import Any

import pytest

from calls.dashboard.setup_steps import CustomerSetup, Installation, Rows, list_steps

READY: dict[str, Any] = {
    "livekit_configured": True,
    "has_deliveries": True,
    "webhook_address": "https://calls.example.com/livekit-webhook",
    "placeholder_voice": False,
    "waiting_callers": 0,
    "workers": 1,
    "recovery_running": True,
}
COMPLETE = CustomerSetup(has_customers=True, has_personas=True, has_numbers=True)


def test_nothing_is_missing_where_everything_is_set_up():
    setup = list_steps(COMPLETE, Installation(**READY))

    assert setup.steps == []
    assert setup.done == setup.total


@pytest.mark.parametrize(
    ("fact", "said", "remedy"),
    [
        ({"livekit_configured": False}, "Connect LiveKit.", "manage.py local_livekit"),
        ({"has_deliveries": False}, "No webhook received", "https://calls.example.com/livekit-webhook"),
        ({"placeholder_voice": True}, "No voice provider key.", ""),
        ({"workers": 0}, "calls ring and are not answered", "manage.py run_agent"),
        ({"waiting_callers": 2}, "2 callers are ringing and no agent is free.", "manage.py run_agent"),
        ({"waiting_callers": 1}, "1 caller is ringing and no agent is free.", "manage.py run_agent"),
        ({"workers": 0, "waiting_callers": 3}, "No agent worker is running: 3 callers", "manage.py run_agent"),
        ({"recovery_running": False}, "recovery process (run_keeper) is not running", "manage.py run_keeper"),
    ],
)
def test_what_the_installation_lacks_is_said_with_its_remedy(fact, said, remedy):
    (step,) = list_steps(COMPLETE, Installation(**READY | fact)).steps

    assert said in step.what
    assert step.command == remedy


def test_what_callers_notice_comes_first():
    setup = list_steps(
        CustomerSetup(has_customers=True, has_personas=False, has_numbers=False),
        Installation(**READY | {"workers": 0, "placeholder_voice": True}),
    )

    assert [step.urgent for step in setup.steps] == [True, False, False, False]


def test_the_progress_counts_what_is_done():
    setup = list_steps(CustomerSetup(has_customers=True, has_personas=True, has_numbers=False), None)

    assert (setup.done, setup.total) == (1, 2)


def test_the_only_draft_and_number_are_named_with_their_pages():
    customers = CustomerSetup(
        has_customers=True,
        has_personas=True,
        has_numbers=True,
        never_published=Rows(count=1, name="Leo", address="/leo/"),
        unassigned=Rows(count=1, name="Front desk", address="/number/"),
    )

    assert [(step.what, step.address) for step in list_steps(customers, None).steps] == [
        ("Leo has never been published.", "/leo/"),
        ("Front desk has no persona;", "/number/"),
    ]


def test_many_numbers_without_a_persona_are_one_step():
    customers = CustomerSetup(
        has_customers=True, has_personas=True, has_numbers=True, unassigned=Rows(count=4, address="/numbers/?filtered")
    )

    (step,) = list_steps(customers, None).steps

    assert step.what == "4 phone numbers have no persona;"
    assert (step.action, step.address) == ("Assign personas", "/numbers/?filtered")


def test_a_user_without_a_customer_reads_who_can_help():
    (step,) = list_steps(CustomerSetup(has_customers=False, has_personas=False, has_numbers=False), None).steps

    assert step.what == "You have no access to a customer yet."
    assert "Ask your administrator" in step.detail
