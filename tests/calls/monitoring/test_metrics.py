"""Do calls show in the metrics, by what came of them?"""

import pytest

from tests.calls.webhook_events import agent, event, joined, left, phone
from tests.conftest import ANA, CLINIC
from tests.fakes.livekit_api import Failure
from voiceplatform.models import MetricTotal
from voiceplatform.observability import metrics

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    metrics._gathered.clear()


def counted() -> dict[str, float]:
    """Everything counted so far, without the buckets and sums of histograms."""
    metrics.flush()
    rows = MetricTotal.objects.exclude(name__endswith="_sum").exclude(name__endswith="_bucket")
    return {f"{row.name.removeprefix('voiceplatform_')} {row.labels}": row.value for row in rows}


def measured(name: str) -> list[str]:
    """The labels under which something was measured, without the bounds."""
    metrics.flush()
    return list(MetricTotal.objects.filter(name=f"voiceplatform_{name}_sum").values_list("labels", flat=True))


def test_a_call_is_counted_from_its_first_ring_to_its_end(send, clinic):
    send(joined())
    send(left())

    assert counted() == {
        'calls_opened_total {"direction": "inbound"}': 1,
        'calls_ended_total {"direction": "inbound", "ended_by": "caller", "result": "cancelled"}': 1,
        'persona_lookups_total {"result": "found", "source": "number"}': 1,
        'webhook_deliveries_total {"event": "participant_joined", "outcome": "call_opened"}': 1,
        'webhook_deliveries_total {"event": "participant_left", "outcome": "call_ended"}': 1,
    }
    assert measured("dispatch_duration_seconds") == ['{"result": "accepted"}']
    assert measured("webhook_lag_seconds") == measured("webhook_duration_seconds") == ["{}"]


def test_a_delivery_that_comes_twice_opens_one_call(send, clinic):
    send(joined())
    send(joined())

    assert counted()['calls_opened_total {"direction": "inbound"}'] == 1
    assert counted()['webhook_deliveries_total {"event": "participant_joined", "outcome": "delivered_before"}'] == 1


def test_an_agent_that_is_refused_shows(send, clinic, livekit):
    livekit.failures.append(Failure(status=503))
    send(joined())

    assert counted()['webhook_deliveries_total {"event": "participant_joined", "outcome": "no_agent"}'] == 1
    assert measured("dispatch_duration_seconds") == ['{"result": "refused"}']


def test_a_number_no_one_set_up_shows_as_fallback(send, db):
    send(joined())

    assert counted()['persona_lookups_total {"result": "fallback", "source": "built_in"}'] == 1


def test_a_forged_delivery_shows_without_a_word_of_it(send):
    send(event(ANA), headers={"Authorization": "forged"})

    assert counted() == {'webhook_deliveries_total {"event": "other", "outcome": "refused"}': 1}


def test_no_total_holds_a_number_whatever_is_delivered(send, clinic):
    send(event(f"call_{ANA}", participant=phone()))
    send(joined())

    assert ANA[1:] not in str(counted())
    assert CLINIC[1:] not in str(counted())


def test_an_agent_that_left_is_counted_as_that(send, clinic):
    send(joined())
    send(event("participant_left", participant=agent()))

    assert counted()['webhook_deliveries_total {"event": "participant_left", "outcome": "agent_left_early"}'] == 1
