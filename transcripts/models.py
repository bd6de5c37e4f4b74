"""What was said, turn by turn, as it was said."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from calls.models import Call


class Turn(models.Model):
    """Something one side said. Stored when it was said; the same item may come again and changes nothing twice."""

    class Speaker(models.TextChoices):
        CALLER = "caller"
        AGENT = "agent"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    item_id = models.CharField(max_length=100, help_text="The id of the item in the conversation; unique in the call.")
    speaker = models.CharField(max_length=10, choices=Speaker)
    agent = models.CharField(max_length=50, blank=True, help_text="Which agent of the persona spoke.")
    text = models.TextField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    interrupted = models.BooleanField(default=False)
    latency_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the end of the caller's words to the agent's first sound."
    )

    objects: ClassVar[models.Manager[Turn]] = models.Manager()

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "item_id"], name="turn_once_per_item")]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:60]}"


def save_turn(
    call: Call,
    *,
    item_id: str,
    speaker: Turn.Speaker,
    text: str,
    started_at: datetime,
    ended_at: datetime | None = None,
    agent: str = "",
    interrupted: bool = False,
    latency_ms: int | None = None,
) -> Turn:
    """Store a turn; the same item again replaces what was stored, so a repeat changes nothing."""
    values = {
        "speaker": speaker,
        "agent": agent,
        "text": text.replace("\x00", ""),  # PostgreSQL stores no NUL
        "started_at": started_at,
        "ended_at": ended_at,
        "interrupted": interrupted,
        "latency_ms": latency_ms,
    }
    turn, _ = Turn.objects.update_or_create(call=call, item_id=item_id[:100], defaults=values)
    return turn
