"""Calling a campaign's leads one after the other, by hand or automatically: which call was the last, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone

from calls.models.call import Call
from calls.outcomes import Status
from campaigns.models import Campaign
from personas.models import Customer

FOLLOWED_WITHIN = timedelta(minutes=2)  # of a call's end; later, the person at the desk no longer expects the next one


class CallingSessionQuerySet(models.QuerySet["CallingSession"]):
    def of(self, customer: Customer) -> CallingSessionQuerySet:
        """Return the customer's sessions, the one used last first."""
        return self.filter(campaign__customer=customer).order_by(F("used_at").desc())

    def in_a_call(self) -> CallingSessionQuerySet:
        return self.exclude(call=None).exclude(call__status=Status.ENDED)

    def to_follow(self, now: datetime) -> CallingSessionQuerySet:
        """Return sessions whose call has just ended and whose next lead is to be called automatically."""
        return self.filter(
            auto_next=True, call_is_followed=True, call__status=Status.ENDED, call__ended_at__gt=now - FOLLOWED_WITHIN
        )


class CallingSession(models.Model):
    """One for each campaign whose leads were ever called one by one."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="calling_session")
    auto_next = models.BooleanField(default=False, help_text="Call the next lead when a call has ended.")
    call = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="+")
    call_is_followed = models.BooleanField(default=False, help_text="The next lead was not called yet after this call.")
    used_by = models.CharField(max_length=150, blank=True, help_text="The user or API key.")
    used_at = models.DateTimeField(default=timezone.now)

    objects = CallingSessionQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.campaign)

    def record_call(self, call: Call, *, by: str, now: datetime) -> None:
        """Note the call that was just placed: its end is followed by the next lead while `auto_next` is on."""
        self.call, self.call_is_followed, self.used_by, self.used_at = call, True, by[:150], now
        self.save(update_fields=["call", "call_is_followed", "used_by", "used_at"])

    def switch_auto_next(self, on: bool, *, by: str, now: datetime) -> None:
        """Switch it on or off. A call that is over already is not followed: switching on dials nothing."""
        self.auto_next, self.used_by, self.used_at = on, by[:150], now
        self.call_is_followed = self.call is not None and self.call.status != Status.ENDED
        self.save(update_fields=["auto_next", "call_is_followed", "used_by", "used_at"])

    def claim_next(self) -> bool:
        """Win the right to call the next lead after this call, or return False. Important: in a transaction with that call."""
        mine = CallingSession.objects.filter(pk=self.pk, call=self.call_id, auto_next=True, call_is_followed=True)
        return mine.update(call_is_followed=False) == 1
