"""Workers and webhooks that a complete installation has."""

import uuid

from calls.models import WebhookDelivery, Worker
from calls.models.heartbeat import database_now


def make_worker(*, draining: bool = False) -> None:
    Worker.objects.record_heartbeat(uuid.uuid4(), jobs=[], max_calls=5, draining=draining, registered_seconds=5)


def make_webhook() -> None:
    WebhookDelivery.objects.create(event_id="EV_1", name="room_finished", body={}, received_at=database_now())
