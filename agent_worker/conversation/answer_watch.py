"""Notices who or what picked up a call that we placed, while the agent talks already.

What is said in the first seconds is judged by rules: in each pause, at each tone, when words come late, and four seconds
after the answer at the latest. A machine that is recognized later counts as well, so long as it began to speak in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from livekit.agents import ConversationItemAddedEvent, UserInputTranscribedEvent, llm
from livekit.agents.voice import UserStateChangedEvent

from agent_worker.voices.voice import Session
from calls.outbound.machine_detection.decide import decide_opening, decide_so_far
from calls.outbound.machine_detection.opening import Finding, Opening, Segment
from calls.outbound.machine_detection.sound import Sound

BOUND_SECONDS = 4.0  # then there is a first finding, whatever was heard
CLOCK_SECONDS = 0.01  # by which a timer may be early
OPENS_WITHIN_SECONDS = 12.0  # what begins later is an answer to the agent, no greeting
WORDS_FOLLOW_SECONDS = 0.1  # one after the other, when they come late
PAUSE_SECONDS = 1.25  # after speech; the rules want as much of a person, less of a machine


@dataclass
class _Stretch:
    """Speech without a pause, in seconds from the answer."""

    start_s: float
    end_s: float | None = None  # None: it goes on
    text: str = ""


class AnswerWatch:
    """Watches one session. `on_finding` gets the first finding, and each one that says something else."""

    def __init__(self, session: Session, *, language: str, on_finding: Callable[[Finding], None]) -> None:
        self._session = session
        self._language = language.split("-")[0].lower()
        self._on_finding = on_finding
        self._loop = asyncio.get_running_loop()
        self._answered_at: float | None = None
        self._stretches: list[_Stretch] = []
        self._is_talking = False
        self._found: Finding | None = None
        self._beep_at_s: float | None = None
        self._heard_sit = False
        self._each_alone = False  # judge what was said last, without what came before it
        self._judging: asyncio.TimerHandle | None = None
        self._bound: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """Subscribe. Important: before the session starts."""
        self._session.on("user_state_changed", self._on_state)
        self._session.on("user_input_transcribed", self._on_transcribed)
        self._session.on("conversation_item_added", self._on_item)

    def begin(self) -> None:
        """The phone was answered; told once more it changes nothing."""
        if self._answered_at is None:
            self._answered_at = self._loop.time()
            self._bound = self._loop.call_later(BOUND_SECONDS + CLOCK_SECONDS, self._judge)

    def begin_anew(self) -> None:
        """Judge what is said from now on, each stretch alone, without a bound: we wait for a person after a machine."""
        self.stop()
        self._answered_at, self._each_alone, self._found = self._loop.time(), True, None
        self._stretches.clear()

    @property
    def words(self) -> str:
        """What was heard and is judged."""
        return " ".join(stretch.text for stretch in self._stretches if stretch.text)

    @property
    def hears_machine(self) -> bool:
        """Whether what was heard so far is a machine's, though it may turn out to be a person."""
        return decide_opening(self._opening()).is_machine

    def note_tone(self, sound: Sound, at: float) -> None:
        """Note a tone that the line heard at this moment of the loop's clock."""
        if self._answered_at is None or self._each_alone:
            return
        if sound is Sound.SIT:
            self._heard_sit = True
        else:
            self._beep_at_s = at - self._answered_at
        self._judge()

    def stop(self) -> None:
        for timer in (self._judging, self._bound):
            if timer:
                timer.cancel()
        self._answered_at = None

    def _on_state(self, event: UserStateChangedEvent) -> None:
        was_talking, self._is_talking = self._is_talking, event.new_state == "speaking"
        if self._is_talking and not was_talking:
            self._forget_earlier()
            self._stretches.append(_Stretch(self._heard_s))
        elif was_talking and self._stretches:
            self._stretches[-1].end_s = self._heard_s
            self._judge_in(PAUSE_SECONDS)

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        self._hear(event.transcript)

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if isinstance(item, llm.ChatMessage) and item.role == "user" and item.text_content:
            self._hear(item.text_content)

    def _forget_earlier(self) -> None:
        if self._each_alone:
            self._stretches.clear()
            self._found = None

    def _hear(self, text: str) -> None:
        if not self._stretches:  # words without a sound: a simulated line, or speech too short to be noticed
            self._stretches.append(_Stretch(self._heard_s, self._heard_s))
        self._stretches[-1].text = text
        if not self._is_talking:  # words may come long after the pause
            quiet_s = self._heard_s - (self._stretches[-1].end_s or 0.0)
            self._judge_in(max(PAUSE_SECONDS - quiet_s, WORDS_FOLLOW_SECONDS))

    @property
    def _heard_s(self) -> float:
        return self._loop.time() - self._answered_at if self._answered_at is not None else 0.0

    def _judge_in(self, seconds: float) -> None:
        if self._judging:
            self._judging.cancel()
        if self._each_alone or self._stretches[-1].start_s <= OPENS_WITHIN_SECONDS:
            self._judging = self._loop.call_later(seconds, self._judge)

    def _judge(self) -> None:
        if self._answered_at is None:
            return
        finding = decide_so_far(self._opening(), self._heard_s, bound_s=BOUND_SECONDS)
        if finding and (self._found is None or finding.label is not self._found.label):
            self._found = finding
            self._on_finding(finding)

    def _opening(self) -> Opening:
        heard_s = self._heard_s
        latest_s = heard_s if self._each_alone else OPENS_WITHIN_SECONDS
        in_time = [stretch for stretch in self._stretches if stretch.start_s <= latest_s]
        ends = [heard_s if stretch.end_s is None else stretch.end_s for stretch in in_time]
        pauses = [after.start_s - end for end, after in zip(ends, in_time[1:], strict=False)]
        return Opening(
            segments=[
                Segment(start_s=stretch.start_s, end_s=end, text=stretch.text)
                for stretch, end in zip(in_time, ends, strict=True)
            ],
            first_stretch_s=ends[0] - in_time[0].start_s if in_time else 0.0,
            longest_pause_s=max(pauses, default=0.0),
            beep_at_s=self._beep_at_s,
            sit_tone=self._heard_sit,
            language=self._language,
        )
