"""Are leads called one after the other: one call at a time, and exactly one after each that ends?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from calls.models import Call, CallEvent, CallingSession, Worker
from calls.one_by_one.calling import (
    CallRunningError,
    NoLeadError,
    State,
    call_next,
    call_place,
    end_call,
    follow_ended_calls,
    status_of,
    switch_auto_next,
)
from calls.reconcile.keeper import Keeper
from campaigns.leads.place import find_place
from campaigns.models import Campaign, DoNotCall, Lead
from tests.blocked import wait_until_blocked
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer, make_trunk

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)]
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # in Boston


@pytest.fixture
def campaign(livekit) -> Campaign:
    """A campaign with three leads who are due."""
    make_trunk(customer=make_customer())
    campaign = make_campaign(session_instructions="Say hello.")
    prospects = make_list(campaign)
    for name in ("Ana", "Leo", "Eva"):
        make_lead(prospects, name=name)
    return campaign


def end(call: Call, result: str = "completed", at: datetime = NOON) -> None:
    call.finish(at, ended_by=Call.EndedBy.CALLEE, reason=Call.EndReason.CALLEE_HUNG_UP, result=Call.Result(result))


def called() -> list[str]:
    """Whom, in order; the ids of calls of one millisecond are in none."""
    requests = CallEvent.objects.filter(name=CallEvent.Name.CALL_REQUESTED).order_by("pk")
    return list(requests.values_list("call__name", flat=True))


def test_a_lead_is_called_by_its_place(campaign):
    call = call_place(campaign, 2, by="kim")

    assert (call.name, call.requested_by) == ("Leo", "kim")
    with pytest.raises(NoLeadError, match="has no lead 9"):
        call_place(campaign, 9, by="kim")


def test_the_next_lead_is_the_first_that_is_due_and_who_asked_to_be_called_comes_first(campaign):
    Lead.objects.filter(name="Ana").update(next_call_at=NOON + timedelta(hours=1))
    Lead.objects.filter(name="Eva").update(call_back_at=NOON - timedelta(minutes=1))

    end(call_next(campaign, by="kim"))
    end(call_next(campaign, by="kim"))

    assert called() == ["Eva", "Leo"]
    with pytest.raises(NoLeadError, match=r"No lead of “prospects\.csv” may be called now"):
        call_next(campaign, by="kim")


def test_a_lead_that_may_not_be_called_now_waits_and_the_next_one_is_called(campaign):
    ana, leo, _ = Lead.objects.all()
    DoNotCall.objects.create(phone=ana.phone, customer=campaign.customer, reason="Asked")
    leo.time_zone = "Pacific/Honolulu"  # where it is 7:00
    leo.place = find_place(leo)
    leo.save()

    call_next(campaign, by="kim")

    assert called() == ["Eva"]
    ana.refresh_from_db()
    leo.refresh_from_db()
    assert ana.next_call_at == NOON + timedelta(days=1)
    assert leo.next_call_at == datetime(2026, 12, 1, 18, tzinfo=UTC)


def test_a_customer_has_one_call_at_a_time(campaign):
    call_next(campaign, by="kim")

    with pytest.raises(CallRunningError, match="A call of “Renewals” is still running"):
        call_next(campaign, by="lee")
    assert called() == ["Ana"]


def test_of_many_processes_that_call_the_next_lead_one_does(committed, livekit):
    make_trunk(customer=make_customer())
    prospects = make_list(make_campaign(session_instructions="Say hello."))
    for _ in range(4):
        make_lead(prospects)

    def call(_: int) -> str:
        try:
            call_next(Campaign.objects.get(), by="kim")
            return "called"
        except CallRunningError:
            return "was running"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(call, range(4))) == ["called", *["was running"] * 3]
    assert Call.objects.count() == 1


def test_a_process_that_waits_for_a_lead_holds_no_other(committed, livekit):
    """A bulk change locks leads by id, in any order of the list: the two would wait for each other."""
    make_trunk(customer=make_customer())
    prospects = make_list(make_campaign(session_instructions="Say hello."))
    refused, wanted = make_lead(prospects, name="Ana"), make_lead(prospects, name="Leo")
    DoNotCall.objects.create(phone=refused.phone, customer=prospects.customer, reason="Asked")

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Lead.objects.select_for_update(of=("self",)).get(pk=wanted.pk)
        call = pool.submit(in_a_process_of_its_own, prospects.campaign)
        wait_until_blocked()
        Lead.objects.select_for_update(of=("self",), nowait=True).get(pk=refused.pk)

    assert call.result().name == "Leo"


def test_a_lead_that_another_process_is_changing_is_not_postponed(committed, livekit):
    make_trunk(customer=make_customer())
    prospects = make_list(make_campaign(session_instructions="Say hello."))
    refused, free = make_lead(prospects, name="Ana"), make_lead(prospects, name="Leo")
    DoNotCall.objects.create(phone=refused.phone, customer=prospects.customer, reason="Asked")

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Lead.objects.select_for_update(of=("self",)).get(pk=refused.pk)
        call = pool.submit(in_a_process_of_its_own, prospects.campaign).result(timeout=30)

    assert call.lead == free
    assert Lead.objects.get(pk=refused.pk).next_call_at == refused.next_call_at


def in_a_process_of_its_own(campaign: Campaign) -> Call:
    try:
        return call_next(campaign, by="kim")
    finally:
        connection.close()


def test_the_status_says_which_lead_is_in_a_call_and_afterwards_which_was(campaign):
    assert status_of(campaign.customer).state is State.IDLE

    call = call_place(campaign, 2, by="kim")
    status = status_of(campaign.customer)
    assert (status.state, status.campaign, status.lead_index, status.call) == (State.RUNNING, "renewals", 2, call)

    call.claim_ending("kim", "")
    assert status_of(campaign.customer).state is State.STOPPING

    end(call)
    status = status_of(campaign.customer)
    assert (status.state, status.campaign, status.lead_index, status.call) == (State.IDLE, "renewals", 2, None)


def test_a_user_ends_the_call_that_runs(campaign, livekit):
    call = call_next(campaign, by="kim")

    assert end_call(campaign.customer, by="kim")
    assert not end_call(campaign.customer, by="kim")
    call.refresh_from_db()
    assert (call.status, call.end_asked_by) == ("ended", "kim")


# -- auto-next --------------------------------------------------------------------------------------------------------


def test_while_it_is_on_the_end_of_a_call_is_followed_by_exactly_one(campaign):
    switch_auto_next(campaign, True, by="kim")
    first = call_next(campaign, by="kim")
    assert follow_ended_calls(NOON) == 0

    end(first)

    assert follow_ended_calls(NOON) == 1
    assert follow_ended_calls(NOON) == 0
    assert called() == ["Ana", "Leo"]
    assert Call.objects.get(name="Leo").requested_by == "kim"


def test_it_goes_on_until_the_list_is_through(campaign):
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))
    while follow_ended_calls(NOON):
        end(Call.objects.live().get())

    assert called() == ["Ana", "Leo", "Eva"]
    assert status_of(campaign.customer).auto_next


def test_switched_off_or_never_on_nothing_follows(campaign):
    end(call_next(campaign, by="kim"))
    assert follow_ended_calls(NOON) == 0

    switch_auto_next(campaign, True, by="kim")
    assert follow_ended_calls(NOON) == 0  # switching on dials nothing

    call = call_next(campaign, by="kim")
    switch_auto_next(campaign, False, by="kim")
    end(call)
    assert follow_ended_calls(NOON) == 0


def test_switched_on_during_a_call_its_end_is_followed(campaign):
    call = call_next(campaign, by="kim")
    switch_auto_next(campaign, True, by="kim")
    end(call)

    assert follow_ended_calls(NOON) == 1


@pytest.mark.parametrize(("status", "follows"), [("draft", 1), ("running", 1), ("paused", 0), ("finished", 0)])
def test_a_campaign_that_is_paused_or_finished_does_not_go_on(campaign, status, follows):
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))
    Campaign.objects.update(status=status)

    assert follow_ended_calls(NOON) == follows


def test_a_call_that_ended_long_ago_is_not_followed(campaign):
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))

    assert follow_ended_calls(NOON + timedelta(minutes=3)) == 0


def test_a_next_call_that_cannot_be_placed_is_not_tried_again(campaign):
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))
    campaign.customer.trunks.all().delete()

    assert follow_ended_calls(NOON) == 0
    assert not CallingSession.objects.get().call_is_followed
    assert called() == ["Ana"]


def test_a_process_that_looked_before_another_one_acted_has_no_right_to_the_next_call(campaign):
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))
    looked, looked_too = (CallingSession.objects.to_follow(NOON).get() for _ in range(2))

    follow_ended_calls(NOON)
    end(Call.objects.live().get())
    assert not looked.claim_next()

    switch_auto_next(campaign, False, by="kim")
    assert not looked_too.claim_next()


def test_many_recovery_processes_make_one_next_call(committed, livekit):
    make_trunk(customer=make_customer())
    campaign = make_campaign(session_instructions="Say hello.")
    prospects = make_list(campaign)
    for _ in range(5):
        make_lead(prospects)
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))

    def follow(_: int) -> int:
        try:
            return follow_ended_calls(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(follow, range(8))) == 1
    assert Call.objects.count() == 2


def test_the_recovery_process_makes_the_next_call_while_there_is_a_worker(campaign, monkeypatch):
    monkeypatch.setattr("calls.reconcile.keeper.database_now", lambda: NOON)
    switch_auto_next(campaign, True, by="kim")
    end(call_next(campaign, by="kim"))

    Keeper().request_missing_agents()
    assert called() == ["Ana"]

    Worker.objects.record_heartbeat(uuid4(), jobs=[], max_calls=4, draining=False, registered_seconds=1)
    Worker.objects.update(beat_at=NOON, registered_at=NOON)  # by the test's clock
    Keeper().request_missing_agents()
    assert called() == ["Ana", "Leo"]
