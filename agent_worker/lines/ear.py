"""Listens to a phone beside the conversation: for tones, which no recognizer writes down, and for the exact ends of speech."""

from __future__ import annotations

import asyncio

import numpy as np
from livekit import rtc

from agent_worker.line import Noticed, OnNoticed
from calls.outbound.machine_detection.sound import RATE_HZ, SoundWatch


async def listen_to(track: rtc.Track, on_noticed: OnNoticed) -> None:
    """Tell what is noticed on this track until it ends, or this is canceled."""
    now = asyncio.get_running_loop().time
    stream, watch = rtc.AudioStream(track, sample_rate=RATE_HZ, num_channels=1), SoundWatch()
    try:
        async for event in stream:
            for heard in watch.feed(np.frombuffer(event.frame.data, np.int16)):
                at = now() - (watch.heard_s - heard.at_s)
                on_noticed(Noticed(sound=heard.sound, at=at, level_db=heard.level_db))
    finally:
        await stream.aclose()
