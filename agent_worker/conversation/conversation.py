"""Holds one conversation from the first word to the last, the same way on every line and with every voice.

1. The welcome is said while the line opens: it is the first thing the caller hears. In a call that we place it waits until
   the person has answered, and until the disclosure was heard, where the campaign has one. An agent that takes over from one
   that died apologizes instead, and continues.
2. Caller and agent talk. What the agent owes the caller is kept in an account (`owed_speech`) and said in spite of a slow
   model, a lost connection or an interruption. The agent ends the call with the tool `end_call`; silence and time end it
   too.
3. A person who asks not to be called again is put on the do-not-call list and told so, whether the model notices or not.
   A call that we placed ends then.
4. Who or what picked up a call that we placed is judged while the agent talks. A machine is hung up on, left the message,
   or talked to as a person, as the campaign says.
5. The closing message is heard before an agent hangs up.
6. A voice that fails or never answers is replaced by an apology from a sound file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from livekit.agents import CloseEvent, CloseReason, RunContext, llm
from livekit.agents.voice import AgentStateChangedEvent, SpeechHandle, UserStateChangedEvent

from agent_worker import database
from agent_worker.caller_context import CallerContext
from agent_worker.conversation.callee import Callee
from agent_worker.conversation.opt_out_watch import OptOutWatch
from agent_worker.conversation.owed_speech import GiveUp, HangUp, Kind, Mode, OwedSpeech, Say
from agent_worker.conversation.patience import Elapsed, Step, next_step
from agent_worker.conversation.persona_agent import PersonaAgent, as_context
from agent_worker.conversation.recorder import Recorder
from agent_worker.conversation.speech import SpeechWatch, words_of
from agent_worker.database import Earlier, Event
from agent_worker.ending import (
    HANDED_OVER,
    MESSAGE_LEFT,
    NO_SPEECH,
    SAID_GOODBYE,
    TAKEN_OVER,
    TIME_IS_UP,
    WORKER_CRASHED,
    WORKER_STOPPED,
    Ending,
    model_failed,
    model_silent,
)
from agent_worker.line import APOLOGY, Line, NoCallerError
from agent_worker.parent import is_orphan
from agent_worker.recording.call_recording import CallRecording
from agent_worker.voices.voice import Voice
from calls.brief import CallBrief
from calls.outbound.opt_out.confirmation import confirmation_in
from calls.outbound.opt_out.wording import BY_TOOL, Rule
from personas.persona.prompt import render_exact_words

TICK_SECONDS = 0.1
APOLOGY_SECONDS = 30.0  # for the apology to be played, after a caller who talks
CLOSE_SECONDS = 5.0  # for a session to close
CALLER_PAUSES_SECONDS = 0.8  # a caller who still talks so long after the model ended the call has something to add
STILL_THERE = "Are you still there?"
KEEP_TALKING = "The caller has gone on talking, so the call was not ended. Answer what they said."
ENDING_ALREADY = "The call is ending already. Say the closing words."
LISTED_ALREADY = "The number is on the list already, and the person is told so. Say nothing about it."
NOT_LISTED = "This call shows no phone number, so none could be put on the list. Say so."


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
        self.agent = PersonaAgent(brief.entry(), self, as_context(earlier))
        self._account = OwedSpeech(brief.patience.first_word_seconds)
        self._changed = asyncio.Event()
        self._callee = Callee(
            brief,
            self.session,
            self._account,
            recorder,
            close_ear=partial(voice.close_ear, self.session),
            begin=self._owe_welcome,
            end=self._end,
            start=self._start,
            wake=self._changed.set,
        )
        self._speech = SpeechWatch(
            self._account,
            self.session,
            recorder,
            on_change=self._changed.set,
            mutes_model=lambda: self._judges_callee and line.hears and self._callee.mutes_model,
        )
        self._closing_ending = SAID_GOODBYE  # how the call ends once the closing message was heard
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._ending: asyncio.Future[Ending] = loop.create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._person_answered = not brief.we_call
        self._has_spoken = False
        self._last_sound_at = self._now()  # of either side
        self._began_at = self._now()
        self._talking: set[str] = set()  # "agent", "caller"
        self._questions = 0
        self._judges_callee = brief.we_call and not earlier
        self._welcome_follows = False  # once the disclosure was said
        self._opt_out = OptOutWatch(self.session, language=brief.voice.language, on_opt_out=self._on_opt_out)
        self._ends_after_opt_out = False
        self._recording = CallRecording(brief, line, recorder)

    async def run(self) -> Ending:
        """Hold the conversation; returns why it is over. The caller is gone by then, or was hung up on."""
        try:
            return await self._hold()
        finally:
            await self._recording.stop()
            await self.recorder.flush()

    async def _hold(self) -> Ending:
        self._listen()
        self.line.lost.add_done_callback(lambda lost: self._end(lost.result()))
        ending = await self._talk()
        self._callee.stop()
        for task in self._tasks:
            task.cancel()
        if ending in (WORKER_STOPPED, WORKER_CRASHED):
            await self._close_session()  # what it is saying is stored as far as it was heard
            if await self._hand_over():
                return HANDED_OVER
        if ending.failed and self._person_answered:
            await self._apologize()
        await self._close_session()
        return ending

    async def _talk(self) -> Ending:
        try:
            await self._open()
            if self._ending.done():
                return await self._ending
            self._person_answered = True
            if self._judges_callee:
                self._start(self._callee.hear(self.line))
                self._callee.take_turn(waits=self.line.hears and not self.brief.speaks_first)
            elif self.brief.we_call:
                self._owe_welcome()
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

    async def _open(self) -> None:
        """Open the line. Raises NoCallerError.

        A voice that fails while the phone still rings stops the ringing: nothing would answer the person.
        """
        opening = asyncio.ensure_future(self.line.open(self.session, self.agent, on_answered=self._on_answered))
        try:
            happened: list[asyncio.Future[Any]] = [opening, self._ending]
            await asyncio.wait(happened, return_when=asyncio.FIRST_COMPLETED)
            if opening.done() or not self._ending.result().failed:
                await opening
        finally:
            opening.cancel()

    def _on_answered(self, at: datetime) -> None:
        self.recorder.note_answered(at)
        self._recording.start()
        if self._judges_callee:
            self._callee.answered()

    def welcome(self) -> None:
        """Say the first words. Called as the agent enters, while the line still opens: no time is lost.

        A phone that we call only rings then.
        """
        self._recording.tap(self.session)
        if not self.brief.we_call:
            self._owe_welcome()

    def _owe_welcome(self) -> None:
        """Owe the first words; the disclosure before them, unless an agent before this one has said it."""
        if self.brief.disclosure and not (self.earlier and self.earlier.disclosed):
            self._account.owe(Kind.DISCLOSURE, self.brief.disclosure, self._now())
            self._welcome_follows = True
            self._act()
        else:
            self._owe_first_words()

    def _follow_disclosure(self) -> None:
        if self._welcome_follows and not self._account.owes(Kind.DISCLOSURE):
            self._welcome_follows = False
            if self._account.was_heard(Kind.DISCLOSURE):
                self.recorder.note_disclosed()
            if not self._account.speaks_to_machine:
                self._owe_first_words()

    def _owe_first_words(self) -> None:
        words = "" if self.earlier else self.brief.welcome_message
        self._account.owe(Kind.WELCOME, words, self._now())
        self._act()

    def leave(self) -> None:
        """End this side of the conversation silently: another agent has the call."""
        self._end(TAKEN_OVER)

    async def start_ending(self, context: RunContext[CallerContext]) -> str:
        """Return what the model is told to say last; the call ends once that was heard.

        A goodbye that the model said before it called the tool counts. A caller who goes on talking keeps the call.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._speech.caller_pauses.wait(), CALLER_PAUSES_SECONDS)
        await context.wait_for_playout()
        call_id = context.function_call.call_id
        if self._account.caller_talks or self._speech.was_cancelled(call_id):
            return KEEP_TALKING
        self._speech.closing_call_id, self._closing_ending = call_id, SAID_GOODBYE
        if words_of(context.speech_handle):
            self._account.note_goodbye_heard()
            self._changed.set()
            return ""
        # A realtime model replies with a new speech, others with the one that called the tool.
        replies_later = isinstance(self.session.llm, llm.RealtimeModel)
        reply = None if replies_later else self._speech.speech_of(context.speech_handle)
        if not self._account.owe_by_tool(Kind.CLOSING, self.brief.closing_message, self._now(), reply):
            return ENDING_ALREADY
        return render_exact_words(self.brief.closing_message)

    async def stop_calling(self, context: RunContext[CallerContext]) -> str:
        """Put the person on the do-not-call list, because the model noticed that they ask for it.

        Returns what it is told to say.
        """
        self._opt_out.stop()
        if not await self.recorder.opt_out(self._opt_out.words.strip(), rule=BY_TOOL):
            return NOT_LISTED
        replies_later = isinstance(self.session.llm, llm.RealtimeModel)
        reply = None if replies_later else self._speech.speech_of(context.speech_handle)
        if self._account.was_heard(Kind.OPT_OUT):
            return LISTED_ALREADY
        words = confirmation_in(self.brief.voice.language)
        self._ends_after_opt_out = self.brief.we_call
        if not self._account.owe_by_tool(Kind.OPT_OUT, words, self._now(), reply):
            return LISTED_ALREADY
        return render_exact_words(words)

    def _on_opt_out(self, said: str, rule: Rule) -> None:
        self._callee.note_opt_out()
        self._start(self._list_and_confirm(said, rule))

    async def _list_and_confirm(self, said: str, rule: Rule) -> None:
        """Put the person on the do-not-call list, because their words ask for it. The model may notice it meanwhile."""
        is_listed = await self.recorder.opt_out(said, rule=rule.value)
        if is_listed and not self._account.speaks_to_machine and not self._account.owes(Kind.OPT_OUT):
            self._account.owe(Kind.OPT_OUT, confirmation_in(self.brief.voice.language), self._now())
            self._ends_after_opt_out = self.brief.we_call
            self._changed.set()

    def _listen(self) -> None:
        self.recorder.speaks_as(self.agent.id)
        self.recorder.resumed_after = self.earlier.lost_at if self.earlier else None
        self.recorder.listen_to(self.session)
        self._speech.listen()
        self._opt_out.listen()
        if self._judges_callee:
            self._callee.listen()
        self.voice.tell(self._speech)
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
        if event.new_state == "speaking" and not self._has_spoken:
            self._has_spoken = True
            # The time of an agent that died counts: for the caller it is one call.
            self._began_at = self._now() - (self.earlier.seconds if self.earlier else 0.0)
        self._note_sound("agent", talking=event.new_state == "speaking")

    def _on_caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._questions = 0
        self._note_sound("caller", talking=event.new_state == "speaking")

    def _note_sound(self, side: str = "", *, talking: bool = False) -> None:
        """Note that a side begins or stops to talk, or, without one, that words were added to the conversation."""
        if side:
            (self._talking.add if talking else self._talking.discard)(side)
        self._last_sound_at = self._now()

    def _on_close(self, event: CloseEvent) -> None:
        if event.reason is CloseReason.ERROR:
            error = getattr(event.error, "error", event.error)
            self._end(model_failed(type(error).__name__))

    async def _watch(self) -> None:
        """Say what is owed, at each change, and apply the rules for silence and for the maximum duration."""
        while not self._ending.done():
            self._act()
            self._follow_disclosure()
            self._end_after_opt_out()
            if not self._account.is_closing_for_good and not self._account.speaks_to_machine:
                self._be_patient()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_SECONDS)
            self._changed.clear()

    def _act(self) -> None:
        match self._account.decide(self._now()):
            case Say() if self._callee.holds_tongue:
                pass
            case Say() as say:
                self._say(say)
            case GiveUp(error=error):
                seconds = self.brief.patience.first_word_seconds
                self._end(model_failed(error) if error else model_silent(seconds))
            case HangUp():
                self._end(MESSAGE_LEFT if self._account.was_heard(Kind.MESSAGE) else self._closing_ending)

    def _say(self, say: Say) -> None:
        if say.mode is not Mode.FIRST:
            self.recorder.note_repeated(say.owed.kind.value, continued=say.mode is Mode.CONTINUED)
        self._speech.ask(say.owed, partial(self._speak, say))

    def _speak(self, say: Say) -> SpeechHandle:
        if say.words:
            return self.voice.say_exactly(self.session, say.words)
        if say.owed.kind is Kind.SCREENING:
            return self.voice.open_call(self.session)  # says who calls and why
        if say.owed.kind is Kind.ANSWER:
            return self.voice.answer(self.session, asked=self._speech.caller_words, heard=say.owed.heard)
        if self.earlier:
            return self.voice.resume(self.session)
        return self.voice.open_call(self.session) if self.brief.we_call else self.voice.greet(self.session)

    def _be_patient(self) -> None:
        now = self._now()
        is_quiet = self._has_spoken and not self._talking and self._account.is_settled
        elapsed = Elapsed(
            lasted_seconds=now - self._began_at,
            quiet_seconds=now - self._last_sound_at if is_quiet else 0.0,
            questions_asked=self._questions,
        )
        step = next_step(self.brief.patience, elapsed)
        if step is Step.ASK:
            self._questions += 1
            self.recorder.note(Event.SILENCE, question=self._questions)
            self._account.owe(Kind.PRESENCE_CHECK, STILL_THERE, now)
        elif step is not Step.WAIT:
            self._start_closing(step, now)
        if step is not Step.WAIT:
            self._changed.set()

    def _end_after_opt_out(self) -> None:
        """Say goodbye once the person was told that they will not be called again."""
        if self._ends_after_opt_out and not self._account.owes(Kind.OPT_OUT):
            self._ends_after_opt_out = False
            if not self._account.is_closing:
                self._account.owe_closing(self.brief.closing_message, self._now(), is_final=False)
                self._changed.set()

    def _start_closing(self, step: Step, now: float) -> None:
        is_final = step is Step.END_LONG_CALL
        if is_final:
            self.recorder.note(Event.MAX_DURATION, seconds=self.brief.patience.max_duration_seconds)
        self._closing_ending = TIME_IS_UP if is_final else NO_SPEECH
        self._account.owe_closing(self.brief.closing_message, now, is_final=is_final)

    async def _load_late_persona(self) -> None:
        """Let the CRM's persona take over once it is known (number setting "background")."""
        brief = await database.beside_the_call(database.load_late_persona, self.brief.call_id)
        if brief is None:
            return
        self.brief = brief
        if not brief.recording:
            await self._recording.stop()
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
