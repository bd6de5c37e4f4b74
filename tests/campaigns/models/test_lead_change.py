"""Are many leads stopped and put back at once, only those that may be, and is it undone?"""

from datetime import UTC, datetime

import pytest

from campaigns.models import Lead, LeadChange
from tests.campaigns.cast import make_lead, make_list

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)


def make(verb: str, *leads: Lead) -> LeadChange:
    return LeadChange.make(verb, [lead.pk for lead in leads], by="mia", now=NOW)


def states(*leads: Lead) -> list[tuple[str, str]]:
    for lead in leads:
        lead.refresh_from_db()
    return [(lead.state, lead.stop_reason) for lead in leads]


def test_open_leads_are_stopped_and_others_stay():
    of = make_list()
    new, waiting = make_lead(of), make_lead(of, state="waiting", attempts=1)
    calling, done = make_lead(of, state="calling"), make_lead(of, state="done")

    change = make("stop", new, waiting, calling, done)

    assert len(change.before) == 2
    assert states(new, waiting, calling, done) == [
        ("stopped", "by_hand"),
        ("stopped", "by_hand"),
        ("calling", ""),
        ("done", ""),
    ]


def test_a_stop_is_undone_once():
    of = make_list()
    new, waiting = make_lead(of), make_lead(of, state="waiting")
    change = make("stop", new, waiting)

    assert change.undo(by="mia", now=NOW) == 2
    assert change.undo(by="mia", now=NOW) == 0
    assert states(new, waiting) == [("new", ""), ("waiting", "")]


def test_an_undo_leaves_what_happened_since():
    of = make_list()
    stopped, listed = make_lead(of), make_lead(of)
    change = make("stop", stopped, listed)
    Lead.objects.filter(pk=listed.pk).update(stop_reason="do_not_call", do_not_call=True)

    assert change.undo(by="mia", now=NOW) == 1
    assert states(listed) == [("stopped", "do_not_call")]


def test_leads_are_put_back_by_what_they_were():
    of = make_list()
    never_called = make_lead(of, state="stopped", stop_reason="by_hand")
    called = make_lead(of, state="done", attempts=2)

    make("put_back", never_called, called)

    assert states(never_called, called) == [("new", ""), ("waiting", "")]
    assert called.next_call_at == NOW


@pytest.mark.parametrize("reason", ["do_not_call", "forgotten"])
def test_a_lead_that_must_not_be_called_is_not_put_back(reason):
    lead = make_lead(state="stopped", stop_reason=reason)

    assert make("put_back", lead).before == {}
    assert states(lead) == [("stopped", reason)]


def test_each_lead_keeps_who_did_it():
    lead = make_lead()
    make("stop", lead)

    record = lead.history.first()
    assert (record.state, record.history_change_reason) == ("stopped", "Stopped by mia")


def test_a_change_costs_the_same_for_two_leads_and_for_twenty(django_assert_num_queries):
    of = make_list()
    two, twenty = [make_lead(of) for _ in range(2)], [make_lead(of) for _ in range(20)]
    with django_assert_num_queries(20, exact=False) as few:
        make("stop", *two)

    with django_assert_num_queries(len(few.captured_queries)):
        make("stop", *twenty)
