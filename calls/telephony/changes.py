"""Carries out the changes that a telephony check planned. Safe to kill and to repeat."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import DatabaseError, connection

from calls.livekit import gateway
from calls.livekit.gateway import LiveKitError
from calls.livekit.telephony_facts import (
    INBOUND_MARK,
    ROOM_PREFIX,
    TRUNK_MARK,
    Action,
    Applied,
    Change,
    InboundTrunk,
    OutboundTrunk,
    Rule,
)
from calls.models import Trunk
from voiceplatform.encryption.secret import NoKeyFitsError

CHANGE_SECONDS = 3.0  # for one change
APPLY_SECONDS = 15.0  # for all changes together
_LOCK = 0x7E1E_F07E  # PostgreSQL's advisory lock of applying, any constant of ours


class ApplyingError(Exception):
    """Another process applies changes at this moment."""

    def __init__(self) -> None:
        super().__init__("Changes are being applied by another process. Wait a moment, then check again.")


def apply_changes(changes: Sequence[Change]) -> list[Applied]:
    """Carry out the changes in order, and say of each how it went. Safe to kill, and to repeat after another check.

    Stops at the first that LiveKit does not answer. Raises ApplyingError. Cost: a request and two queries a change, at
    most APPLY_SECONDS and CHANGE_SECONDS.
    """
    deadline = time.monotonic() + APPLY_SECONDS
    done: list[Applied] = []
    made_inbound = ""  # the ID of the inbound trunk made on the way: the rule takes its calls too
    with _alone():
        for place, change in enumerate(changes):
            if time.monotonic() > deadline:
                return [*done, *_skip(changes[place:])]
            try:
                made = _carry_out(change, made_inbound)
            except LiveKitError as error:
                done.append(Applied(change=change, error=str(error)))
                if error.http_status is None:
                    return [*done, *_skip(changes[place + 1 :])]
            except (Trunk.DoesNotExist, NoKeyFitsError, DatabaseError) as error:
                done.append(Applied(change=change, error=_why_not(error)))
            else:
                made_inbound = made if change.action is Action.CREATE_INBOUND else made_inbound
                done.append(Applied(change=change))
    return done


def _skip(changes: Sequence[Change]) -> Iterator[Applied]:
    for change in changes:
        yield Applied(change=change, error="Not tried: LiveKit took too long.")


def _why_not(error: Exception) -> str:
    if isinstance(error, NoKeyFitsError):
        return str(error)
    if isinstance(error, Trunk.DoesNotExist):
        return "The trunk was deleted or disabled meanwhile."
    return "The trunk could not be stored: it was deleted meanwhile, or another trunk has this LiveKit ID."


@contextmanager
def _alone() -> Iterator[None]:
    """Hold a lock: two processes that apply at once would make everything twice. It ends with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise ApplyingError
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _carry_out(change: Change, made_inbound: str) -> str:
    """Make one change and return the ID of what it created, "" when nothing was.

    Raises LiveKitError, NoKeyFitsError, DatabaseError and Trunk.DoesNotExist.
    """
    match change.action:
        case Action.STORE_ID:
            _trunk_of(change).record_sent(change.id, with_password=False)
        case Action.CREATE_OUTBOUND:
            _create_outbound(_trunk_of(change))
        case Action.UPDATE_OUTBOUND:
            _update_outbound(_trunk_of(change), change)
        case Action.CREATE_INBOUND:
            trunk = InboundTrunk(
                id="",
                name=change.name,
                metadata=json.dumps({INBOUND_MARK: "1"}),
                numbers=change.numbers,
                allowed_addresses=change.addresses,
            )
            return gateway.create_inbound_trunk(trunk, budget_seconds=CHANGE_SECONDS)
        case Action.ADD_NUMBERS:
            gateway.add_inbound_numbers(change.id, change.numbers, budget_seconds=CHANGE_SECONDS)
        case Action.CREATE_RULE | Action.ADD_TRUNKS:
            _let_rule_take(change, (*change.trunk_ids, *filter(None, [made_inbound])))
    return ""


def _trunk_of(change: Change) -> Trunk:
    return Trunk.objects.get(uid=change.uid, enabled=True)


def _create_outbound(trunk: Trunk) -> None:
    password = trunk.auth_password.reveal()
    marked = replace(_as_livekit_has_it(trunk, ""), metadata=json.dumps({TRUNK_MARK: str(trunk.uid)}))
    livekit_id = gateway.create_outbound_trunk(marked, password=password, budget_seconds=CHANGE_SECONDS)
    # Killed here, the next check finds the trunk by its mark.
    trunk.record_sent(livekit_id, with_password=True)


def _update_outbound(trunk: Trunk, change: Change) -> None:
    with_password = "password" in change.fields
    gateway.update_outbound_trunk(
        _as_livekit_has_it(trunk, change.id),
        fields=change.fields,
        password=trunk.auth_password.reveal() if with_password else "",
        budget_seconds=CHANGE_SECONDS,
    )
    trunk.record_sent(change.id, with_password=with_password)


def _as_livekit_has_it(trunk: Trunk, livekit_id: str) -> OutboundTrunk:
    return OutboundTrunk(
        id=livekit_id,
        name=trunk.name,
        address=trunk.address,
        transport=trunk.transport,
        numbers=tuple(trunk.numbers),
        auth_username=trunk.auth_username,
    )


def _let_rule_take(change: Change, trunk_ids: tuple[str, ...]) -> None:
    """Raises LiveKitError when there is no trunk: a rule without trunks would take every call."""
    if not trunk_ids:
        raise LiveKitError("Not made: its inbound trunk was not created", permanent=False, http_status=409)
    if change.action is Action.ADD_TRUNKS:
        gateway.add_rule_trunks(change.id, trunk_ids, budget_seconds=CHANGE_SECONDS)
    else:
        rule = Rule(id="", name=change.name, room_prefix=ROOM_PREFIX, trunk_ids=trunk_ids)
        gateway.create_dispatch_rule(rule, budget_seconds=CHANGE_SECONDS)
