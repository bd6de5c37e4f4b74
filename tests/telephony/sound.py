"""What is in these samples? Tones to say, and the tone that was heard. 16-bit mono PCM, little endian."""

import wave
from pathlib import Path

import numpy as np

from agent_worker.line import APOLOGY

LINE_HZ = 8000  # samples a second that a telephone line carries
AUDIBLE = 500  # of 32767: above the noise that Opus makes of silence


def tone(seconds: float, hertz: float, *, rate: int = LINE_HZ, amplitude: int = 6000) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def silence(seconds: float, *, rate: int = LINE_HZ) -> bytes:
    return bytes(2 * int(rate * seconds))


def speech() -> bytes:
    """Return a voice speaking for five seconds: voice activity detection takes tones for noise."""
    with wave.open(str(APOLOGY)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples[:: file.getframerate() // LINE_HZ].tobytes()


def read_clip(file: Path) -> bytes:
    """Return a sentence of `clips/`, at LINE_HZ."""
    with wave.open(str(file)) as clip:
        assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (LINE_HZ, 1, 2)
        pcm: bytes = clip.readframes(clip.getnframes())
    return pcm


def unbroken_speech(seconds: float) -> bytes:
    """Return a voice speaking for so long, with no pause that ends a turn."""
    samples = np.frombuffer(speech(), "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
    return np.resize(samples[loud[0] : loud[-1]], int(seconds * LINE_HZ)).tobytes()


def loudness(pcm: bytes) -> int:
    """Return the greatest deflection, 0 to 32767."""
    return int(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max(initial=0))


def strongest_hertz(pcm: bytes, *, rate: int = LINE_HZ) -> float:
    """Return the frequency with the most energy. Exact to a few hertz from 50 ms on."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n=4 * rate // 5))
    return float(spectrum.argmax() * 5 / 4)
