"""Plays one call with a faulty model and tells what the caller heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from calls.models import Call
from tests.fakes.gemini import FakeGemini, pitch_of
from tests.fakes.model_faults import Fault
from tests.telephony.calls_seen import call_of, events_of, until_ended
from tests.telephony.phones import Heard, Phone, PhoneNetwork
from tests.telephony.sound import strongest_hertz, unbroken_speech
from transcripts.models import Turn

VOICE_HERTZ = pitch_of("Leda")
WAITS_SECONDS = 45.0  # the caller, for the agent to say something
QUIET_SECONDS = 0.7
THINKS_SECONDS = 3.0
LOOK_SECONDS = 0.02


@dataclass
class FaultCall:
    """How one call went."""

    call: Call
    said: list[str]  # by the agent, in order; what was cut stands in two turns
    turns: list[tuple[str, str]]  # who, words
    events: list[str]
    talked: list[tuple[float, float]]  # when the caller talked
    longest_silence: float  # seconds in which neither side spoke, after the agent's first sound
    hung_up_after: float  # seconds between the last sound and the end of the line
    apology_seconds: float  # of another voice
    apology_over_caller: float  # of that, while the caller talked

    def lost(self, owed: Sequence[str]) -> list[str]:
        """Return which of these sentences the caller did not hear whole."""
        heard = " ".join(self.said)
        return [words for words in owed if not _was_heard(words, heard)]


@dataclass
class Caller:
    """Someone on a phone who takes turns."""

    phone: Phone
    talked: list[tuple[float, float]] = field(default_factory=list)

    async def talk(self, seconds: float) -> None:
        began = self.phone.seconds_since_joining
        await self.phone.say(unbroken_speech(seconds))
        self.talked.append((began, self.phone.seconds_since_joining))

    async def listen(self, after: float) -> None:
        """Wait until the agent has said something and is silent, or the line is dead."""
        await self.hear_begin(after)
        await self._until(lambda: not self.phone.audible(after=self.phone.seconds_since_joining - QUIET_SECONDS))

    async def hear_begin(self, after: float) -> None:
        await self._until(lambda: bool(self.phone.audible(after=after)))

    async def _until(self, happened: Callable[[], bool]) -> None:
        for _ in range(int(WAITS_SECONDS / LOOK_SECONDS)):
            if happened() or self.phone.gone.is_set():
                return
            await asyncio.sleep(LOOK_SECONDS)


async def play_fault(
    network: PhoneNetwork, gemini: FakeGemini, fault: Fault, *, caller: str, dialed: str, key: str
) -> FaultCall:
    """Call a persona whose system instruction holds `key`, with this fault."""
    gemini.scripts[key] = fault.script()
    phone = await network.ring(caller, dialed)
    person = Caller(phone)
    if fault.talks_first_seconds:
        await person.talk(fault.talks_first_seconds)
    await person.listen(0.0)
    if fault.talks_first_seconds:
        await asyncio.sleep(THINKS_SECONDS)  # the welcome may come after the answer
    await _converse(person, fault)
    with suppress(TimeoutError):
        await phone.until_the_line_is_dead(within=WAITS_SECONDS)
    await phone.hang_up()
    told = await _tell(await until_ended(phone, within=30), person)
    await network.forget(phone)
    return told


async def _converse(person: Caller, fault: Fault) -> None:
    if fault.talks_when_asked_seconds:
        await person.hear_begin(person.phone.seconds_since_joining)
        await person.talk(fault.talks_when_asked_seconds)
        await person.listen(person.phone.seconds_since_joining)
    turns = fault.caller_turns - bool(fault.talks_when_asked_seconds)
    for place in range(turns):
        if person.phone.gone.is_set():
            return
        await person.talk(fault.turn_seconds)
        after = person.phone.seconds_since_joining
        if place == turns - 1 and fault.talks_into_closing:
            await person.hear_begin(after)
            await asyncio.sleep(1.0)
            await person.talk(fault.turn_seconds)
            await person.listen(person.phone.seconds_since_joining)
            await person.talk(fault.turn_seconds)
        else:
            await person.listen(after)


async def _tell(call: Call, person: Caller) -> FaultCall:
    turns, events = [(turn.speaker, turn.text) async for turn in call.turns.all()], await events_of(call)
    heard = person.phone.audible()
    # A tone that begins or ends is no tone; only a call with an apology can have another voice.
    strange = [piece for piece in heard if abs(strongest_hertz(piece.pcm) - VOICE_HERTZ) > 25]
    strange = strange if "apology_played" in events else []
    ear = person.phone.ear_seconds
    over = [piece for piece in strange if any(began <= piece.at <= ended for began, ended in person.talked)]
    return FaultCall(
        call=await call_of(person.phone),
        said=[text for who, text in turns if who == Turn.Speaker.AGENT],
        turns=turns,
        events=events,
        talked=person.talked,
        longest_silence=_longest_silence(heard, person.talked, ear),
        hung_up_after=person.phone.seconds_since_joining - heard[-1].at if heard else 0.0,
        apology_seconds=len(strange) * ear,
        apology_over_caller=len(over) * ear,
    )


def _longest_silence(heard: list[Heard], talked: list[tuple[float, float]], ear: float) -> float:
    if not heard:
        return 0.0
    spans = sorted([(piece.at, piece.at + ear) for piece in heard] + talked)
    first = heard[0].at
    quiet_since, longest = first, 0.0
    for began, ended in spans:
        if began >= first:
            longest = max(longest, began - quiet_since)
        quiet_since = max(quiet_since, ended)
    return longest


def _was_heard(words: str, said: str) -> bool:
    """Whether the words were said one after the other, whatever stands between them."""
    rest = iter(said.split())
    return all(word in rest for word in words.split())
