"""Waits until the caller pauses, without a session: for what is played when the conversation broke."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from livekit import rtc
from livekit.agents import inference, vad

HEARS_HZ = 16_000
PAUSE_SECONDS = 0.6
SPEECH_PROBABILITY = 0.5


async def until_caller_pauses(track: rtc.Track, *, at_most_seconds: float) -> None:
    """Return when no speech was heard for PAUSE_SECONDS, or when the caller does not stop."""
    stream, detector = rtc.AudioStream(track, sample_rate=HEARS_HZ, num_channels=1), inference.VAD().stream()
    hearing = asyncio.create_task(_hear(stream, detector), name="hear the caller")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_seconds):
                await _until_quiet(detector)
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
        await detector.aclose()
        await stream.aclose()


async def _hear(stream: rtc.AudioStream, detector: vad.VADStream) -> None:
    async for event in stream:
        detector.push_frame(event.frame)


async def _until_quiet(detector: AsyncIterator[vad.VADEvent]) -> None:
    """Return after a pause. A phone that sends nothing at all does not talk either."""
    talked_at = time.monotonic()
    while time.monotonic() - talked_at < PAUSE_SECONDS:
        try:
            event = await asyncio.wait_for(anext(detector), PAUSE_SECONDS)
        except (TimeoutError, StopAsyncIteration):
            return
        if event.type == vad.VADEventType.INFERENCE_DONE and event.probability >= SPEECH_PROBABILITY:
            talked_at = time.monotonic()
