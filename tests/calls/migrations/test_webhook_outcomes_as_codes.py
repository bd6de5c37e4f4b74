"""Sentences about webhooks, stored before outcomes were codes."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from calls.models import WebhookDelivery
from calls.outcomes import WebhookOutcome

pytestmark = pytest.mark.django_db
migration = import_module("calls.migrations.0015_webhook_outcomes_as_codes")


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("call opened: agent requested", "call_opened"),
        ("call opened as ended: the phone had left before", "call_abandoned"),
        ("call known: agent had been requested", "agent_requested_before"),
        ("call known: no agent: the call has ended", "ignored_ended"),
        ("call ended: the caller hung up", "call_ended"),
        ("agent left", "agent_left"),
        ("agent left while the call goes on", "agent_left_early"),
        ("not answered: the room belongs to a call that has ended", "room_reused"),
        ("nothing to do: the call had ended", "ignored_ended"),
        ("nothing to do", "ignored_no_change"),
        ("given up: it could not be handled for an hour", "given_up"),
        ("a sentence that was never written", "a sentence that was never written"),
        ("", ""),
    ],
)
def test_a_sentence_becomes_a_code(sentence, code):
    delivery = WebhookDelivery.objects.create(event_id="EV_1", body={}, outcome=sentence)
    with connection.schema_editor() as editor:
        migration.write_codes(apps, editor)

    delivery.refresh_from_db()
    assert delivery.outcome == code


def test_each_code_is_one_that_deliveries_have():
    assert set(migration.CODES.values()) <= set(WebhookOutcome.values)
