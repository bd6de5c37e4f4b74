"""Says what must not be left to a model, from a sound file: a disclosure, a message for voicemail.

It needs neither a model nor a text-to-speech service, and works beside a realtime model, even while that reconnects.
The words enter the conversation and the transcript like any other.
"""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from livekit import rtc
from livekit.agents.voice import SpeechHandle

from agent_worker.voices.voice import Session

FRAME_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Words, and how they sound: a WAV file, mono, 16 bit."""

    words: str
    sound: Path


def say_recorded(session: Session, recording: Recording, *, whole: bool = False) -> SpeechHandle:
    """Play a recording; the handle is done when it was heard.

    `whole` closes the agent's ear meanwhile: a realtime model that notices the caller would cut the recording off.
    """
    handle = session.say(recording.words, audio=_frames(recording.sound))
    if whole and session.input.audio_enabled:
        session.input.set_audio_enabled(False)
        handle.add_done_callback(lambda _: session.input.set_audio_enabled(True))
    return handle


def read_frames(sound: Path) -> Iterator[rtc.AudioFrame]:
    """Yield a sound file in frames of 20 ms. Raises ValueError when it is not mono with 16 bits a sample."""
    with wave.open(str(sound), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{sound.name} is not a WAV file of one channel with 16 bits a sample")
        rate_hz = file.getframerate()
        while pcm := file.readframes(int(rate_hz * FRAME_SECONDS)):
            yield rtc.AudioFrame(pcm, rate_hz, 1, len(pcm) // 2)


async def _frames(sound: Path) -> AsyncIterator[rtc.AudioFrame]:
    for frame in read_frames(sound):
        yield frame
