"""Deals with who or what answers a call that we place: when to begin to speak, and what to do with a machine.

1. The agent waits for the person's first word, unless the campaign says that it speaks first. A person who says nothing
   is spoken to.
2. Who picked up is judged meanwhile, and while the agent talks (`answer_watch`). A machine is hung up on, left the message,
   or talked to as a person, as the campaign says.
3. A message begins after the beep or the greeting, to a closed ear, and again from the start when the greeting goes on.
4. Call screening is told who calls and why. When a person comes on the line, the call begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import Enum
from typing import Any

from livekit.agents.voice import AgentStateChangedEvent, UserStateChangedEvent

from agent_worker.conversation.answer_watch import AnswerWatch
from agent_worker.conversation.message_timing import MessageTiming, Step
from agent_worker.conversation.owed_speech import Kind, OwedSpeech
from agent_worker.conversation.recorder import Recorder
from agent_worker.ending import Ending, machine_answered
from agent_worker.line import Line, Noticed
from agent_worker.voices.voice import Session
from calls.brief import CallBrief
from calls.outbound.machine_detection.greeting import announces_tone, asks_to_wait
from calls.outbound.machine_detection.opening import Finding
from calls.outbound.machine_detection.sound import Sound
from calls.outcomes import PickedUp
from personas.persona.placed_call import OnMachine

SAYS_NOTHING_SECONDS = 2.5  # then the agent begins
# After a greeting so short, it is our turn after so long a pause. A longer one is judged by its words first.
PAUSES_SECONDS = ((1.2, 0.4), (3.0, 0.8))
LONG_PAUSE_SECONDS = 0.8  # after a longer one whose words are a person's, …
UNKNOWN_PAUSE_SECONDS = 1.5  # … or are not known yet
SCREENING_SECONDS = 60.0  # for a person to come on the line
SCREENING_PAUSES_SECONDS = 0.5  # before it is answered
SCREENING_TALKS_SECONDS = 20.0  # then it is answered all the same
MOST_SCREENING_ANSWERS = 3
LISTENS_SECONDS = 180.0  # to the sound of the line; what comes later is a conversation
TICK_SECONDS = 0.05
HUNG_UP_ON = frozenset({PickedUp.VOICEMAIL, PickedUp.IVR, PickedUp.INTERCEPT})


class Phase(Enum):
    RINGING = "ringing"
    FIRST_WORD = "first_word"  # it was answered, and we wait for a word
    TALK = "talk"
    MESSAGE = "message"
    SCREENING = "screening"


class Callee:
    """The other end of one call.

    `close_ear` lets the model hear no more, `begin` is called when it is our turn to speak first, `end` when the call is
    over, `start` runs something beside the conversation, and `wake` makes it look at what is owed.
    """

    def __init__(
        self,
        brief: CallBrief,
        session: Session,
        account: OwedSpeech,
        recorder: Recorder,
        *,
        close_ear: Callable[[], None],
        begin: Callable[[], None],
        end: Callable[[Ending], None],
        start: Callable[[Coroutine[Any, Any, None]], None],
        wake: Callable[[], None],
    ) -> None:
        self._brief, self._session, self._account, self._recorder = brief, session, account, recorder
        self._close_ear = close_ear
        self._begin, self._end, self._start, self._wake = begin, end, start, wake
        self._watch = AnswerWatch(session, language=brief.voice.language, on_finding=self._on_finding)
        self._loop = asyncio.get_running_loop()
        self._phase = Phase.RINGING
        self._is_person = False  # as far as it is known
        self._talks = False
        self._greeted_at: float | None = None  # when the other end first spoke, since the answer
        self._spoke_at: float | None = None  # when it last began to
        self._paused_at = self._loop.time()
        self._beep_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._message: MessageTiming | None = None
        self._has_ear = False  # the line tells what is heard; without it the session does, later
        self._screening_answers = 0
        self._has_opened = False  # the person hears our first words, …
        self._has_answered = False  # … and has talked since
        self._asked_not_to_call = False

    def listen(self) -> None:
        """Subscribe. Important: before the session starts."""
        self._watch.listen()
        self._session.on("user_state_changed", self._on_state)
        self._session.on("agent_state_changed", self._on_agent_state)

    def answered(self) -> None:
        """The phone was answered; told once more it changes nothing."""
        self._watch.begin()

    async def hear(self, line: Line) -> None:
        """Listen to the sound of the line while it matters."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENS_SECONDS):
                await line.listen(self.on_noticed)

    def take_turn(self, *, waits: bool) -> None:
        """Begin now, or after the person's first word where the call `waits` for it. Once the line is open."""
        if self._phase is not Phase.RINGING:
            return  # a machine was recognized already
        if not waits or self._is_person:
            self._speak()
            return
        self._phase = Phase.FIRST_WORD
        if self._spoke_at is None:
            self._speak_in(SAYS_NOTHING_SECONDS)
        elif not self._talks:
            self._expect_turn(self._paused_at)

    def stop(self) -> None:
        self._watch.stop()
        self._cancel_timer()

    @property
    def holds_tongue(self) -> bool:
        """Whether nothing is said yet, whatever is owed."""
        return self._phase is Phase.FIRST_WORD

    @property
    def mutes_model(self) -> bool:
        """Whether what the model says of its own accord must not be heard now.

        A machine never hears it. A person does once they have answered our first words and have heard the disclosure: until
        then it is the model's answer to their "Hello?".
        """
        return self._phase is not Phase.TALK or not self._has_answered or self._account.owes(Kind.DISCLOSURE)

    def note_opt_out(self) -> None:
        """What was heard asks not to be called: no message is left."""
        self._asked_not_to_call = True

    # -- what is heard ------------------------------------------------------------------------------------------------

    def on_noticed(self, noticed: Noticed) -> None:
        """Hear a tone, or a beginning or an end of speech, from the line."""
        self._has_ear = True
        match noticed.sound:
            case Sound.SPEECH_BEGAN:
                self._hear_speech(noticed.at, noticed.level_db)
            case Sound.SPEECH_ENDED:
                self._hear_pause(noticed.at)
            case Sound.BEEP | Sound.SIT:
                self._beep_at = noticed.at
                if self._message:
                    self._message.note_beep(noticed.at)
                self._watch.note_tone(noticed.sound, noticed.at)

    def _on_state(self, event: UserStateChangedEvent) -> None:
        if self._has_ear:
            return
        if event.new_state == "speaking":
            self._hear_speech(self._loop.time(), 0.0)
        elif self._spoke_at is not None:
            self._hear_pause(self._loop.time())

    def _hear_speech(self, at: float, level_db: float) -> None:
        self._talks, self._spoke_at = True, at
        self._greeted_at = self._greeted_at or at
        self._has_answered = self._has_opened
        if self._phase is Phase.FIRST_WORD:
            self._cancel_timer()
        if self._message:
            self._message.note_speech_began(at, level_db)

    def _hear_pause(self, at: float) -> None:
        self._talks, self._paused_at = False, at
        if self._message:
            self._message.note_speech_ended(at)
        if self._phase is Phase.FIRST_WORD:
            self._expect_turn(at)

    def _expect_turn(self, paused_at: float) -> None:
        if (pause := self._pause_after(paused_at - (self._greeted_at or 0.0))) is not None:
            self._speak_in(paused_at + pause - self._loop.time())

    def _pause_after(self, greeting_seconds: float) -> float | None:
        """Return how long to wait after a greeting; None until it is known to be a person's."""
        for longest, pause in PAUSES_SECONDS:
            if greeting_seconds <= longest:
                return pause
        if not self._is_person:
            return None
        return LONG_PAUSE_SECONDS if self._watch.words else UNKNOWN_PAUSE_SECONDS

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._has_opened = True
            if self._message:
                self._message.note_message_began(self._loop.time())

    # -- our first words ------------------------------------------------------------------------------------------------

    def _speak_in(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = self._loop.call_later(max(seconds, 0.0), self._speak_to_person)

    def _speak_to_person(self) -> None:
        """Begin, unless the words so far are a machine's: then there is a finding soon."""
        if not self._watch.hears_machine:
            self._speak()

    def _speak(self) -> None:
        self._cancel_timer()
        self._phase, self._has_opened, self._has_answered = Phase.TALK, False, False
        self._account.take_turn()
        self._begin()

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()

    # -- who it is ------------------------------------------------------------------------------------------------------

    def _on_finding(self, finding: Finding) -> None:
        if self._phase is Phase.SCREENING:
            self._on_screening(finding)
            return
        self._recorder.note_picked_up(finding)
        who = finding.label.picked_up
        self._is_person = not finding.is_machine or self._brief.on_machine == OnMachine.CONTINUE
        if self._is_person:
            if self._phase is Phase.FIRST_WORD and not self._talks:
                self._speak()
        elif who is PickedUp.SCREENING:
            self._phase = Phase.SCREENING
            self._cancel_timer()
            self._start(self._meet_screening())
        else:
            self._deal_with_machine(finding)

    def _deal_with_machine(self, finding: Finding) -> None:
        """Hang up, or leave the message where one is taken."""
        self._cancel_timer()
        who = finding.label.picked_up
        takes_message = who is PickedUp.VOICEMAIL and finding.takes_message
        if takes_message and self._brief.on_machine == OnMachine.LEAVE_MESSAGE and self._brief.voicemail_message:
            self._phase = Phase.MESSAGE
            self._start(self._leave_message())
        else:
            self._end(machine_answered(who))
        self._watch.stop()

    # -- a message ------------------------------------------------------------------------------------------------------

    async def _leave_message(self) -> None:
        """Say the message word for word, to a closed ear. None to a greeting that asks not to be called."""
        self._account.ignore_machine()
        timing = self._message = self._time_message()
        await self._session.interrupt(force=True)
        while not self._account.was_heard(Kind.MESSAGE):
            step = timing.decide(self._loop.time())
            if step is Step.START and self._asked_not_to_call:
                self._end(machine_answered(PickedUp.VOICEMAIL))
                return
            if step is Step.START:
                self._close_ear()
                self._account.owe(Kind.MESSAGE, self._brief.voicemail_message, self._loop.time())
                self._wake()
            elif step is Step.STOP:
                self._account.forget(Kind.MESSAGE)
                await self._session.interrupt(force=True)
            await asyncio.sleep(TICK_SECONDS)

    def _time_message(self) -> MessageTiming:
        expects_tone = announces_tone(self._watch.words, self._brief.voice.language)
        timing = MessageTiming(since=self._loop.time(), expects_tone=expects_tone)
        timing.talks, timing.beep_at = self._talks, self._beep_at
        timing.changed_at = (self._spoke_at or 0.0) if self._talks else self._paused_at
        return timing

    # -- call screening -------------------------------------------------------------------------------------------------

    async def _meet_screening(self) -> None:
        """Say who calls and why, and wait for the person."""
        self._account.ignore_machine()
        await self._session.interrupt(force=True)
        await self._until_it_pauses()
        self._answer_screening()
        await asyncio.sleep(SCREENING_SECONDS)
        if self._phase is Phase.SCREENING:
            self._end(machine_answered(PickedUp.SCREENING))

    async def _until_it_pauses(self) -> None:
        give_up_at = self._loop.time() + SCREENING_TALKS_SECONDS
        while self._loop.time() < give_up_at:
            if not self._talks and self._loop.time() - self._paused_at >= SCREENING_PAUSES_SECONDS:
                return
            await asyncio.sleep(TICK_SECONDS)

    def _answer_screening(self) -> None:
        if self._screening_answers < MOST_SCREENING_ANSWERS and self._phase is Phase.SCREENING:
            self._screening_answers += 1
            self._watch.begin_anew()
            self._account.owe(Kind.SCREENING, self._brief.screening_answer, self._loop.time())
            self._wake()

    def _on_screening(self, finding: Finding) -> None:
        """Hear what follows our answer: a question again, a mailbox, a request to wait, or the person."""
        who = finding.label.picked_up
        if who is PickedUp.SCREENING:
            self._start(self._repeat_answer())
        elif finding.is_machine:
            self._recorder.note_picked_up(finding)
            self._deal_with_machine(finding)
        elif who is PickedUp.HUMAN and not asks_to_wait(self._watch.words, self._brief.voice.language):
            self._recorder.note_picked_up(finding)
            self._account.meet_person()
            self._speak()

    async def _repeat_answer(self) -> None:
        await self._until_it_pauses()
        self._answer_screening()
