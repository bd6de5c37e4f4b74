"""Calls, their timeline, LiveKit's webhooks, and the heartbeats of our processes. Import the models from here."""

from calls.models.call import Call, call_by_id, call_of_room
from calls.models.call_queryset import CallQuerySet
from calls.models.calling_session import CallingSession
from calls.models.delivery import WebhookDelivery
from calls.models.event import CallEvent
from calls.models.heartbeat import KeeperBeat, Worker
from calls.models.recording import Recording, RecordingAccess, RecordingQuerySet
from calls.models.trunk import Trunk

__all__ = [
    "Call",
    "CallEvent",
    "CallQuerySet",
    "CallingSession",
    "KeeperBeat",
    "Recording",
    "RecordingAccess",
    "RecordingQuerySet",
    "Trunk",
    "WebhookDelivery",
    "Worker",
    "call_by_id",
    "call_of_room",
]
