"""Decides when to leave a message on an answering machine: after its beep, or once its greeting is over.

Pure: no Django, no LiveKit, no clock. Moments are seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

AFTER_BEEP_SECONDS = 0.1
QUIET_SECONDS = 0.5  # then a greeting without a tone is over; one that goes on is not talked over
TONE_COMES_WITHIN_SECONDS = 4.0  # of the end of a greeting that announces one
GOES_ON_SECONDS = 0.4  # of the greeting, into the message: a shorter sound is a noise
QUIETER_DB = 10.0  # than the greeting is the echo of our own message
MOST_RESTARTS = 2  # after that the message is said to its end
GREETING_ENDS_SECONDS = 30.0  # then the message is left over it


class Step(Enum):
    WAIT = "wait"
    START = "start"
    STOP = "stop"  # it is said into the greeting, or before the beep: it will be said again, from the start


@dataclass
class MessageTiming:
    """What was heard of the machine. Feed it what happens, then ask `decide`."""

    since: float  # when it was known to be a machine
    expects_tone: bool  # the greeting says so
    talks: bool = True
    changed_at: float = 0.0  # when `talks` last did
    level_db: float = -90.0  # of what it says now
    greeting_db: float = -90.0
    beep_at: float | None = None
    began_at: float | None = None  # the first sound of the message
    is_asked: bool = False  # the voice was asked for the message
    restarts: int = 0

    def note_speech_began(self, at: float, level_db: float) -> None:
        self.talks, self.changed_at, self.level_db = True, at, level_db
        if not self.is_asked:
            self.greeting_db = max(self.greeting_db, level_db)

    def note_speech_ended(self, at: float) -> None:
        self.talks, self.changed_at = False, at

    def note_beep(self, at: float) -> None:
        self.beep_at = at

    def note_message_began(self, at: float) -> None:
        if self.is_asked and self.began_at is None:
            self.began_at = at

    def decide(self, now: float) -> Step:
        """Return what to do now, and take it as done."""
        step = self._is_spoiled(now) if self.is_asked else self._is_due(now)
        if step is Step.START:
            self.is_asked = True
        elif step is Step.STOP:
            self.is_asked, self.began_at = False, None
            self.restarts += 1
        return step

    def _is_due(self, now: float) -> Step:
        if now - self.since >= GREETING_ENDS_SECONDS:
            return Step.START
        if self.talks:
            return Step.WAIT
        if self.beep_at is not None and self.beep_at >= self.changed_at:
            return Step.START if now - self.beep_at >= AFTER_BEEP_SECONDS else Step.WAIT
        wanted = TONE_COMES_WITHIN_SECONDS if self.expects_tone and self.beep_at is None else QUIET_SECONDS
        return Step.START if now - self.changed_at >= wanted else Step.WAIT

    def _is_spoiled(self, now: float) -> Step:
        if self.restarts >= MOST_RESTARTS or now - self.since >= GREETING_ENDS_SECONDS:
            return Step.WAIT
        beeped = self.began_at is not None and self.beep_at is not None and self.beep_at > self.began_at
        is_loud = self.level_db >= self.greeting_db - QUIETER_DB
        goes_on = self.talks and is_loud and now - self.changed_at >= GOES_ON_SECONDS
        return Step.STOP if beeped or goes_on else Step.WAIT
