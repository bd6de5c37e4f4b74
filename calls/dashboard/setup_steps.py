"""What is still missing before a phone call is answered well here, and what is the next step?

Pure: no Django, no LiveKit. `calls/dashboard/page.py` gathers the facts and shows the steps, the most urgent first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Named:
    """A row that a step speaks about."""

    name: str
    address: str  # of its page


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What only those who run the installation can change."""

    livekit_configured: bool
    has_deliveries: bool  # LiveKit has reached /livekit-webhook at least once
    scripted_voice: bool  # VOICE_PROVIDER is offline
    waiting_callers: int  # without an agent for longer than one takes to come
    workers: int = 0  # alive now
    keeper_alive: bool = False


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the user's customers have set up."""

    has_customers: bool
    has_personas: bool
    has_numbers: bool
    unpublished: Sequence[Named] = ()  # personas that people wrote and nobody published
    silent_numbers: Sequence[Named] = ()  # numbers for which no published persona is chosen
    may_edit: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do."""

    what: str  # is missing, and what that means for callers
    todo: str  # in words
    address: str = ""  # where to do it
    command: str = ""  # or what to type
    urgent: bool = False  # callers notice it now


def list_steps(desk: Desk, installation: Installation | None) -> list[Step]:
    """Return what to do, urgent steps first. `installation` is None for people who cannot change it."""
    steps = [*(_install(installation) if installation else ()), *_furnish(desk)]
    return sorted(steps, key=lambda step: not step.urgent)


def _install(facts: Installation) -> Iterator[Step]:
    if not facts.livekit_configured:
        yield Step(
            what="No LiveKit: no telephone reaches this installation.",
            todo="Put LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET into .env and start again. For a LiveKit on this machine:",
            command="manage.py local_livekit",
        )
    elif not facts.has_deliveries:
        yield Step(
            what="LiveKit has not told us about any room yet, so no call would be answered.",
            todo="Name https://<this host>/livekit-webhook under “webhook: urls” in livekit.yaml, and our key as its api_key.",
        )
    yield from _staff(facts)
    if facts.scripted_voice:
        yield Step(
            what="No key for a voice: callers hear a scripted one that hums instead of speaking.",
            todo="Put GOOGLE_API_KEY into .env and start the worker again.",
        )


def _staff(facts: Installation) -> Iterator[Step]:
    waiting = f"{facts.waiting_callers} caller{'s' if facts.waiting_callers > 1 else ''} waiting: "
    if not facts.livekit_configured:
        return
    if not facts.workers:
        yield Step(
            what=f"{waiting if facts.waiting_callers else ''}no worker is alive, so every caller hears ringing only.",
            todo="Start one:",
            command="manage.py run_agent",
            urgent=True,
        )
    elif facts.waiting_callers:
        yield Step(
            what=f"{waiting}no agent comes.",
            todo="Is a worker running, and not full? Start another:",
            command="manage.py run_agent",
            urgent=True,
        )
    if not facts.keeper_alive:
        yield Step(
            what="The keeper is not running: a call whose worker dies stays silent, and calls may look live that have ended.",
            todo="Start it:",
            command="manage.py run_keeper",
            urgent=True,
        )


def _furnish(desk: Desk) -> Iterator[Step]:
    if not desk.has_customers:
        yield Step(
            what="You are not a member of any customer, so there is nothing for you to see.",
            todo="Ask an administrator to add you on the customer's page, under “Members”.",
        )
        return
    if not desk.has_personas:
        yield Step(
            what="No persona: callers would meet the built-in one.",
            todo="Write one: a name, a first sentence, instructions.",
            address="/admin/personas/persona/add/" if desk.may_edit else "",
        )
    for persona in desk.unpublished:
        yield Step(
            what=f"{persona.name} is a draft: nobody hears it.",
            todo="Read it once more and press “Save and publish”.",
            address=persona.address,
        )
    if not desk.has_numbers:
        yield Step(
            what="No phone number: nobody can call a persona.",
            todo="Add the number your carrier sends here, and choose who answers.",
            address="/admin/personas/phonenumber/add/" if desk.may_edit else "",
        )
    for number in desk.silent_numbers:
        yield Step(
            what=f"{number.name} has no persona that speaks.", todo="Choose who answers there.", address=number.address
        )
