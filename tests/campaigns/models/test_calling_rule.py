"""A customer's own calling hours for a region, and rules that a person verified."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from campaigns.calling_rules.reason import Reason
from campaigns.models import CallingRuleOverride, CallingRuleReading
from campaigns.permission.lead import answer_lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVENING = datetime(2026, 12, 2, 1, 30, tzinfo=UTC)  # 20:30 in Boston: Massachusetts allows calls until 20:00
ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def own_hours(opens, closes, *, region="US-MA", reason="", **given):
    hours = [{"days": ALL_DAYS, "from": opens, "to": closes}]
    return CallingRuleOverride.set(
        **{
            "customer": make_customer(),
            "region": region,
            "hours": hours,
            "reason": reason,
            "by": "eva",
            "now": NOW,
            **given,
        }
    )


def reason_at(at):
    campaign = make_campaign(f"c{at:%H%M}-{CallingRuleOverride.objects.count()}", status="running")
    return answer_lead(make_lead(make_list(campaign)), at).reason


def test_narrower_hours_count_at_once_and_without_a_reason():
    assert reason_at(NOW.replace(hour=14)) is None

    own_hours("10:00", "18:00")

    assert reason_at(NOW.replace(hour=14)) is Reason.OUTSIDE_HOURS
    assert reason_at(NOW.replace(hour=15)) is None


def test_wider_hours_need_a_reason_that_stays():
    with pytest.raises(ValidationError, match=r"Wider than the rule of US-MA \(mon, tue"):
        own_hours("08:00", "21:00")

    row = own_hours("08:00", "21:00", reason="Business customers only")

    assert (row.is_wider, row.reason) == (True, "Business customers only")
    assert reason_at(EVENING) is None
    assert reason_at(EVENING.replace(hour=2)) is Reason.OUTSIDE_HOURS  # 21:00 by the federal rule, which stays


def test_hours_of_the_country_count_in_each_state():
    own_hours("10:00", "18:00", region="US")

    assert reason_at(NOW.replace(hour=14)) is Reason.OUTSIDE_HOURS


def test_hours_of_another_region_or_customer_do_not_count():
    own_hours("10:00", "11:00", region="US-NY")
    own_hours("10:00", "11:00", customer=make_customer("lakeside"))

    assert reason_at(NOW.replace(hour=20)) is None


def test_wider_hours_do_not_open_a_holiday():
    customer = make_customer("alabama")
    lead = make_lead(make_list(make_campaign(customer=customer, status="running")), "+12055550100")
    own_hours("08:00", "21:00", region="US-AL", reason="Consent on paper", customer=customer)

    assert answer_lead(lead, datetime(2026, 12, 26, 2, 30, tzinfo=UTC)).reason is Reason.HOLIDAY  # Christmas, 20:30
    assert answer_lead(lead, datetime(2026, 12, 24, 2, 30, tzinfo=UTC)).reason is None


def test_new_hours_end_the_old_ones_which_stay_in_the_history():
    first = own_hours("10:00", "18:00")
    second = own_hours("11:00", "17:00", by="mia")

    first.refresh_from_db()
    assert (first.ended_by, first.ended_at) == ("mia", NOW)
    assert list(CallingRuleOverride.objects.active()) == [second]


def test_ended_hours_let_the_rule_count_again():
    row = own_hours("10:00", "18:00")

    assert row.end(by="mia", now=NOW)
    assert not row.end(by="mia", now=NOW)
    assert reason_at(NOW.replace(hour=14)) is None


def test_the_proof_names_the_hours_that_counted():
    row = own_hours("10:00", "18:00")
    lead = make_lead(make_list(make_campaign(status="running")))

    kept = answer_lead(lead, NOW).to_json()

    assert [own["id"] for own in kept["own_hours"]] == [str(row.uid)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"region": "XX"}, "region"),
        ({"region": "US-ZZ"}, "region"),
        ({"hours": []}, "hours"),
        ({"hours": [{"days": ["mon"], "from": "9", "to": "10:00"}]}, "hours"),
        ({"hours": "always"}, "hours"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(given, field):
    with pytest.raises(ValidationError) as refused:
        own_hours("10:00", "18:00", **given)

    assert list(refused.value.message_dict) == [field]


def test_a_rule_that_a_person_verified_is_named_so_in_the_proof():
    lead = make_lead(make_list(make_campaign(status="running")))
    for rule in ("US", "US-MA"):
        CallingRuleReading.record(rule, by="eva", now=NOW)
    CallingRuleReading.record("US", by="mia", now=NOW)

    assert answer_lead(lead, NOW).to_json()["rules_verified"] is True
    assert [reading.by for reading in CallingRuleReading.objects.filter(rule="US")] == ["eva"]


def test_only_a_rule_that_exists_is_verified():
    with pytest.raises(ValidationError, match="US-ZZ"):
        CallingRuleReading.record("US-ZZ", by="eva", now=NOW)
