"""Connects a conversation to a phone in a LiveKit room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from livekit import api, rtc
from livekit.agents import Agent, JobContext, room_io

from agent_worker import database
from agent_worker.ending import (
    CALLEE_HUNG_UP,
    CALLER_HUNG_UP,
    CALLER_LEFT_RINGING,
    CONNECTION_LOST,
    LIVEKIT_UNREACHABLE,
    NOT_ANSWERED,
    ROOM_CLOSED,
    Ending,
)
from agent_worker.line import LineError, NoCallerError, OnNoticed
from agent_worker.lines.caller_pause import until_caller_pauses
from agent_worker.lines.ear import listen_to
from agent_worker.parent import is_orphan
from agent_worker.recording.tape import Tape
from agent_worker.recording.taps import hear_track, tap_output, tapped
from agent_worker.voices.recorded import read_frames
from agent_worker.voices.voice import Session
from calls.livekit.leaving import may_return

PHONE = (rtc.ParticipantKind.PARTICIPANT_KIND_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)
CALLER_JOINS_WITHIN_SECONDS = 10.0  # the job may be quicker than the phone; a phone that left never comes
LEAVE_SECONDS = 2.0
# After livekit-server was restarted agent and phone come back in any order, seconds apart.
PHONE_RETURNS_WITHIN_SECONDS = 10.0
LOOK_FOR_PHONE_SECONDS = 0.25
LOOK_FOR_ANSWER_SECONDS = 0.05
LOOK_FOR_TRACK_SECONDS = 0.05
DIALED_AT_MOST_SECONDS = 90.0  # LiveKit's limit for a request to dial is 80
CALLER_PAUSES_WITHIN_SECONDS = 15.0  # else what has to be said is said all the same
TRACK_WITHIN_SECONDS = 1.0  # for the phone's audio to be subscribed
HANG_UP_TRIES = 3
HANG_UP_SECONDS = 4.0  # for LiveKit to close the room, a try

log = logging.getLogger(__name__)


class Dials(Protocol):
    """Calls the phone of a call that we place."""

    async def reach(self) -> rtc.RemoteParticipant:
        """Return the phone once it was answered. Raises NoCallerError when it was not."""

    async def stop(self) -> None:
        """Make sure that the phone does not go on ringing."""


class RoomLine:
    """The line of a real call."""

    hears = True

    def __init__(self, context: JobContext, *, noise_cancellation: bool) -> None:
        self._context = context
        self._room = context.room
        self._noise_cancellation = noise_cancellation
        self._phone: rtc.RemoteParticipant | None = None
        self._dialer: Dials | None = None
        self._hung_up = CALLER_HUNG_UP
        self._connecting: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None
        self._on_answered: Callable[[datetime], None] = lambda at: None
        self.lost: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.other_agent_spoke = asyncio.Event()
        self._closed = asyncio.Event()
        self._tape: Tape | None = None
        self._heard: dict[str, asyncio.Task[None]] = {}  # phones' tracks, by their ids
        self._room.on("disconnected", self._on_disconnected)
        self._room.on("participant_disconnected", self._on_participant_left)
        self._room.on("participant_attributes_changed", self._on_attributes)
        self._room.on("track_published", self._on_track_published)

    def dial_with(self, dialer: Dials) -> None:
        """Say that we place this call: `open` dials once the session is ready, and returns when the phone was answered."""
        self._dialer, self._hung_up = dialer, CALLEE_HUNG_UP

    def begin_to_connect(self) -> None:
        """Connect while the call is still being claimed: that takes longer than all the rest, and the phone hears
        nothing of it.
        """
        self._connecting = asyncio.create_task(self._context.connect(), name="connect")
        self._connecting.add_done_callback(_forget_failure)

    async def give_up(self) -> None:
        """Leave the room to the agent that has the call."""
        if self._connecting:
            await asyncio.wait({self._connecting}, timeout=CALLER_JOINS_WITHIN_SECONDS)
        if is_orphan():  # else the framework does it
            # Important: not awaited itself: it ends cancelled, for the tasks it waits for died with the worker.
            await asyncio.wait({asyncio.create_task(self._room.disconnect())}, timeout=LEAVE_SECONDS)

    async def open(self, session: Session, agent: Agent, *, on_answered: Callable[[datetime], None]) -> None:
        self._on_answered = on_answered
        try:
            if self._dialer:
                # Not beside the session's start, which would slow it down: the dial waits for both, a ringing phone for
                # neither.
                await self._context.connect()
            await session.start(agent, room=self._room, room_options=self._options(), record=False, session_host=False)
        except rtc.ConnectError as error:
            raise NoCallerError(LIVEKIT_UNREACHABLE) from error
        if self._dialer:
            self._phone = await self._dialer.reach()
            self._on_answered(datetime.now(UTC))
        else:
            await self.wait_for_phone()

    async def wait_for_phone(self) -> rtc.RemoteParticipant:
        """Return the caller. Raises NoCallerError when no phone is in the room and none comes in time."""
        try:
            self._phone = await asyncio.wait_for(
                self._context.wait_for_participant(kind=list(PHONE)), CALLER_JOINS_WITHIN_SECONDS
            )
        except (TimeoutError, RuntimeError) as error:  # RuntimeError: the room closed meanwhile
            raise NoCallerError(CALLER_LEFT_RINGING) from error
        self._note_if_answered(self._phone)
        return self._phone

    async def wait_until_answered(self, phone: rtc.RemoteParticipant) -> None:
        """Wait for the answer of a phone that another dispatcher dials. Raises NoCallerError when it leaves before.

        One that calls us was let in by a dispatch rule and hears ringing until the agent publishes sound.
        """
        give_up_at = asyncio.get_running_loop().time() + DIALED_AT_MOST_SECONDS
        while "sip.ruleID" not in phone.attributes and phone.attributes.get("sip.callStatus") in ("dialing", "ringing"):
            if self.lost.done() or asyncio.get_running_loop().time() > give_up_at:
                raise NoCallerError(NOT_ANSWERED)
            await asyncio.sleep(LOOK_FOR_ANSWER_SECONDS)

    async def listen(self, on_noticed: OnNoticed) -> None:
        while True:  # a phone that returns after a broken connection has a new track
            if track := _audio_in(self._room):
                await listen_to(track, on_noticed)
            await asyncio.sleep(LOOK_FOR_TRACK_SECONDS)

    def record(self, session: Session, tape: Tape) -> None:
        self._tape = tape
        tap_output(session.output.audio, tape)
        self._room.on("track_subscribed", self._hear)
        for member in self._room.remote_participants.values():
            for publication in member.track_publications.values():
                if publication.track:
                    self._hear(publication.track, publication, member)

    def _hear(self, track: rtc.Track, _: object, participant: rtc.RemoteParticipant) -> None:
        """Let the tape hear a phone. One that returns after a broken connection has a new track."""
        is_phone = participant.kind in PHONE and track.kind == rtc.TrackKind.KIND_AUDIO
        if self._tape and is_phone and track.sid not in self._heard:
            self._heard[track.sid] = asyncio.create_task(hear_track(track, self._tape), name="recording")

    async def play(self, sound: Path) -> None:
        """Publish the file as a track of its own: it is heard even when the session is broken, or never began.

        It waits for a caller who talks.
        """
        room = await self._connected_room()
        if caller := await _audio_of_phone(room):
            await until_caller_pauses(caller, at_most_seconds=CALLER_PAUSES_WITHIN_SECONDS)
        frames = list(read_frames(sound))
        source = rtc.AudioSource(frames[0].sample_rate, 1)
        track = rtc.LocalAudioTrack.create_audio_track("apology", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        publication = await room.local_participant.publish_track(track, options)
        await asyncio.wait_for(publication.wait_for_subscription(), 5)
        plays = tapped(source, self._tape) if self._tape else source
        for frame in frames:
            await plays.capture_frame(frame)
        await source.wait_for_playout()

    async def _connected_room(self) -> rtc.Room:
        """Return the room, connected: for an orphan a new connection, since the tasks that served the old one are gone."""
        if not is_orphan():
            await self._context.connect()  # does nothing when the room is connected
            return self._room
        room = rtc.Room()
        await room.connect(database.worker_settings().livekit_url, self._context._info.token)
        return room

    async def hang_up(self) -> None:
        """Delete the room: that is what makes LiveKit SIP say BYE. Raises LineError when the room stays."""
        if is_orphan():
            return await self._hang_up_from_outside()
        if self._dialer:
            await self._dialer.stop()
        for _ in range(HANG_UP_TRIES):
            with suppress(TimeoutError):
                async with asyncio.timeout(HANG_UP_SECONDS):
                    if await self._delete_room():
                        return None
        raise LineError(f"LiveKit did not close the room in {HANG_UP_TRIES} tries")

    async def _hang_up_from_outside(self) -> None:
        """Delete the room over a connection of our own: the framework's was closed when the worker died."""
        try:
            await database.on_database_thread(database.close_room, self._room.name)
        except database.CANNOT_CLOSE_ROOM as error:
            raise LineError(str(error)) from error

    async def _delete_room(self) -> bool:
        """Return whether the room is gone: LiveKit said so, or disconnected us."""
        try:
            await self._context.api.room.delete_room(api.DeleteRoomRequest(room=self._room.name))
        except api.ServerError as error:
            if error.code == api.ServerErrorCode.NOT_FOUND:
                return True
            log.warning("LiveKit refused to close a room", extra={"job_id": self._context.job.id, "error": error.code})
            await asyncio.sleep(0.5)
            return False
        if self._room.isconnected():
            await self._closed.wait()
        return True

    def _options(self) -> room_io.RoomOptions:
        audio = (
            room_io.AudioInputOptions(noise_cancellation=telephony_noise_cancellation())
            if self._noise_cancellation
            else True
        )
        # No text input: only the phone may speak to the agent. What happens when the phone leaves is decided here.
        return room_io.RoomOptions(
            text_input=False, audio_input=audio, close_on_disconnect=False, participant_kinds=list(PHONE)
        )

    def _on_attributes(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        # Important: our own attributes change as well, before any phone is here.
        is_phone = participant.kind in PHONE if self._phone is None else participant.identity == self._phone.identity
        if is_phone:
            self._note_if_answered(participant)

    def _note_if_answered(self, participant: rtc.Participant) -> None:
        if participant.attributes.get("sip.callStatus", "active") == "active":  # a browser has no such attribute
            self._on_answered(datetime.now(UTC))

    def _on_participant_left(self, participant: rtc.RemoteParticipant) -> None:
        # Important: whatever the reason. The SDK's own rule ignores media time-outs and trunk failures.
        if participant.kind in PHONE and (self._phone is None or participant.identity == self._phone.identity):
            if self._room.connection_state != rtc.ConnectionState.CONN_CONNECTED or _may_return(participant):
                self._returning = self._returning or asyncio.create_task(
                    self._wait_for_return(participant.identity), name="phone returns"
                )
            else:
                self._lose(self._hung_up)

    async def _wait_for_return(self, identity: str) -> None:
        """End the call only if the phone does not return: we lost the room, and the SDK shows an empty one meanwhile."""
        patience = PHONE_RETURNS_WITHIN_SECONDS
        while patience > 0 and not self.lost.done():
            await asyncio.sleep(LOOK_FOR_PHONE_SECONDS)
            if self._room.connection_state != rtc.ConnectionState.CONN_CONNECTED:
                continue  # the SDK decides how long this may take: it ends with the event "disconnected"
            if phone := self._room.remote_participants.get(identity):
                log.warning("the phone is back after a broken connection")
                self._phone, self._returning = phone, None
                return
            patience -= LOOK_FOR_PHONE_SECONDS
        self._lose(CONNECTION_LOST)

    def _on_track_published(self, _: object, participant: rtc.RemoteParticipant) -> None:
        # A second agent without the call leaves before it publishes anything: one that publishes took the call over.
        if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            self.other_agent_spoke.set()

    def _on_disconnected(self, reason: object) -> None:
        self._closed.set()
        self._lose(ROOM_CLOSED)

    def _lose(self, ending: Ending) -> None:
        if not self.lost.done():
            self.lost.set_result(ending)


def _may_return(participant: rtc.RemoteParticipant) -> bool:
    """Whether the phone's connection is being replaced, or LiveKit gave no reason.

    Without one the participant did not leave: the SDK empties the room before it reconnects.
    """
    reason = participant.disconnect_reason or rtc.DisconnectReason.UNKNOWN_REASON
    hung_up = participant.attributes.get("sip.callStatus") == "hangup"
    return reason == rtc.DisconnectReason.UNKNOWN_REASON or may_return(
        rtc.DisconnectReason.Name(reason), hung_up=hung_up
    )


async def _audio_of_phone(room: rtc.Room) -> rtc.Track | None:
    """Return what the phone says, None when it sends nothing."""
    for _ in range(int(TRACK_WITHIN_SECONDS / LOOK_FOR_PHONE_SECONDS)):
        if track := _audio_in(room):
            return track
        if not any(member.kind in PHONE for member in room.remote_participants.values()):
            return None
        await asyncio.sleep(LOOK_FOR_PHONE_SECONDS)
    return None


def _audio_in(room: rtc.Room) -> rtc.Track | None:
    """Return the track of a phone that is subscribed now."""
    phones = [member for member in room.remote_participants.values() if member.kind in PHONE]
    for publication in (publication for phone in phones for publication in phone.track_publications.values()):
        if publication.track and publication.kind == rtc.TrackKind.KIND_AUDIO:
            return publication.track
    return None


def _forget_failure(connecting: asyncio.Task[None]) -> None:
    """Ignore a failed first attempt: the code that needs the room connects again and gets the error then."""
    if not connecting.cancelled() and (error := connecting.exception()):
        log.warning("the first try to connect to the room failed", extra={"error": type(error).__name__})


def telephony_noise_cancellation() -> rtc.NoiseCancellationOptions:
    """Return LiveKit Cloud's filter for phone lines.

    Important: imported here and nowhere else. Its import alone starts threads, and `off` must never load it.
    """
    from livekit.plugins import noise_cancellation

    options: rtc.NoiseCancellationOptions = noise_cancellation.BVCTelephony()
    return options
