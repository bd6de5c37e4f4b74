"""What was said, turn by turn, as it was said."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from django.db import models

from calls.models import Call
from transcripts import spoken_turn
from transcripts.spoken_turn import SpokenTurn
from voiceplatform.text import clean_text


class Turn(models.Model):
    """Something one side said. Stored when it was said; the same item may come again and changes nothing twice."""

    Speaker = spoken_turn.Speaker

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    item_id = models.CharField(max_length=100, help_text="The id of the item in the conversation; unique in the call.")
    speaker = models.CharField(max_length=10, choices=spoken_turn.Speaker.choices)
    agent = models.CharField(max_length=50, blank=True, help_text="Which agent of the persona spoke.")
    text = models.TextField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    interrupted = models.BooleanField(default=False, help_text="The caller talked into it.")
    cut_off = models.BooleanField(
        default=False, db_default=False, help_text="The connection to the voice model was lost in the middle of it."
    )
    resumed = models.BooleanField(
        default=False, db_default=False, help_text="It repeats or continues what was cut off or not said."
    )
    latency_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the end of the caller's words to the agent's first sound."
    )

    objects: ClassVar[models.Manager[Turn]] = models.Manager()

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "item_id"], name="turn_once_per_item")]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:60]}"


def save_turn(call: Call, turn: SpokenTurn) -> Turn:
    """Store a turn; the same item again replaces what was stored, so a repeat changes nothing."""
    values = asdict(turn)
    item_id = values.pop("item_id")[:100]
    values["text"] = clean_text(turn.text)
    stored, _ = Turn.objects.update_or_create(call=call, item_id=item_id, defaults=values)
    return stored
