"""Decides what is still missing before a phone call is answered well here, and what to do next.

Pure: no Django, no LiveKit. `calls/dashboard/page.py` gathers the facts and shows the steps, the most urgent first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows that need a person."""

    count: int
    name: str = ""  # of the only one
    address: str  # of the only one, or of the list of all


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What only those who run the installation can change."""

    livekit_configured: bool
    has_deliveries: bool  # LiveKit has reached the webhook at least once
    webhook_address: str
    placeholder_voice: bool  # VOICE_PROVIDER is offline
    waiting_callers: int  # without an agent for longer than one takes to join
    workers: int = 0  # with a recent heartbeat
    recovery_running: bool = False


@dataclass(frozen=True, kw_only=True)
class CustomerSetup:
    """What the user's customers have set up."""

    has_customers: bool
    has_personas: bool
    has_numbers: bool
    never_published: Rows | None = None  # personas
    unassigned: Rows | None = None  # phone numbers for which no published persona is chosen
    may_edit: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do."""

    what: str
    detail: str = ""
    action: str = ""  # the words of the link
    address: str = ""  # where to do it
    command: str = ""  # or what to type
    urgent: bool = False  # callers notice it now


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The steps to do, urgent ones first, and how far the setup has come."""

    steps: list[Step]
    done: int
    total: int


Checked = tuple[bool, Step]  # whether it is done, and what to do while it is not


def list_steps(customers: CustomerSetup, installation: Installation | None) -> Setup:
    """Return what to do. `installation` is None for people who cannot change it."""
    checked = [*(_check_installation(installation) if installation else ()), *_check_customers(customers)]
    steps = [step for is_done, step in checked if not is_done]
    return Setup(
        steps=sorted(steps, key=lambda step: not step.urgent), done=len(checked) - len(steps), total=len(checked)
    )


def _check_installation(facts: Installation) -> Iterator[Checked]:
    yield (
        facts.livekit_configured,
        Step(
            what="Connect LiveKit.",
            detail="Without it no phone call reaches this installation. Set LIVEKIT_URL, LIVEKIT_API_KEY and "
            "LIVEKIT_API_SECRET, then restart. For a LiveKit server on this machine:",
            command="manage.py local_livekit",
        ),
    )
    if facts.livekit_configured:
        yield (
            facts.has_deliveries,
            Step(
                what="No webhook received from LiveKit yet; calls would not be answered.",
                detail="Add this address to webhook.urls in livekit.yaml, with LIVEKIT_API_KEY as its api_key:",
                command=facts.webhook_address,
            ),
        )
        yield _check_workers(facts)
        yield (
            facts.recovery_running,
            Step(
                what="The recovery process (run_keeper) is not running:",
                detail="interrupted calls are not recovered, and ended calls may look live. Start it:",
                command="manage.py run_keeper",
                urgent=True,
            ),
        )
    yield (
        not facts.placeholder_voice,
        Step(
            what="No voice provider key. Callers hear placeholder sounds.",
            detail="Set GOOGLE_API_KEY and restart the worker.",
        ),
    )


def _check_workers(facts: Installation) -> Checked:
    """Return whether callers get an agent, in one step: who has no worker has no free agent either."""
    callers = "1 caller is" if facts.waiting_callers == 1 else f"{facts.waiting_callers} callers are"
    if facts.workers:
        what, detail = f"{callers} ringing and no agent is free.", "Start another worker:"
    elif facts.waiting_callers:
        what, detail = f"No agent worker is running: {callers} ringing.", "Start one:"
    else:
        what, detail = "No agent worker is running: calls ring and are not answered.", "Start one:"
    step = Step(what=what, detail=detail, command="manage.py run_agent", urgent=True)
    return bool(facts.workers and not facts.waiting_callers), step


def _check_customers(setup: CustomerSetup) -> Iterator[Checked]:
    if not setup.has_customers:
        yield False, Step(what="You have no access to a customer yet.", detail="Ask your administrator to add you.")
        return
    yield (
        setup.has_personas,
        Step(
            what="Create your first persona.",
            detail="Until then callers reach a generic assistant.",
            action="Create a persona",
            address="/admin/personas/persona/add/" if setup.may_edit else "",
        ),
    )
    if setup.never_published:
        yield False, _publish(setup.never_published)
    yield (
        setup.has_numbers,
        Step(
            what="Add a phone number.",
            detail="Calls to it reach the persona that you assign.",
            action="Add a phone number",
            address="/admin/personas/phonenumber/add/" if setup.may_edit else "",
        ),
    )
    if setup.unassigned:
        yield False, _assign(setup.unassigned)


def _publish(personas: Rows) -> Step:
    if personas.count == 1:
        return Step(
            what=f"{personas.name} has never been published.", action="Review and publish", address=personas.address
        )
    what = f"{personas.count} personas have never been published."
    return Step(what=what, action="Review and publish", address=personas.address)


def _assign(numbers: Rows) -> Step:
    if numbers.count == 1:
        what, action = f"{numbers.name} has no persona;", "Assign a persona"
    else:
        what, action = f"{numbers.count} phone numbers have no persona;", "Assign personas"
    return Step(what=what, detail="callers reach the generic assistant.", action=action, address=numbers.address)
