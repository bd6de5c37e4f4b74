"""The webhooks LiveKit sent, one row for each event id."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.async_commit import async_commit
from calls.livekit.event import LiveKitEvent, read_participant
from calls.outcomes import WebhookOutcome
from calls.words import describe_outcome


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def record_received(self, event: LiveKitEvent, now: datetime) -> WebhookDelivery:
        """Return the one row of this event, counting how often it came. Cost: one query.

        One statement, committed at once: deliveries of one event may arrive together, and a process that opens a call must see
        every leaving that arrived before.
        """
        sql = f"""
            INSERT INTO {WebhookDelivery._meta.db_table} AS delivery
                (event_id, name, room_name, room_sid, participant_sid, body, received_at, times_received, outcome)
            VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, 1, '')
            ON CONFLICT (event_id) DO UPDATE SET times_received = delivery.times_received + 1
            RETURNING *"""  # nosec B608 # the table's name is ours, all values are parameters
        participant_sid = event.participant.sid if event.participant else ""
        values = [
            event.event_id,
            event.name,
            event.room_name,
            event.room_sid,
            participant_sid,
            json.dumps(event.body),
            now,
        ]
        return self.raw(sql, values)[0]

    def unhandled(self, *, before: datetime) -> WebhookDeliveryQuerySet:
        """Return what was stored but changed nothing yet, oldest first: the process that handled it failed or was killed."""
        return self.filter(handled_at=None, received_at__lt=before).order_by("received_at", "pk")

    def has_left(self, participant_sid: str, room_sid: str) -> bool:
        """Whether LiveKit already said that this phone left or its room is gone: events come in any order."""
        left, gone = ("participant_left", "participant_connection_aborted"), Q()
        if participant_sid:
            gone |= Q(participant_sid=participant_sid, name__in=left)
        if room_sid:
            gone |= Q(room_sid=room_sid, name="room_finished")
        return bool(gone) and any(delivery.ends_stay for delivery in self.filter(gone))


class WebhookDelivery(models.Model):
    """What LiveKit told us, once per event id."""

    event_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=50)
    room_name = models.CharField(max_length=256, blank=True)
    room_sid = models.CharField(max_length=64, blank=True)
    participant_sid = models.CharField(max_length=64, blank=True)
    body = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    times_received = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=200, choices=WebhookOutcome.choices, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        verbose_name = "webhook"
        verbose_name_plural = "webhooks"
        indexes = [
            # For has_left(): asked once for each new call.
            models.Index(fields=["participant_sid"], name="delivery_participant"),
            models.Index(fields=["room_sid"], name="delivery_room"),
            # For the search in the admin.
            models.Index(fields=["room_name"], name="delivery_room_name"),
            models.Index(fields=["-received_at"], name="delivery_latest"),
            # For unhandled(), which the recovery process runs twice a minute.
            models.Index(fields=["received_at"], name="delivery_unhandled", condition=Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"

    @property
    def ends_stay(self) -> bool:
        """Whether a leaving is final: the phone's connection is not just being replaced."""
        participant = read_participant(self.body)
        return participant is None or not participant.may_return

    @property
    def result(self) -> str:
        """What came of it, in words for people; "" when it has not been handled."""
        return describe_outcome(self.outcome)

    def record_handled(self, now: datetime, outcome: WebhookOutcome) -> None:
        """Note that nothing is left to do. A note that a power cut takes is a delivery handled twice, which is harmless."""
        self.handled_at, self.outcome = now, outcome
        with async_commit():
            WebhookDelivery.objects.filter(pk=self.pk).update(handled_at=now, outcome=outcome)
