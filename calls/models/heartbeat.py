"""Heartbeats: each worker and recovery process updates its row every second to show that it is alive.

Times are the database's: processes on several machines need not have the same clock.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, models

# Without a heartbeat for so long a worker is dead, and so are its calls' agents: the caller hears silence from the
# worker's last moment until another agent speaks, which must take less than 8 s.
HEARTBEAT_TIMEOUT = timedelta(seconds=3)
KEEPER_HEARTBEAT_TIMEOUT = timedelta(seconds=15)  # a request to LiveKit may take its time between two heartbeats
HEARTBEATS_KEPT = timedelta(days=1)


class WorkerQuerySet(models.QuerySet["Worker"]):
    def record_heartbeat(
        self,
        worker_id: uuid.UUID,
        *,
        jobs: Collection[str],
        max_calls: int,
        draining: bool,
        registered_seconds: float | None,
    ) -> None:
        """Record that this process is alive, and which jobs it holds. Cost: one query.

        `registered_seconds`: for how long LiveKit has known it; None = it does not.
        """
        sql = f"""
            INSERT INTO {Worker._meta.db_table} AS worker (id, host, pid, started_at, beat_at, jobs, max_calls, draining, registered_at)
            VALUES (%s, %s, %s, clock_timestamp(), clock_timestamp(), %s::jsonb, %s, %s, clock_timestamp() - make_interval(secs => %s))
            ON CONFLICT (id) DO UPDATE SET beat_at = clock_timestamp(), jobs = excluded.jobs, draining = excluded.draining,
                registered_at = COALESCE(worker.registered_at, excluded.registered_at)"""  # nosec B608 # the table's name is ours, all values are parameters
        values = [worker_id, *this_process(), json.dumps(sorted(jobs)), max_calls, draining, registered_seconds]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)

    def responding(self, now: datetime) -> WorkerQuerySet:
        """Return processes that hold calls and are alive: workers, and those who play simulated calls."""
        return self.filter(beat_at__gt=now - HEARTBEAT_TIMEOUT)

    def alive(self, now: datetime) -> WorkerQuerySet:
        """Return workers that can answer a phone now or let their calls finish: beating and registered with LiveKit."""
        return self.responding(now).exclude(registered_at=None)

    def with_room(self, now: datetime, *, not_pid: int | None = None) -> list[Worker]:
        """Return workers that can take another call now. Cost: one query.

        `not_pid`: a process of this machine that does not count.
        """
        host, _ = this_process()
        others = self.alive(now).filter(draining=False).exclude(host=host, pid=not_pid or 0)
        return [worker for worker in others if worker.load < 1]

    def gone(self, now: datetime) -> WorkerQuerySet:
        """Return processes that ended or died so long ago that they no longer matter."""
        return self.filter(beat_at__lt=now - HEARTBEATS_KEPT)

    def jobs(self) -> set[str]:
        """Return the ids of the jobs these workers hold. Cost: one query."""
        return {job for jobs in self.values_list("jobs", flat=True) for job in jobs}


class Worker(models.Model):
    """A process that holds calls, as it last said: `run_agent`, or one that plays a simulated call.

    Important: all times here are the database's. Machines whose clocks disagree must agree on who is alive.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(help_text="When it last recorded that it is alive, which it does every second.")
    registered_at = models.DateTimeField(null=True, blank=True, help_text="Since when LiveKit can give it calls.")
    draining = models.BooleanField(default=False, help_text="It takes no new calls and lets the running ones finish.")
    max_calls = models.PositiveIntegerField(default=0)
    jobs = models.JSONField(default=list, blank=True, help_text="The jobs it holds: one a call.")

    objects = WorkerQuerySet.as_manager()

    class Meta:
        # No index: a handful of rows, and each beat would have to write it.
        ordering = ["-beat_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    @property
    def load(self) -> float:
        """How full it is: 1 = takes no more calls."""
        return min(len(self.jobs) / self.max_calls, 1.0) if self.max_calls else 1.0


class KeeperBeatQuerySet(models.QuerySet["KeeperBeat"]):
    def alive(self, now: datetime) -> KeeperBeatQuerySet:
        return self.filter(beat_at__gt=now - KEEPER_HEARTBEAT_TIMEOUT)

    def record_heartbeat(self, keeper_id: uuid.UUID) -> None:
        """Record that this recovery process is alive. Cost: one query."""
        sql = f"""
            INSERT INTO {KeeperBeat._meta.db_table} (id, host, pid, started_at, beat_at, changed, error)
            VALUES (%s, %s, %s, clock_timestamp(), clock_timestamp(), 0, '')
            ON CONFLICT (id) DO UPDATE SET beat_at = clock_timestamp()"""  # nosec B608 # the table's name is ours, all values are parameters
        with connection.cursor() as cursor:
            cursor.execute(sql, [keeper_id, *this_process()])

    def record_pass(self, keeper_id: uuid.UUID, now: datetime, *, changed: int, error: str) -> None:
        """Record how a pass went. One that could not look at everything leaves the time of the last good one."""
        facts: dict[str, Any] = {"error": error[:300], "error_at": now} if error else {"error": "", "passed_at": now}
        self.filter(pk=keeper_id).update(changed=changed, **facts)

    def gone(self, now: datetime) -> KeeperBeatQuerySet:
        return self.filter(beat_at__lt=now - HEARTBEATS_KEPT)

    def newest(self) -> KeeperBeat | None:
        """Return the heartbeat of the last recovery process; None when there never was one. Cost: one query."""
        return self.order_by("-beat_at").first()


class KeeperBeat(models.Model):
    """The heartbeat of one recovery process: when it last looked at everything, and what it could not do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(help_text="When it last looked for waiting callers, which it does every second.")
    passed_at = models.DateTimeField(null=True, blank=True, help_text="When it last looked at everything and could.")
    changed = models.PositiveIntegerField(default=0, help_text="How much it had to put right in that pass.")
    error = models.CharField(
        max_length=300, blank=True, help_text='What the last pass could not do; "" when all went well.'
    )
    error_at = models.DateTimeField(null=True, blank=True)

    objects = KeeperBeatQuerySet.as_manager()

    class Meta:
        # No index: a handful of rows, and each beat would have to write it.
        ordering = ["-beat_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


def this_process() -> tuple[str, int]:
    """Return the machine and the process, as people look for them."""
    return socket.gethostname()[:100], os.getpid()


def database_now() -> datetime:
    """Return the database's clock: the one that machines agree on. Cost: one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return cast(datetime, now)
