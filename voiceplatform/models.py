"""What the project itself stores.

The totals behind /metrics, how much a client asked this minute, and what it was answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from voiceplatform.jobs.job import Job as Job  # Django finds models in this module

Key = tuple[str, str]  # the name of a total, and its labels as JSON with sorted keys


class MetricTotalQuerySet(models.QuerySet["MetricTotal"]):
    def increase(self, amounts: Mapping[Key, float]) -> None:
        """Add the amounts to their totals. Cost: one statement for all of them.

        Important: in the order of their keys. Two processes that add to the same rows in two orders would wait for each
        other indefinitely.
        """
        if not amounts:
            return
        rows = sorted(amounts.items())
        sql = f"""
            INSERT INTO {MetricTotal._meta.db_table} AS total (name, labels, value)
            VALUES {", ".join(["(%s, %s, %s)"] * len(rows))}
            ON CONFLICT (name, labels) DO UPDATE SET value = total.value + excluded.value"""  # nosec B608 # the table's name is ours, all values are parameters
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for (name, labels), amount in rows for value in (name, labels, amount)])


class MetricTotal(models.Model):
    """How often something happened, ever; or for a histogram how often within one bound, and the sum of what was
    measured.

    Some two hundred rows, however many calls there were: what a scrape reads does not grow.
    """

    name = models.CharField(max_length=100)
    labels = models.CharField(max_length=300, help_text="As JSON with sorted keys.")
    value = models.FloatField(default=0)

    objects = MetricTotalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_total_per_name_and_labels")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels} {self.value:g}"


class RateWindowQuerySet(models.QuerySet["RateWindow"]):
    def count_request(self, client: str, now: datetime) -> int:
        """Return how many requests this client made in this minute, with this one.

        Cost: one statement, for all processes together.
        """
        minute = now.replace(second=0, microsecond=0)
        sql = f"""
            INSERT INTO {RateWindow._meta.db_table} AS w (client, minute, requests) VALUES (%s, %s, 1)
            ON CONFLICT (client) DO UPDATE SET minute = EXCLUDED.minute,
                requests = CASE WHEN w.minute = EXCLUDED.minute THEN w.requests + 1 ELSE 1 END
            RETURNING requests"""  # nosec B608 # the table's name is ours, all values are parameters
        with connection.cursor() as cursor:
            cursor.execute(sql, [client, minute])
            return int(cursor.fetchone()[0])


class RateWindow(models.Model):
    """One row for each client, whatever it asks.

    The table is not logged: after a crash of the database all counts start at zero.
    """

    client = models.CharField(max_length=100, primary_key=True)
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()

    objects = RateWindowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.client}: {self.requests}"


class IdempotencyKey(models.Model):
    """A request that must not be done twice, and what came of it.

    Without an answer it is in flight, or its process died: then nothing was committed, and after `IN_FLIGHT` it may be
    done again.
    """

    KEPT = timedelta(hours=24)
    IN_FLIGHT = timedelta(minutes=1)

    client = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    claimed_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    headers = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[IdempotencyKey]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_key_once_per_client")]
        indexes = [models.Index(fields=["claimed_at"], name="idempotency_key_age")]  # for the sweep

    def __str__(self) -> str:
        return f"{self.client} {self.key[:20]}"

    @classmethod
    def claim(cls, *, client: str, key: str, request: bytes, now: datetime) -> tuple[IdempotencyKey, bool]:
        """Return the row of this key and whether it is this request's to answer. Cost: at most four queries."""
        lost = Q(status=None, claimed_at__lte=now - cls.IN_FLIGHT)
        cls.objects.filter(lost | Q(claimed_at__lte=now - cls.KEPT), client=client, key=key).delete()
        values = {"digest": hashlib.sha256(request).hexdigest(), "claimed_at": now}
        return cls.objects.get_or_create(client=client, key=key, defaults=values)

    def is_for(self, request: bytes) -> bool:
        return self.digest == hashlib.sha256(request).hexdigest()

    def record_answer(self, *, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.save(update_fields=["status", "body", "headers"])

    def release(self) -> None:
        """Forget the request: it was refused and changed nothing, so the same key may come with a better body."""
        self.delete()


class Preferences(models.Model):
    """What a user chose for their own pages."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    time_zone = models.CharField(max_length=50, blank=True, help_text="Leave empty to use the customer's time zone.")

    objects: ClassVar[models.Manager[Preferences]] = models.Manager()

    def __str__(self) -> str:
        return f"Preferences of {self.user}"
