"""Holds one conversation from the first word to the last, the same way on every line and with every voice.

1. The welcome is said while the line opens: it is the first thing the caller hears. An agent that takes over from one
   that died apologizes instead, and continues.
2. Caller and agent talk. The agent ends the call with the tool `end_call`; silence and time end it too.
3. The closing message is said before an agent hangs up.
4. A voice that fails or never answers is replaced by an apology from a sound file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from livekit.agents import Agent, CloseEvent, CloseReason, RunContext, function_tool, llm
from livekit.agents.voice import AgentStateChangedEvent, SpeechHandle, UserStateChangedEvent

from agent_worker import database
from agent_worker.caller_context import CallerContext
from agent_worker.conversation.patience import Elapsed, Step, next_step
from agent_worker.conversation.recorder import Recorder
from agent_worker.conversation.speech import find_silence, reply_to_tool, was_heard
from agent_worker.database import Earlier, Event
from agent_worker.ending import (
    HANDED_OVER,
    NO_SPEECH,
    SAID_GOODBYE,
    TAKEN_OVER,
    TIME_IS_UP,
    WORKER_CRASHED,
    WORKER_STOPPED,
    Ending,
    model_failed,
)
from agent_worker.line import APOLOGY, Line, NoCallerError
from agent_worker.parent import is_orphan
from agent_worker.voices.voice import Voice
from calls.brief import AgentBrief, CallBrief
from personas.persona.prompt import render_exact_words

TICK_SECONDS = 0.5
APOLOGY_SECONDS = 20.0  # for the apology to be played
CLOSE_SECONDS = 5.0  # for a session to close
STILL_THERE = "Are you still there?"

log = logging.getLogger(__name__)


class Conversation:
    """One call, from claim to hang-up."""

    def __init__(
        self,
        brief: CallBrief,
        voice: Voice,
        line: Line,
        recorder: Recorder,
        *,
        earlier: Earlier | None,
        hand_over: Callable[[], Awaitable[bool]],
    ) -> None:
        """`earlier` is what was said before the agent that had the call died: this one goes on from there.

        `hand_over` gives the call to another worker when this one must stop, or returns False.
        """
        self._hand_over = hand_over
        self.brief = brief
        self.earlier = earlier
        self.voice = voice
        self.line = line
        self.recorder = recorder
        self.session = voice.make_session(CallerContext.of(brief))
        self.agent = PersonaAgent(brief.entry(), self, _as_context(earlier))
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._first_word = asyncio.Event()
        self._last_sound_at = time.monotonic()  # of either side
        self._began_at = time.monotonic()
        self._talking: set[str] = set()  # "agent", "caller"
        self._questions = 0

    async def run(self) -> Ending:
        """Hold the conversation; returns why it is over. The caller is gone by then, or was hung up on."""
        self._listen()
        self.line.lost.add_done_callback(lambda lost: self._end(lost.result()))
        ending = await self._talk()
        for task in self._tasks:
            task.cancel()
        if ending in (WORKER_STOPPED, WORKER_CRASHED):
            await self._close_session()  # what it is saying is stored as far as it was heard
            if await self._hand_over():
                return HANDED_OVER
        if ending.failed:
            await self._apologize()
        await self._close_session()
        await self.recorder.flush()
        return ending

    async def _talk(self) -> Ending:
        try:
            await self.line.open(self.session, self.agent, on_answered=self.recorder.note_answered)
            self.recorder.note(Event.AGENT_JOINED)
            self._note_persona()
            self._start(self._watch())
            if self.brief.persona_pending:
                self._start(self._load_late_persona())
            return await self._ending
        except NoCallerError as error:
            return error.ending
        except asyncio.CancelledError:
            # Take the cancellation back: what follows (closing, storing, hanging up) must run to its end.
            task = asyncio.current_task()
            while task and task.cancelling():
                task.uncancel()
            return WORKER_CRASHED if is_orphan() else WORKER_STOPPED

    def welcome(self) -> None:
        """Say the first words. Called as the agent enters, while the line still opens: no time is lost."""
        if self.earlier:
            speech = self.voice.resume(self.session)
        elif self.brief.welcome_message:
            speech = self.voice.say_exactly(self.session, self.brief.welcome_message)
        else:
            speech = self.voice.greet(self.session)
        self._start(self._require_speech(speech))

    def leave(self) -> None:
        """End this side of the conversation silently: another agent has the call."""
        self._end(TAKEN_OVER)

    async def say_closing(self) -> None:
        await was_heard(self.voice.say_exactly(self.session, self.brief.closing_message))

    async def end_after_reply(self, context: RunContext[CallerContext]) -> None:
        """End the call once the reply to the tool `end_call` was heard: that reply is the closing message."""
        reply = await reply_to_tool(self.session, context)
        if reply:
            await was_heard(reply)
        else:
            await self.say_closing()
        self._end(SAID_GOODBYE)

    def start_ending(self, context: RunContext[CallerContext]) -> str:
        """Return what the model is told to say last; the call ends when it was heard."""
        self._start(self.end_after_reply(context))
        return render_exact_words(self.brief.closing_message)

    def _listen(self) -> None:
        self.recorder.speaks_as(self.agent.id)
        self.recorder.resumed_after = self.earlier.lost_at if self.earlier else None
        self.recorder.listen_to(self.session)
        self.session.on("agent_state_changed", self._on_agent_state)
        self.session.on("user_state_changed", self._on_caller_state)
        self.session.on("conversation_item_added", lambda _: self._note_sound())
        self.session.on("close", self._on_close)

    def _note_persona(self) -> None:
        brief = self.brief
        self.recorder.note(
            Event.PERSONA_APPLIED, persona=brief.persona, version=brief.persona_version, source=brief.persona_source
        )

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking" and not self._first_word.is_set():
            self._first_word.set()
            # The time of an agent that died counts: for the caller it is one call.
            self._began_at = time.monotonic() - (self.earlier.seconds if self.earlier else 0.0)
        self._note_sound("agent", talking=event.new_state == "speaking")

    def _on_caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._questions = 0
        self._note_sound("caller", talking=event.new_state == "speaking")

    def _note_sound(self, side: str = "", *, talking: bool = False) -> None:
        """Note that a side begins or stops to talk, or, without one, that words were added to the conversation."""
        if side:
            (self._talking.add if talking else self._talking.discard)(side)
        self._last_sound_at = time.monotonic()

    def _on_close(self, event: CloseEvent) -> None:
        if event.reason is CloseReason.ERROR:
            error = getattr(event.error, "error", event.error)
            self._end(model_failed(type(error).__name__))

    async def _watch(self) -> None:
        """Apply the rules for silence and for the maximum duration, twice a second."""
        await self._first_word.wait()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            elapsed = Elapsed(
                lasted_seconds=now - self._began_at,
                quiet_seconds=0.0 if self._talking else now - self._last_sound_at,
                questions_asked=self._questions,
            )
            step = next_step(self.brief.patience, elapsed)
            if step is Step.ASK:
                await self._ask_whether_there()
            elif step is not Step.WAIT:
                return await self._say_goodbye(step)

    async def _ask_whether_there(self) -> None:
        self._questions += 1
        self.recorder.note(Event.SILENCE, question=self._questions)
        handle = self.voice.say_exactly(self.session, STILL_THERE)
        await self._require_speech(handle)
        await was_heard(handle)
        self._note_sound()

    async def _say_goodbye(self, step: Step) -> None:
        if step is Step.END_LONG_CALL:
            self.recorder.note(Event.MAX_DURATION, seconds=self.brief.patience.max_duration_seconds)
        await self.say_closing()
        self._end(TIME_IS_UP if step is Step.END_LONG_CALL else NO_SPEECH)

    async def _require_speech(self, handle: SpeechHandle) -> None:
        """End the call as failed when the voice makes no sound in time: a caller is never met with silence."""
        if failure := await find_silence(self.session, handle, self.brief.patience.first_word_seconds):
            self._end(failure)

    async def _load_late_persona(self) -> None:
        """Let the CRM's persona take over once it is known (number setting "background")."""
        brief = await database.beside_the_call(database.load_late_persona, self.brief.call_id)
        if brief is None:
            return
        self.brief = brief
        await self.agent.update_instructions(brief.entry().instructions)
        self._note_persona()

    async def _apologize(self) -> None:
        self.recorder.note(Event.MODEL_FAILED)
        if self.line.lost.done() or self.line.other_agent_spoke.is_set():
            return
        await self._close_session()
        try:
            await asyncio.wait_for(self.line.play(APOLOGY), APOLOGY_SECONDS)
            self.recorder.note(Event.APOLOGY_PLAYED)
        except Exception:
            log.exception("the apology could not be played", extra={"call_id": self.brief.call_id})

    async def _close_session(self) -> None:
        if is_orphan():
            return  # its tasks were cancelled when the worker died, and waiting for them would cancel this one
        try:
            await asyncio.wait_for(self.session.aclose(), CLOSE_SECONDS)
        except TimeoutError:
            log.warning("the session did not close in time", extra={"call_id": self.brief.call_id})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._on_task_done)
        self._tasks.append(task)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("a part of the conversation failed", exc_info=error, extra={"call_id": self.brief.call_id})
            self._end(model_failed(type(error).__name__))

    def _end(self, ending: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)


class PersonaAgent(Agent):
    """One agent of the persona. A subclass, since `Agent(id=…)` itself ignores the id."""

    def __init__(
        self, brief: AgentBrief, conversation: Conversation, said_before: llm.ChatContext | None = None
    ) -> None:
        self._conversation = conversation
        super().__init__(id=brief.name, instructions=brief.instructions, chat_ctx=said_before)

    async def on_enter(self) -> None:
        self._conversation.welcome()

    @function_tool
    async def end_call(self, context: RunContext[CallerContext]) -> str:
        """End the telephone call. Use it when the caller says goodbye or the matter is settled, never before."""
        return self._conversation.start_ending(context)


def _as_context(earlier: Earlier | None) -> llm.ChatContext | None:
    """Return what was said as the model remembers it."""
    if earlier is None:
        return None
    context = llm.ChatContext.empty()
    for said in earlier.said:
        context.add_message(role="user" if said.by_caller else "assistant", content=said.text)
    return context
