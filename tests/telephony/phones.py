"""Phones for tests: every one joins a real LiveKit room as livekit-sip would, rings, hears, speaks and hangs up.

`PhoneNetwork` lets calls come in; `tests.telephony.carrier` plays the phones that are called.

What livekit-sip does with an INVITE: it joins a room of its own as a participant of kind SIP with the sip.* attributes
and callStatus "ringing", publishes the microphone, and answers the line (callStatus "active") as soon as another participant
has published audio. SIP and RTP themselves are not played here.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from livekit import api, rtc

from tests.telephony.sound import AUDIBLE, LINE_HZ, loudness, silence, strongest_hertz

FRAME_SECONDS = 0.02
FRAME_BYTES = int(LINE_HZ * FRAME_SECONDS) * 2
SPOKEN_LATE_SECONDS = 0.2  # what `say` took reaches the line so much later
EAR_SECONDS = 0.06  # how much is listened to at a time: enough to tell a pitch
NEXT_TO_A_TONE_HZ = 25


@dataclass(frozen=True)
class Heard:
    """A piece of what one side said."""

    at: float  # seconds since the phone began to join
    who: str  # identity of the participant
    pcm: bytes  # at LINE_HZ

    @cached_property
    def is_audible(self) -> bool:
        return loudness(self.pcm) > AUDIBLE


@dataclass
class Phone:
    """One telephone. It listens to each participant apart, so two agents that speak at once are told from one."""

    number: str
    room_name: str
    ear_seconds: float = EAR_SECONDS
    answers_at_audio: bool = True  # as an inbound call does; a called phone is answered by `answer()`
    room: rtc.Room = field(default_factory=rtc.Room)
    heard: list[Heard] = field(default_factory=list)
    agent_published: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # the call is over, whichever side hung up
    _hears: bool = False  # of a called phone: nothing before it is answered
    _began: float = 0.0
    _has_joined: bool = False
    _to_say: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # -- what the person does ------------------------------------------------------------------------------------

    async def say(self, pcm: bytes) -> None:
        """Speak in real time; returns when it is said or the line is dead."""
        for start in range(0, len(pcm), FRAME_BYTES):
            self._to_say.put_nowait(pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        await self._until(lambda: self._to_say.empty() or self.gone.is_set(), 60.0, "the end of its own words")

    async def answer(self) -> None:
        """Pick up. A called phone hears the room from now on."""
        self._hears = True
        for participant in self.room.remote_participants.values():
            for publication in participant.track_publications.values():
                self._on_published(publication)
        await self._set_status("active")

    async def hang_up(self) -> None:
        """Leave as livekit-sip does: an answered call says so first, one that only rang just goes."""
        if self.room.isconnected() and self.is_answered:
            await self._set_status("hangup")
        await self.leave()

    async def leave(self, reason: rtc.DisconnectReason.ValueType = rtc.DisconnectReason.CLIENT_INITIATED) -> None:
        """Go without a word."""
        self.gone.set()
        if self.room.isconnected():
            await self.room.disconnect(reason=reason)

    # -- what it heard -------------------------------------------------------------------------------------------

    @property
    def is_answered(self) -> bool:
        return self._has_joined and self.room.local_participant.attributes.get("sip.callStatus") == "active"

    def audible(self, *, after: float = 0.0) -> list[Heard]:
        """Return what was loud enough, from `after` seconds since joining on."""
        recent = itertools.takewhile(lambda piece: piece.at >= after, reversed(self.heard))
        return [piece for piece in recent if piece.is_audible][::-1]

    def speakers(self, *, after: float = 0.0) -> set[str]:
        """Return the identities of those who made a sound."""
        return {piece.who for piece in self.audible(after=after)}

    def seconds_of(self, hertz: float, *, after: float = 0.0) -> float:
        """Return for how long a tone was heard."""
        pieces = [p for p in self.audible(after=after) if abs(strongest_hertz(p.pcm) - hertz) < NEXT_TO_A_TONE_HZ]
        return len(pieces) * self.ear_seconds

    def seconds_of_anything_but(self, hertz: float) -> float:
        """Return for how long something else was heard: a recorded voice has every pitch."""
        return len(self.audible()) * self.ear_seconds - self.seconds_of(hertz)

    @property
    def seconds_since_joining(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def until_it_hears(self, hertz: float, *, after: float = 0.0, within: float = 15.0) -> float:
        """Wait for a tone of 0.2 s at least and return when it was first heard.

        Raises TimeoutError saying what was heard instead.
        """
        await self._until(lambda: self.seconds_of(hertz, after=after) >= 0.2, within, f"a tone of {hertz:g} Hz")
        return min(p.at for p in self.audible(after=after) if abs(strongest_hertz(p.pcm) - hertz) < NEXT_TO_A_TONE_HZ)

    async def until_it_hears_anything(self, *, after: float = 0.0, within: float = 15.0) -> float:
        """Wait for any sound and return when it was first heard."""
        await self._until(lambda: bool(self.audible(after=after)), within, "any sound")
        return self.audible(after=after)[0].at

    async def until_it_is_quiet(self, *, seconds: float = 0.4, within: float = 15.0) -> None:
        """Wait until both sides have been silent for a while."""
        await self._until(lambda: not self.audible(after=self.seconds_since_joining - seconds), within, "silence")

    async def until_the_line_is_dead(self, *, within: float = 15.0) -> None:
        await self._until(self.gone.is_set, within, "the agent to hang up")

    async def _until(self, happened: Any, within: float, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + within
        while not happened():
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{self} waited {within:g} s for {what}")
            await asyncio.sleep(0.01)

    def __repr__(self) -> str:
        pitches = sorted({round(strongest_hertz(piece.pcm), -1) for piece in self.audible()})
        line = "dead" if self.gone.is_set() else "answered" if self.is_answered else "ringing"
        return f"<Phone {self.number} {line}, heard {len(self.audible())} pieces at {pitches} Hz from {sorted(self.speakers())}>"

    # -- the telephone itself ------------------------------------------------------------------------------------

    async def join(self, url: str, token: str) -> None:
        self.room.on("track_subscribed", self._on_track)
        if not self.answers_at_audio:
            self.room.on("track_published", self._on_published)
        self.room.on("disconnected", lambda *_: self.gone.set())
        self._began = asyncio.get_running_loop().time()
        await self.room.connect(url, token, rtc.RoomOptions(auto_subscribe=self.answers_at_audio))
        self._has_joined = True
        self.room.local_participant.register_rpc_method("lk.sip.EndCall", self._on_end_call)
        microphone = rtc.AudioSource(LINE_HZ, 1, queue_size_ms=int(SPOKEN_LATE_SECONDS * 1000))
        track = rtc.LocalAudioTrack.create_audio_track("phone", microphone)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        self._start(self._send_sound(microphone))
        if self.answers_at_audio:
            self._start(self._answer_when_audio_is_published())

    async def _send_sound(self, microphone: rtc.AudioSource) -> None:
        """A telephone sends all the time: what is said, else silence."""
        while not self.gone.is_set():
            frame = silence(FRAME_SECONDS) if self._to_say.empty() else self._to_say.get_nowait()
            await microphone.capture_frame(rtc.AudioFrame(frame, LINE_HZ, 1, len(frame) // 2))

    async def _answer_when_audio_is_published(self) -> None:
        await self.agent_published.wait()
        await self._set_status("active")

    def _on_published(self, publication: rtc.RemoteTrackPublication, *_: object) -> None:
        if self._hears:
            publication.set_subscribed(True)

    def _on_track(self, track: rtc.Track, _: object, participant: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self.agent_published.set()
            self._start(self._listen(track, participant.identity))

    async def _listen(self, track: rtc.Track, who: str) -> None:
        stream = rtc.AudioStream(track, sample_rate=LINE_HZ, num_channels=1, frame_size_ms=int(self.ear_seconds * 1000))
        try:
            async for event in stream:
                self.heard.append(Heard(self.seconds_since_joining, who, event.frame.data.tobytes()))
        finally:
            await stream.aclose()

    async def _on_end_call(self, _: rtc.RpcInvocationData) -> str:
        self._start(self.hang_up())
        return ""

    async def _set_status(self, value: str) -> None:
        await self.room.local_participant.set_attributes({"sip.callStatus": value})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def put_away(self) -> None:
        """Hang up and wait for everything that still runs; raises what went wrong meanwhile."""
        await self.hang_up()
        for task in (tasks := list(self._tasks)):
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


class PhoneNetwork:
    """The carrier: `async with PhoneNetwork(url, key, secret) as network:` then `await network.ring(caller, dialed)`."""

    def __init__(self, url: str, *, api_key: str, api_secret: str, ear_seconds: float = EAR_SECONDS) -> None:
        self.url, self._key, self._secret, self._ear_seconds = url, api_key, api_secret, ear_seconds
        self.phones: list[Phone] = []
        self._counter: Iterator[int] = itertools.count(1)

    async def __aenter__(self) -> PhoneNetwork:
        return self

    async def __aexit__(self, *_: object) -> None:
        for phone in self.phones:
            await phone.put_away()

    async def ring(
        self,
        caller: str,
        dialed: str,
        *,
        rule_id: str = "SDR_test",
        attributes: dict[str, str] | None = None,
        room_config: api.RoomConfiguration | None = None,
    ) -> Phone:
        """Let a call come in; returns while it rings.

        `dialed` travels as given: carriers write numbers as they like.
        """
        place = next(self._counter)
        phone = Phone(number=caller, room_name=f"call-_{caller}_{id(self):x}{place:04}", ear_seconds=self._ear_seconds)
        self.phones.append(phone)
        about = sip_attributes(caller, dialed, rule_id=rule_id, place=place) | (attributes or {})
        await phone.join(self.url, self._token(phone, about, room_config))
        return phone

    async def forget(self, phone: Phone) -> None:
        """Put a phone away now: many calls one after the other would keep all that was heard."""
        self.phones.remove(phone)
        await phone.put_away()

    async def rejoin(self, phone: Phone) -> Phone:
        """Let the same phone join its room again, as after a lost connection. The old stay is put out by LiveKit."""
        again = Phone(number=phone.number, room_name=phone.room_name, ear_seconds=self._ear_seconds)
        self.phones.append(again)
        about = {**phone.room.local_participant.attributes}
        await again.join(self.url, self._token(again, about, None))
        return again

    def _token(self, phone: Phone, attributes: dict[str, str], room_config: api.RoomConfiguration | None) -> str:
        token = (
            api.AccessToken(self._key, self._secret)
            .with_identity(f"sip_{phone.number}")
            .with_name(f"Phone {phone.number}")
            .with_kind("sip")
            .with_attributes(attributes)
            .with_grants(api.VideoGrants(room_join=True, room=phone.room_name, can_update_own_metadata=True))
        )
        return (token.with_room_config(room_config) if room_config else token).to_jwt()


def sip_attributes(caller: str, dialed: str, *, rule_id: str, place: int) -> dict[str, str]:
    """Return what livekit-sip 1.11 says about an inbound call when it joins."""
    return {
        "sip.callID": f"SCL_test{place:04}",
        "sip.callIDFull": f"{place:04}@127.0.0.1",
        "sip.callStatus": "ringing",
        "sip.hostname": "127.0.0.1",
        "sip.phoneNumber": caller,
        "sip.ruleID": rule_id,
        "sip.trunkID": "ST_test",
        "sip.trunkPhoneNumber": dialed,
    }
