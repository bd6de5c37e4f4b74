"""Plays a simulated call, in or out: opened, claimed and held like a real one, without LiveKit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_worker import database
from agent_worker.database import Refusal
from agent_worker.ending import Ending
from agent_worker.entrypoint import hold_conversation
from agent_worker.heartbeat import heartbeat_for
from agent_worker.lines.simulated_line import Hear, SimulatedLine, ignore


@dataclass(frozen=True, kw_only=True)
class SimulatedCall:
    """How a simulated call went."""

    call_id: str
    ending: Ending


async def simulate_call(
    *, caller: str, dialed: str, lines: Sequence[str], hear: Hear = ignore, pause_seconds: float = 0.0
) -> SimulatedCall:
    """Play a call whose caller says these sentences.

    `hear` gets every word as it is said; the database has it as well.
    """
    call_id = await database.on_database_thread(
        database.open_simulated, room_name=f"simulated-{uuid.uuid4().hex}", caller=caller, dialed=dialed
    )
    return await _hold(call_id, lines, hear=hear, pause_seconds=pause_seconds)


async def simulate_outbound_call(
    wanted: Mapping[str, Any],
    *,
    customer: str,
    lines: Sequence[str],
    hear: Hear = ignore,
    pause_seconds: float = 0.0,
) -> SimulatedCall:
    """Play a call that we place: `wanted` are the fields of `POST /calls/outbound`, `lines` what the person says.

    `customer` is a slug. Raises ValidationError for wrong values.
    """
    call_id = await database.on_database_thread(database.open_simulated_outbound, wanted, customer)
    return await _hold(call_id, lines, hear=hear, pause_seconds=pause_seconds)


async def _hold(call_id: str, lines: Sequence[str], *, hear: Hear, pause_seconds: float) -> SimulatedCall:
    job_id = f"simulated-{call_id}"
    with heartbeat_for(job_id):
        claim = await database.on_database_thread(database.claim_call, uuid.UUID(call_id), job_id)
        if isinstance(claim, Refusal):
            raise RuntimeError(f"a simulated call was claimed by another job: {claim.reason}")
        ending = await hold_conversation(claim, SimulatedLine(lines, hear=hear, pause_seconds=pause_seconds))
    return SimulatedCall(call_id=call_id, ending=ending)
