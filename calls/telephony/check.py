"""Checks telephony: reads what is stored here and what LiveKit has, and compares them."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from calls.livekit import gateway
from calls.livekit.gateway import LiveKitError, NotLiveKitError
from calls.livekit.telephony_check import find_problems
from calls.livekit.telephony_facts import Change, Failure, Ours, OurTrunk, Password, Problem, Severity, Theirs
from calls.livekit.telephony_plan import plan_changes
from calls.models import Trunk, WebhookDelivery, Worker
from calls.models.heartbeat import database_now
from personas.models import PhoneNumber
from voiceplatform.encryption.secret import NoKeyFitsError

CHECK_SECONDS = 3.5  # for all requests of a check together: its page waits for them
CLOCK_SECONDS = 1.0  # of these, at most


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check found, and what would be changed."""

    problems: list[Problem]
    changes: list[Change]

    @property
    def is_well(self) -> bool:
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def digest(self) -> str:
        """Return what tells this plan from another: a person confirms the changes that were listed, no others."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


def check(*, webhook_address: str) -> Report:
    """Compare what is stored here with LiveKit. Cost: seven queries, five requests, at most CHECK_SECONDS and a second.

    Whatever LiveKit does is in the report; no LiveKitError is raised.
    """
    ours, theirs = read_ours(webhook_address=webhook_address), read_theirs()
    return Report(problems=find_problems(ours, theirs), changes=plan_changes(ours, theirs))


def guess_webhook_address() -> str:
    """Return where webhooks arrive by the settings, with a placeholder when these name no single host."""
    if settings.DEBUG:
        return "http://127.0.0.1:8000/livekit-webhook"
    host = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "*"
    return f"https://{'<host>' if host.startswith(('*', '.')) else host}/livekit-webhook"


def read_ours(*, webhook_address: str) -> Ours:
    """Return what is stored here. Cost: seven queries."""
    workers = list(Worker.objects.alive(database_now()))
    last = WebhookDelivery.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    return Ours(
        numbers=tuple(PhoneNumber.objects.order_by("phone").values_list("phone", flat=True)),
        trunks=tuple(_read_trunk(trunk) for trunk in Trunk.objects.filter(enabled=True)),
        other_uids=frozenset(map(str, Trunk.objects.filter(enabled=False).values_list("uid", flat=True))),
        agent_name=settings.LIVEKIT_AGENT_NAME,
        workers=len(workers),
        taking_workers=sum(not worker.draining for worker in workers),
        last_webhook=f"{date_format(timezone.localtime(last), 'DATETIME_FORMAT')} ({_zone()})" if last else "",
        webhook_address=webhook_address,
    )


def _zone() -> str:
    return timezone.get_current_timezone_name()


def _read_trunk(trunk: Trunk) -> OurTrunk:
    try:
        password = Password.SENT if trunk.has_sent_password() else Password.NOT_SENT
    except NoKeyFitsError:
        password = Password.UNREADABLE
    return OurTrunk(
        uid=str(trunk.uid),
        name=trunk.name,
        livekit_id=trunk.livekit_id,
        address=trunk.address,
        transport=trunk.transport,
        numbers=tuple(trunk.numbers),
        auth_username=trunk.auth_username,
        password=password,
    )


def read_theirs() -> Theirs:
    """Return what LiveKit has, or why it could not be asked. Cost: five requests, at most CHECK_SECONDS together."""
    deadline = time.monotonic() + CHECK_SECONDS
    try:
        # Important: a proxy's empty page looks like a LiveKit without trunks, and all of them would be made.
        gateway.verify_livekit(budget_seconds=_left(deadline))
        found = gateway.list_telephony(budget_seconds=_left(deadline))
    except LiveKitError as error:
        failure = _failure_of(error)
        return Theirs(
            failure=failure,
            failure_message=str(error).rstrip("."),
            address=settings.LIVEKIT_URL,
            clock_seconds=_read_clock(deadline) if failure is Failure.KEY_REFUSED else None,
        )
    return Theirs(
        outbound=found.outbound, inbound=found.inbound, rules=found.rules, clock_seconds=_read_clock(deadline)
    )


def _left(deadline: float) -> float:
    """Return the seconds up to the deadline; a moment when it has passed, so that a request still fails as one."""
    return max(deadline - time.monotonic(), 0.05)


def _failure_of(error: LiveKitError) -> Failure:
    if isinstance(error, NotLiveKitError):
        return Failure.NOT_LIVEKIT
    if error.http_status in (401, 403):
        return Failure.KEY_REFUSED
    return Failure.LIST_REFUSED if error.http_status else Failure.UNREACHABLE


def _read_clock(deadline: float) -> float | None:
    try:
        return gateway.read_clock(budget_seconds=min(_left(deadline), CLOCK_SECONDS))
    except LiveKitError:
        return None  # what LiveKit's clock says is extra
