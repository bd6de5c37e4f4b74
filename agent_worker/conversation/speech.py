"""Waits until the agent's speech was played to the caller, with a limit on each wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from livekit.agents import RunContext, llm
from livekit.agents.voice import AgentStateChangedEvent, SpeechCreatedEvent, SpeechHandle

from agent_worker.caller_context import CallerContext
from agent_worker.ending import Ending, model_failed, model_silent
from agent_worker.voices.voice import Session

HEARD_WITHIN_SECONDS = 20.0  # longer than any sentence of ours
REPLY_WITHIN_SECONDS = 5.0  # for a realtime model to answer the output of a tool


async def was_heard(handle: SpeechHandle) -> bool:
    """Wait until the words were played to their end; False when that takes too long."""
    try:
        await asyncio.wait_for(handle.wait_for_playout(), HEARD_WITHIN_SECONDS)
    except TimeoutError:
        return False
    return True


async def find_silence(session: Session, handle: SpeechHandle, seconds: float) -> Ending | None:
    """Return how the call ends when the voice made no sound within `seconds` of being asked to, None when it did."""
    with _speaking(session) as speaking:
        done = asyncio.ensure_future(handle.wait_for_playout())
        spoke = asyncio.ensure_future(speaking.wait())
        await asyncio.wait({done, spoke}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        spoke.cancel()
    if speaking.is_set():
        return None
    if not handle.done():
        return model_silent(seconds)
    error = handle.exception()
    return model_failed(type(error).__name__) if error else None


async def reply_to_tool(session: Session, context: RunContext[CallerContext]) -> SpeechHandle | None:
    """Return the speech that answers a tool's output, None when a realtime model keeps silent.

    A realtime model answers on its own, with a new speech; otherwise the reply belongs to the speech that called.
    """
    if not isinstance(session.llm, llm.RealtimeModel):
        return context.speech_handle
    created: asyncio.Future[SpeechHandle] = asyncio.get_running_loop().create_future()

    def take(event: SpeechCreatedEvent) -> None:
        if not created.done():
            created.set_result(event.speech_handle)

    session.on("speech_created", take)
    try:
        return await asyncio.wait_for(created, REPLY_WITHIN_SECONDS)
    except TimeoutError:
        return None
    finally:
        session.off("speech_created", take)


@contextmanager
def _speaking(session: Session) -> Iterator[asyncio.Event]:
    """Give an event that is set once the agent is heard to speak."""
    speaking = asyncio.Event()

    def look(event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            speaking.set()

    if session.agent_state == "speaking":
        speaking.set()
    session.on("agent_state_changed", look)
    try:
        yield speaking
    finally:
        session.off("agent_state_changed", look)
