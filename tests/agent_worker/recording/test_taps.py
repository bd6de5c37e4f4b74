"""Does the tape hear the agent as it is played, and nothing of what was dropped?"""

import asyncio
import inspect
import time
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc
from livekit.agents.voice.room_io import _output as room_output

from agent_worker.recording.taps import tap_output, tapped
from agent_worker.recording.timeline import RATE


class ScriptedTape:
    def __init__(self) -> None:
        self.heard: list[tuple[float, float]] = []  # from, to
        self.cuts: list[float] = []

    def hear_agent(self, frame: rtc.AudioFrame, at: float) -> None:
        self.heard.append((at, at + frame.duration))

    def cut_agent(self, at: float) -> None:
        self.cuts.append(at)


class ScriptedSource:
    sample_rate = RATE

    def __init__(self) -> None:
        self.frames, self.cleared = 0, 0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.frames += 1

    def clear_queue(self) -> None:
        self.cleared += 1


def frame(seconds: float = 0.05) -> rtc.AudioFrame:
    samples = round(RATE * seconds)
    return rtc.AudioFrame(bytes(2 * samples), RATE, 1, samples)


def test_frames_that_come_faster_than_they_play_follow_each_other():
    tape, source = ScriptedTape(), ScriptedSource()
    plays: Any = tapped(source, tape)  # type: ignore[arg-type]

    async def play() -> None:
        for _ in range(3):
            await plays.capture_frame(frame())

    asyncio.run(play())

    begins, ends = zip(*tape.heard, strict=True)
    assert begins[1:] == pytest.approx(ends[:-1])
    assert source.frames == 3
    assert plays.sample_rate == RATE


def test_what_the_source_drops_is_cut():
    tape, source = ScriptedTape(), ScriptedSource()
    plays: Any = tapped(source, tape)  # type: ignore[arg-type]

    async def play() -> None:
        await plays.capture_frame(frame(1.0))
        plays.clear_queue()
        await plays.capture_frame(frame())

    asyncio.run(play())

    (cut,) = tape.cuts
    assert source.cleared == 1
    assert cut < tape.heard[0][1]
    assert tape.heard[1][0] < time.monotonic() + 0.1


def test_the_sink_of_livekit_agents_has_the_source_that_is_tapped():
    """The attribute is private: this fails when a new version names it otherwise."""
    assert "self._audio_source = rtc.AudioSource" in _source_of(room_output._ParticipantAudioOutput)


def test_the_source_is_found_below_what_wraps_it():
    sink: Any = SimpleNamespace(_audio_source=ScriptedSource(), next_in_chain=None)
    wrapper: Any = SimpleNamespace(next_in_chain=sink)
    tape: Any = ScriptedTape()

    tap_output(wrapper, tape)

    asyncio.run(sink._audio_source.capture_frame(frame()))
    assert len(tape.heard) == 1


def test_a_session_without_a_room_is_refused():
    tape: Any = ScriptedTape()

    with pytest.raises(LookupError):
        tap_output(None, tape)


def _source_of(kind: type) -> str:
    return inspect.getsource(kind)
