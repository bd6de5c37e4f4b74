"""Is a campaign started and resumed only when nothing is in the way?"""

from datetime import UTC, datetime

import pytest

from calls.models import Trunk
from campaigns.models import WrongStatusError
from campaigns.preflight.obstacles import Code
from campaigns.preflight.start import NotReadyError, resume, start
from tests.campaigns.cast import make_campaign, make_ready_campaign

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)


def test_a_campaign_that_lacks_nothing_starts_and_resumes():
    campaign = make_ready_campaign()

    start(campaign, by="mona", now=NOON)
    assert (campaign.status, campaign.status_by) == ("running", "mona")
    campaign.pause(by="mona", now=NOON)
    resume(campaign, by="mona", now=NOON)
    assert campaign.status == "running"


def test_a_campaign_that_is_not_ready_stays_as_it_is_and_everything_in_the_way_is_named():
    campaign = make_campaign()

    with pytest.raises(NotReadyError, match=r"“Renewals” is not ready: No persona is chosen.* Import a list.* Add one"):
        start(campaign, by="mona", now=NOON)

    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_what_was_lost_during_a_pause_is_in_the_way_of_resuming():
    campaign = make_ready_campaign(status="paused")
    Trunk.objects.update(enabled=False)

    with pytest.raises(NotReadyError) as refused:
        resume(campaign, by="mona", now=NOON)

    assert [obstacle.code for obstacle in refused.value.obstacles] == [Code.NO_TRUNK]


def test_the_status_is_asked_first():
    with pytest.raises(WrongStatusError, match="must be draft"):
        start(make_campaign(status="finished"), by="mona", now=NOON)


def test_a_placeholder_that_only_a_variant_has_is_in_the_way_and_names_the_variant():
    campaign = make_ready_campaign()
    campaign.variants.create(name="Short", session_instructions="Hello {{ first_pet }}.")
    campaign.variants.create(name="Unused", session_instructions="Hello {{ second_pet }}.", weight=0)

    with pytest.raises(NotReadyError) as refused:
        start(campaign, by="mona", now=NOON)

    (obstacle,) = refused.value.obstacles
    assert (obstacle.code, obstacle.message) == (
        Code.UNKNOWN_PLACEHOLDER,
        "Variant “Short”: “first_pet” is not a column of the leads.",
    )
