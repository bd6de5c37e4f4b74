"""May this lead be called now, why not, and when next? The answer rests on the lead, its campaign and the law."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.calling_rules.reason import Reason
from campaigns.models import CallingPlace, CallingRuleOverride
from campaigns.permission.again import RulesChangedError, SameAgain, re_evaluate
from campaigns.permission.lead import answer_lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.entries import add

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)  # a Tuesday in Boston, where calls are allowed from 8 to 20
TUESDAY_TEN = [{"days": ["tue"], "from": "10:00", "to": "12:00"}]


def lead_of(*, state="new", phone="", lead=None, **campaign):
    of = make_list(make_campaign(**{"status": "running", **campaign}))
    reason = {"stop_reason": "declined"} if state == "stopped" else {}
    return make_lead(of, phone, state=state, **reason, **(lead or {}))


def ask(lead, at=NOON, **given):
    return answer_lead(lead, at, **given)


def test_a_lead_of_a_running_campaign_may_be_called_in_the_hours_of_its_place():
    assert ask(lead_of()).allowed
    assert ask(lead_of(module="other"), NOON + timedelta(hours=9)).reason is Reason.OUTSIDE_HOURS


def test_a_campaign_s_own_hours_narrow_the_law_on_the_lead_s_clock():
    lead = lead_of(calling_hours=TUESDAY_TEN)

    early, in_time, late = (ask(lead, NOON + timedelta(hours=hours)) for hours in (-3, -1, 1))

    assert (early.reason, early.next_at) == (Reason.OUTSIDE_HOURS, datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert in_time.allowed
    assert late.next_at == datetime(2026, 12, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"status": "paused"}, Reason.CAMPAIGN_NOT_RUNNING),
        ({"state": "done"}, Reason.LEAD_CLOSED),
        ({"state": "stopped"}, Reason.LEAD_CLOSED),
        ({"ends_on": date(2026, 11, 30)}, Reason.ENDED),
        ({"starts_on": date(2026, 12, 2)}, Reason.NOT_STARTED),
        ({"consent_required": True}, Reason.NO_CONSENT),
        ({"consent_required": True, "lead": {"consent_on": date(2026, 12, 2)}}, Reason.NO_CONSENT),
        ({"consent_required": True, "lead": {"consent_on": date(2026, 12, 1)}}, None),
        ({"lead": {"attempts": 3}}, Reason.CAP_REACHED),
        ({"lead": {"do_not_call": True}}, Reason.DO_NOT_CALL),
        ({"state": "calling"}, None),
    ],
)
def test_the_campaign_and_the_lead_have_reasons_of_their_own(given, reason):
    assert ask(lead_of(**given)).reason is reason


@pytest.mark.parametrize(
    ("hours_ago", "limits", "reason", "next_at"),
    [
        ([3], {}, Reason.CAP_REACHED, "2026-12-02T13:00"),  # one a day
        ([3], {"max_attempts_per_day": 2}, None, None),
        ([0.5], {"max_attempts_per_day": 2}, Reason.MIN_GAP, "2026-12-01T17:30"),
        ([30, 60, 90], {}, Reason.CAP_REACHED, "2026-12-04T23:00"),  # three a week
    ],
)
def test_earlier_calls_count_over_all_campaigns(hours_ago, limits, reason, next_at):
    attempts = [NOON - timedelta(hours=hours) for hours in hours_ago]

    answer = ask(lead_of(**limits), attempts=attempts)

    assert answer.reason is reason
    assert answer.next_at == (datetime.fromisoformat(f"{next_at}Z") if next_at else None)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"scope": "all"}, Reason.DO_NOT_CALL),
        ({}, Reason.DO_NOT_CALL),
        ({"scope": "campaign", "campaign": "renewals"}, Reason.DO_NOT_CALL),
        ({"scope": "campaign", "campaign": "autumn"}, None),
        ({"prefix": "+161755501"}, Reason.DO_NOT_CALL),
    ],
)
def test_the_list_is_asked_for_all_the_customer_and_the_campaign(entry, reason):
    lead = lead_of(phone="+16175550142")
    add("+16175550142", **entry)

    assert ask(lead).reason is reason


def test_a_lead_whose_place_is_not_known_is_called_in_the_campaign_s_hours_and_where_all_rules_allow_it():
    nowhere = CallingPlace.objects.create(zones=[], regions=[])
    lead = lead_of(time_zone="Europe/Berlin", calling_hours=TUESDAY_TEN, lead={"place_id": nowhere.pk})

    assert ask(lead, datetime(2026, 12, 1, 10, tzinfo=UTC)).allowed
    assert not ask(lead, NOON).allowed
    assert ask(lead).proof["zones_known_by"] == "campaign"


def test_only_the_country_known_means_lawful_in_each_of_its_zones_and_the_campaign_s_clock_for_its_hours():
    canada = CallingPlace.objects.create(zones=["America/Halifax", "America/Toronto", "America/Regina"], regions=["CA"])
    lead = lead_of(
        time_zone="America/Toronto",
        calling_hours=[{"days": ["tue"], "from": "09:00", "to": "18:00"}],
        lead={"place_id": canada.pk},
    )

    # 9:00 in Regina is 10:00 in Toronto; the campaign's hours are read in Toronto alone.
    assert ask(lead, datetime(2026, 12, 1, 14, 59, tzinfo=UTC)).reason is Reason.OUTSIDE_HOURS
    assert ask(lead, datetime(2026, 12, 1, 15, 0, tzinfo=UTC)).allowed
    assert ask(lead, datetime(2026, 12, 1, 23, 0, tzinfo=UTC)).reason is Reason.OUTSIDE_HOURS


# -- the proof -------------------------------------------------------------------------------------------------------


def test_the_proof_names_the_rules_the_clocks_and_how_they_are_known():
    kept = ask(lead_of(lead={"consent_on": date(2026, 11, 1)})).to_json()

    assert [rule.partition("@")[0] for rule in kept["rules"]] == ["US", "US-MA"]
    assert kept["local_times"] == {"America/New_York": "2026-12-01T12:00-05:00"}
    assert (kept["zones_known_by"], kept["consent"]) == ("phone", {"required": False, "on": "2026-11-01"})
    assert kept["rules_verified"] is False


MOMENTS = [NOON + timedelta(hours=7 * number, minutes=number) for number in range(30)]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"calling_hours": TUESDAY_TEN, "ends_on": date(2026, 12, 5)},
        {"consent_required": True, "starts_on": date(2026, 12, 3)},
        {"status": "draft", "lead": {"consent_on": date(2026, 11, 1), "attempts": 9}},
    ],
)
def test_what_was_kept_gives_the_same_verdict_again(given):
    lead = lead_of(**given)
    if given:
        hours = [{"days": ["mon", "tue", "wed"], "from": "07:00", "to": "22:00"}]
        CallingRuleOverride.set(
            customer=lead.customer, region="US-MA", hours=hours, reason="Our lawyer", by="eva", now=NOON
        )

    for number, at in enumerate(MOMENTS):
        attempts = [at - timedelta(hours=hours) for hours in (1, 40)[: number % 3]]
        kept = ask(lead, at, attempts=attempts, passes_hours=number % 5 == 0).to_json()
        assert re_evaluate(kept) == SameAgain.kept(kept), at


def test_a_verdict_is_not_made_again_by_other_rules():
    kept = ask(lead_of()).to_json()
    kept["rules"][1] = "US-MA@0123456789"

    with pytest.raises(RulesChangedError, match="US-MA@0123456789"):
        re_evaluate(kept)
