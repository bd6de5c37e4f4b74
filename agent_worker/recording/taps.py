"""Hears both sides where they are played: the source that sends the agent's sound, and the phone's track.

The agent's side is tapped at its source and not at the session's output: a model speaks faster than it is heard, and an
interruption drops what was not played. The source is given sound 0.2 s before it is played and is told what to drop.
"""

from __future__ import annotations

import time
from typing import Any, cast

from livekit import rtc
from livekit.agents.voice import io

from agent_worker.recording.tape import Tape
from agent_worker.recording.timeline import RATE

FRAME_MS = 100  # of the person's sound: ten wake-ups a second instead of a hundred


class TappedSource:
    """An audio source whose sound is heard by the tape as well. Everything else it leaves to the source."""

    def __init__(self, source: rtc.AudioSource, tape: Tape) -> None:
        self._source, self._tape = source, tape
        self._plays_until = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        at = max(time.monotonic(), self._plays_until)
        self._plays_until = at + frame.duration
        self._tape.hear_agent(frame, at)
        await self._source.capture_frame(frame)

    def clear_queue(self) -> None:
        self._plays_until = time.monotonic()
        self._tape.cut_agent(self._plays_until)
        self._source.clear_queue()


def tapped(source: rtc.AudioSource, tape: Tape) -> rtc.AudioSource:
    """Return a source that plays as the given one, and is heard by the tape."""
    return cast(rtc.AudioSource, TappedSource(source, tape))


def tap_output(output: io.AudioOutput | None, tape: Tape) -> None:
    """Let the tape hear what the session plays into the room. Raises LookupError when nothing is."""
    sink = output
    while sink is not None and not hasattr(sink, "_audio_source"):
        sink = sink.next_in_chain
    if sink is None:
        raise LookupError("the session plays into no room")
    # Important: a private name of livekit-agents, which is pinned; test_taps.py notices when it goes.
    room_sink: Any = sink
    room_sink._audio_source = tapped(room_sink._audio_source, tape)


async def hear_track(track: rtc.Track, tape: Tape) -> None:
    """Let the tape hear a phone until its track ends."""
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=FRAME_MS)
    try:
        async for event in stream:
            tape.hear_person(event.frame)
    finally:
        await stream.aclose()
