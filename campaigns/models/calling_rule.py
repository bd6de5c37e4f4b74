"""What people said about calling rules: a customer's own hours for a region, and which rules a person has verified."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.calling_rules.hours.calling_hours import BadHoursError, read_calling_hours
from campaigns.calling_rules.hours.own_hours import OwnHours, find_wider_days
from campaigns.calling_rules.jurisdictions import AppliedRule, describe_all
from campaigns.calling_rules.place_tables import country_zones, find_state
from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.ids import uuid7
from voiceplatform.text import clean_line

LONGEST_REASON = 500  # characters
LONGEST_AUTHOR = 200


class CallingRuleOverrideQuerySet(CustomerOwnedQuerySet):
    def active(self) -> CallingRuleOverrideQuerySet:
        """Return those that count now; the others are the history."""
        return self.filter(ended_at=None)

    def own_hours_of(self, customer_id: int) -> tuple[OwnHours, ...]:
        """Return the customer's own hours as the rules read them. Cost: one query."""
        rows = self.active().filter(customer=customer_id).order_by("region")
        return tuple(row.as_own_hours for row in rows)


class CallingRuleOverride(models.Model):
    """A customer's own calling hours for a region, instead of the rules'. Never changed: a new one ends the old one."""

    uid = models.UUIDField("ID", unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="calling_rule_overrides")
    region = models.CharField(max_length=10, help_text="A country or a state, e.g. DE or US-FL.")
    hours = models.JSONField(help_text="Windows on the clock of the person called, e.g. mon-fri 10:00 to 18:00.")
    reason = models.CharField(
        max_length=LONGEST_REASON, blank=True, help_text="Required where the hours are wider than the rule."
    )
    is_wider = models.BooleanField(default=False, editable=False)
    by = models.CharField(max_length=LONGEST_AUTHOR, editable=False)
    at = models.DateTimeField("since", default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.CharField(max_length=LONGEST_AUTHOR, blank=True, editable=False)

    objects = CallingRuleOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "own calling hours"
        verbose_name_plural = "own calling hours"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "region"], condition=Q(ended_at=None), name="one_active_calling_rule_override"
            ),
            models.CheckConstraint(
                condition=Q(is_wider=False) | ~Q(reason=""), name="wider_calling_hours_have_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="calling_rule_override_end_is_explained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} of {self.customer}"

    @property
    def as_own_hours(self) -> OwnHours:
        return OwnHours(id=str(self.uid), region=self.region, hours=json.dumps(self.hours, sort_keys=True))

    @classmethod
    def set(
        cls, *, customer: Customer, region: str, hours: Any, reason: str, by: str, now: datetime
    ) -> CallingRuleOverride:
        """Let the customer's calls to a region keep to these hours. What counted before ends, and stays in the history.

        Raises ValidationError by field: hours that cannot be read, and wider ones without a reason.
        """
        region, reason = region.strip().upper(), clean_line(reason)
        wider = _find_wider(region, hours, reason, year=now.year)
        row = cls(customer=customer, region=region, hours=hours, reason=reason, is_wider=bool(wider), by=by, at=now)
        row.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
            cls.objects.active().filter(customer=customer, region=region).update(ended_at=now, ended_by=by)
            row.save()
        return row

    @classmethod
    def checked_region(cls, region: str, *, hours: Any, reason: str, year: int) -> str:
        """Return the region as it is stored. Raises ValidationError by field, as `set` does."""
        written = region.strip().upper()
        _find_wider(written, hours, clean_line(reason), year=year)
        return written

    def end(self, *, by: str, now: datetime) -> bool:
        """Let the rule's hours count again. False: it had ended before."""
        ended = {"ended_at": now, "ended_by": by[:LONGEST_AUTHOR]}
        if not type(self).objects.active().filter(pk=self.pk).update(**ended):
            return False
        self.ended_at, self.ended_by = now, by[:LONGEST_AUTHOR]
        return True


class CallingRuleReading(models.Model):
    """A person has read a rule's source and found that the rule says the same. Of one version: a change asks for another."""

    rule = models.CharField(max_length=30)  # a rule's name, e.g. US-FL
    version = models.CharField(max_length=10)
    by = models.CharField(max_length=LONGEST_AUTHOR)
    at = models.DateTimeField(default=timezone.now)

    objects = models.Manager["CallingRuleReading"]()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="calling_rule_verified_once")]

    def __str__(self) -> str:
        return f"{self.rule}@{self.version}"

    @classmethod
    def find_unverified(cls, rules: Iterable[AppliedRule]) -> list[AppliedRule]:
        """Return the rules that no person has verified in the version they have today. Cost: one query."""
        asked = list(rules)
        read = set(cls.objects.filter(rule__in=[rule.name for rule in asked]).values_list("rule", "version"))
        return [rule for rule in asked if not rule.verified and (rule.name, rule.version) not in read]

    @classmethod
    def record(cls, rule: str, *, by: str, now: datetime) -> CallingRuleReading:
        """Note that a person verified the rule as it is today; who did so first stays. Raises ValidationError."""
        applied = next((each for each in describe_all() if each.name == rule), None)
        if applied is None:
            raise ValidationError({"rule": f"“{rule}” is not the name of a rule, e.g. US-FL."})
        values = {"by": by[:LONGEST_AUTHOR], "at": now}
        return cls.objects.get_or_create(rule=rule, version=applied.version, defaults=values)[0]


def _find_wider(region: str, hours: Any, reason: str, *, year: int) -> list[str]:
    """Return the weekdays that are wider than the rule. Raises ValidationError."""
    if not _is_region(region):
        raise ValidationError({"region": f"“{region}” is not a country or a state, e.g. DE or US-FL."})
    try:
        if read_calling_hours(hours) is None:
            raise ValidationError({"hours": "Give at least one window. To stop all calls, stop the campaigns."})
        wider = find_wider_days(region, hours, year=year)
    except BadHoursError as error:
        raise ValidationError({"hours": str(error)}) from error
    if wider and not reason:
        days = ", ".join(wider)
        raise ValidationError({"reason": f"Wider than the rule of {region} ({days}). Give the reason; it is kept."})
    return wider


def _is_region(region: str) -> bool:
    country, _, state = region.partition("-")
    if not state:
        return bool(country_zones(country))
    found = find_state(country, state)
    return (found is not None and region in found.regions) or any(each.region == region for each in describe_all())
