"""The timeline of a call, append only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class CallEvent(models.Model):
    """One thing that happened in a call. Append only: a trigger in the database refuses updates."""

    class Name(models.TextChoices):
        PERSONA_LOADED = "persona_loaded"
        PERSONA_NOT_FOUND = "persona_not_found"
        PERSONA_APPLIED = "persona_applied"
        AGENT_DISPATCHED = "agent_dispatched"
        DISPATCH_FAILED = "dispatch_failed"
        AGENT_JOINED = "agent_joined"
        AGENT_LOST = "agent_lost"
        AGENT_RESUMED = "agent_resumed"
        CALL_REQUESTED = "call_requested"
        DIALING = "dialing"
        DIAL_FAILED = "dial_failed"
        CALL_RINGING = "call_ringing"
        CALL_ANSWERED = "call_answered"
        FIRST_WORD = "first_word"
        INTERRUPTED = "interrupted"
        TOOL_CALLED = "tool_called"
        SILENCE = "silence"
        MAX_DURATION = "max_duration"
        MODEL_ERROR = "model_error"
        MODEL_RECONNECTED = "model_reconnected"
        SPEECH_REPEATED = "speech_repeated"
        MODEL_FAILED = "model_failed"
        APOLOGY_PLAYED = "apology_played"
        DISCLOSURE_HEARD = "disclosure_heard"
        MACHINE_DETECTED = "machine_detected"  # or a person: who or what picked up
        DO_NOT_CALL = "do_not_call"  # the person asked not to be called again
        RECORDING_FAILED = "recording_failed"  # it ended before the call
        CALL_ENDED = "call_ended"

    call = models.ForeignKey("Call", on_delete=models.CASCADE, related_name="events")
    name = models.CharField(max_length=30, choices=Name)
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict, blank=True)

    objects: ClassVar[models.Manager[CallEvent]] = models.Manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            # For the home page: what went wrong today, among millions of events.
            models.Index(fields=["-at"], name="event_dispatch_failed", condition=Q(name="dispatch_failed")),
        ]

    def __str__(self) -> str:
        return self.name
