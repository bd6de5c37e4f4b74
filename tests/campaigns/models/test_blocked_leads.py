"""What becomes of leads when their number comes on the do-not-call list, or leaves it?"""

import pytest
from django.db import transaction

from campaigns.do_not_call.listed_number import ListedNumber
from campaigns.models import DoNotCall, Lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.entries import BLOCKED, NINE, add
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
STOPPED, OPEN = ("stopped", "do_not_call", True), ("new", "", False)


def state_of(lead: Lead) -> tuple[str, str, bool]:
    lead.refresh_from_db()
    return lead.state, lead.stop_reason, lead.do_not_call


def lead_of(module="renewals", phone=BLOCKED, customer="riverside", **values) -> Lead:
    return make_lead(make_list(make_campaign(module, customer=make_customer(customer))), phone, **values)


def test_a_number_stops_its_leads_in_all_of_the_customer_s_campaigns_and_says_how_many():
    first, second = lead_of(), lead_of("winback", state="waiting")
    neighbor, stranger = lead_of("other", phone="+15550100008"), lead_of(customer="other")

    entry = add()

    assert [state_of(lead) for lead in (first, second)] == [STOPPED, STOPPED]
    assert [state_of(lead) for lead in (neighbor, stranger)] == [OPEN, OPEN]
    assert entry.stopped.in_words == "2 leads in 2 campaigns stopped."


def test_an_entry_of_one_campaign_leaves_the_customer_s_others():
    named, other = lead_of("renewals"), lead_of("winback")

    entry = add(scope="campaign", campaign="renewals")

    assert (state_of(named), state_of(other)) == (STOPPED, OPEN)
    assert entry.stopped.in_words == "1 lead in 1 campaign stopped."


def test_an_entry_for_all_customers_stops_the_leads_of_each():
    leads = [lead_of(), lead_of(customer="other")]

    add(scope="all")

    assert [state_of(lead) for lead in leads] == [STOPPED, STOPPED]


def test_a_range_stops_the_leads_whose_number_begins_so():
    inside, last, outside = lead_of(), lead_of("last", phone="+155501999999"), lead_of("outside", phone="+15550200007")

    add(prefix="+155501")

    assert [state_of(lead) for lead in (inside, last, outside)] == [STOPPED, STOPPED, OPEN]


def test_a_lead_in_a_call_and_one_that_is_done_are_marked_and_not_counted():
    in_call, done = lead_of(state="calling"), lead_of("done", state="done")

    entry = add()

    assert [state_of(lead) for lead in (in_call, done)] == [("calling", "", True), ("done", "", True)]
    assert entry.stopped.in_words == ""


def test_a_lead_that_was_stopped_for_another_reason_keeps_it():
    lead = lead_of(state="stopped", stop_reason="declined")

    add()

    assert state_of(lead) == ("stopped", "declined", True)


def test_a_stopped_lead_s_history_says_who_listed_it():
    lead = lead_of()

    add(added_by="mia")

    newest = lead.history.get(history_type="~")
    assert (newest.state, newest.phone, newest.history_change_reason) == ("stopped", BLOCKED, "Listed by mia")


def test_adding_what_is_listed_stops_leads_that_came_since_and_notes_nothing_twice():
    first = add()
    lead = lead_of()

    again = add()
    add()

    assert (again.pk, again.stopped.leads, state_of(lead)) == (first.pk, 1, STOPPED)
    assert lead.history.filter(history_change_reason="Listed by mia").count() == 1


def test_an_entry_that_is_rolled_back_stops_no_lead():
    lead = lead_of()

    with transaction.atomic():
        add()
        transaction.set_rollback(True)

    assert (state_of(lead), DoNotCall.objects.count()) == (OPEN, 0)


def test_many_numbers_stop_their_leads_too():
    lead, in_range = lead_of(), lead_of("range", phone="+15550200007")
    numbers = [ListedNumber(phone=BLOCKED), ListedNumber(prefix="+155502"), ListedNumber(phone="+15550109999")]

    added = DoNotCall.add_many(
        numbers, customer=make_customer(), reason="Register", source="register", at=NINE, added_by="mia"
    )

    assert (len(added.new), added.stopped.leads) == (3, 2)
    assert [state_of(each) for each in (lead, in_range)] == [STOPPED, STOPPED]


def test_removing_an_entry_takes_the_mark_off_and_calls_no_one_again():
    lead = lead_of()
    entry = add()

    entry.remove(by="leo", reason="New consent", now=NINE)

    assert state_of(lead) == ("stopped", "do_not_call", False)
    assert entry.unmarked == 1
    assert lead.history.filter(history_change_reason="No longer listed: leo").count() == 1


@pytest.mark.parametrize(
    "other", [{"scope": "all"}, {"prefix": "+155501"}, {"scope": "campaign", "campaign": "renewals"}]
)
def test_a_lead_that_another_entry_blocks_keeps_its_mark(other):
    lead = lead_of()
    entry = add()
    add(**other)

    entry.remove(by="leo", reason="New consent", now=NINE)

    assert (state_of(lead), entry.unmarked) == (STOPPED, 0)


def test_removing_a_range_unmarks_the_leads_batch_by_batch(monkeypatch):
    monkeypatch.setattr("campaigns.models.blocked_leads.BATCH", 2)
    leads = make_list()
    made = [make_lead(leads, f"+1555010000{n}") for n in range(5)]
    kept = add("+15550100003")
    entry = add(prefix="+155501")

    entry.remove(by="leo", reason="Wrong range", now=NINE)

    assert entry.unmarked == 4
    assert [lead.phone for lead in made if state_of(lead)[2]] == [kept.phone]
