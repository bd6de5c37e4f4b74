"""Does a lead always hear the same variant, and does each get its share?"""

from collections import Counter
from uuid import UUID

import pytest

from campaigns.script.variants import choose_variant, shares

CAMPAIGN = UUID(int=7)
FIRST_EIGHT = "abbabaab"  # of these two variants, as it was when this was written
LEADS = [UUID(int=number) for number in range(10_000)]


def chosen(weights, campaign=CAMPAIGN):
    return {lead: choose_variant(campaign, lead, weights) for lead in LEADS}


def test_the_same_lead_gets_the_same_variant_in_any_order():
    assert chosen([("a", 1), ("b", 2), ("c", 3)]) == chosen([("c", 3), ("a", 1), ("b", 2)])


def test_the_choice_is_the_same_in_every_process_and_release():
    assert [choose_variant(CAMPAIGN, lead, [("a", 1), ("b", 1)]) for lead in LEADS[:8]] == list(FIRST_EIGHT)


@pytest.mark.parametrize("weights", [[("a", 50), ("b", 50)], [("a", 1), ("b", 9)], [("a", 2), ("b", 3), ("c", 5)]])
def test_each_variant_gets_its_share(weights):
    count = Counter(chosen(weights).values())
    for key, share in shares(weights).items():
        assert count[key] / len(LEADS) == pytest.approx(share, abs=0.02)


def test_a_variant_that_is_added_takes_leads_and_moves_none_between_the_others():
    before, after = chosen([("a", 1), ("b", 1)]), chosen([("a", 1), ("b", 1), ("c", 1)])
    assert {after[lead] for lead in LEADS if after[lead] != before[lead]} == {"c"}


def test_another_campaign_deals_anew():
    assert chosen([("a", 1), ("b", 1)]) != chosen([("a", 1), ("b", 1)], campaign=UUID(int=8))


@pytest.mark.parametrize("weights", [[], [("a", 0)]])
def test_without_a_weight_there_is_no_variant(weights):
    assert choose_variant(CAMPAIGN, LEADS[0], weights) is None


def test_a_variant_without_a_weight_gets_no_lead():
    assert set(chosen([("a", 0), ("b", 1)]).values()) == {"b"}
