"""Are many leads stopped and put back at once, only those that may be, and is it undone?"""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Lead, LeadChange
from campaigns.retries.call_back import CallBackTimeError
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


# -- call back


TOMORROW = datetime(2026, 11, 29, 9, 0)  # noqa: DTZ001 # on each person's own clock


def call_back(*leads: Lead, local: datetime = TOMORROW) -> LeadChange:
    return LeadChange.call_back([lead.pk for lead in leads], local, by="mia", now=NOW)


def test_leads_are_called_back_at_their_own_local_time():
    of = make_list()
    boston, denver = make_lead(of), make_lead(of, state="waiting", time_zone="America/Denver")

    call_back(boston, denver)

    assert states(boston, denver) == [("new", ""), ("waiting", "")]
    assert (boston.call_back_at, boston.next_call_at) == (datetime(2026, 11, 29, 14, 0, tzinfo=UTC),) * 2
    assert denver.call_back_at == datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
    assert boston.history.first().history_change_reason == "To be called back by mia"


def test_leads_that_are_finished_listed_or_in_a_call_are_not_called_back():
    of = make_list()
    others = [
        make_lead(of, state="done"),
        make_lead(of, state="calling"),
        make_lead(of, state="stopped", stop_reason="by_hand"),
        make_lead(of, do_not_call=True),
    ]

    assert call_back(*others).before == {}
    assert not Lead.objects.exclude(call_back_at=None).exists()


def test_nothing_is_changed_when_the_time_is_past_for_one_of_them():
    of = make_list()
    earlier, later = make_lead(of, time_zone="America/Los_Angeles"), make_lead(of, time_zone="America/New_York")

    with pytest.raises(CallBackTimeError, match="America/New_York"):
        call_back(earlier, later, local=datetime(2026, 11, 28, 8, 0))  # noqa: DTZ001

    assert not Lead.objects.exclude(call_back_at=None).exists()
    assert not LeadChange.objects.exists()


def test_a_call_back_is_undone_unless_the_person_was_called_since_or_asked_for_another_time():
    of = make_list()
    kept, called, asked = (make_lead(of, next_call_at=NOW) for _ in range(3))
    change = call_back(kept, called, asked)
    Lead.objects.filter(pk=called.pk).update(call_back_at=None, attempts=1, state="waiting")
    Lead.objects.filter(pk=asked.pk).update(call_back_at=NOW + timedelta(days=3))

    assert change.undo(by="mia", now=NOW) == 1

    states(kept, called, asked)
    assert (kept.call_back_at, kept.next_call_at) == (None, NOW)
    assert asked.call_back_at == NOW + timedelta(days=3)


def test_an_undone_call_back_keeps_what_the_lead_has_become():
    lead = make_lead()
    change = call_back(lead)
    Lead.objects.filter(pk=lead.pk).update(state="waiting")  # a call that did not count

    assert change.undo(by="mia", now=NOW) == 1
    assert states(lead) == [("waiting", "")]


def test_a_change_costs_the_same_for_two_leads_and_for_twenty(django_assert_num_queries):
    of = make_list()
    two, twenty = [make_lead(of) for _ in range(2)], [make_lead(of) for _ in range(20)]
    with django_assert_num_queries(20, exact=False) as few:
        make("stop", *two)

    with django_assert_num_queries(len(few.captured_queries)):
        make("stop", *twenty)
