"""Are beeps and network tones told from voices, and is the end of a greeting noticed soon?"""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from calls.outbound.machine_detection.sound import RATE_HZ, Heard, Sound, SoundWatch
from tests.telephony.sound import speech

Samples = NDArray[np.int16]
VOICE: Samples = np.frombuffer(speech(), "<i2")
NOTICED = {Sound.BEEP, Sound.SIT}


def tone(seconds: float, *hertz: float) -> Samples:
    at = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    return sum(6000 * np.sin(2 * np.pi * each * at) for each in hertz).astype(np.int16)


def noise(seconds: float) -> Samples:
    return np.random.default_rng(1).normal(0, 25, int(RATE_HZ * seconds)).astype(np.int16)


def heard(*parts: Samples, packet: int = 80) -> Iterator[Heard]:
    watch, sound = SoundWatch(), np.concatenate(parts)
    for start in range(0, len(sound), packet):
        yield from watch.feed(sound[start : start + packet])


def tones(*parts: Samples) -> list[Sound]:
    return [each.sound for each in heard(*parts) if each.sound in NOTICED]


@pytest.mark.parametrize("hertz", [400, 440, 620, 852, 1000, 1400, 2000])
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.5])
def test_a_beep_is_noticed_at_its_end(hertz, seconds):
    (beep,) = [each for each in heard(noise(1), tone(seconds, hertz), noise(1)) if each.sound in NOTICED]

    assert beep.sound is Sound.BEEP
    assert beep.at_s == pytest.approx(1 + seconds, abs=0.06)


def test_a_beep_right_after_the_greeting_is_noticed():
    assert tones(VOICE, tone(0.4, 1000), noise(0.5)) == [Sound.BEEP]


def test_a_beep_in_two_parts_is_one():
    assert tones(noise(1), tone(0.2, 440), noise(0.06), tone(0.2, 440), noise(1)) == [Sound.BEEP]


@pytest.mark.parametrize(
    ("hertz", "seconds"),
    [
        ((950, 1400, 1800), (0.33, 0.33, 0.33)),
        ((985.2, 1428.5, 1776.7), (0.38, 0.38, 0.38)),
        ((913.8, 1370.6, 1776.7), (0.274, 0.274, 0.38)),
        ((913.8, 1428.5, 1776.7), (0.274, 0.38, 0.38)),
    ],
)
def test_the_three_rising_tones_of_a_network_are_noticed_and_are_no_beep(hertz, seconds):
    row = [tone(length, each) for length, each in zip(seconds, hertz, strict=True)]

    assert tones(noise(0.5), *row, noise(0.5), VOICE) == [Sound.SIT]
    assert tones(noise(0.5), *reversed(row), noise(0.5)) == []


def test_what_is_no_beep_is_none():
    melody = [tone(0.25, hertz) for hertz in (440, 523, 659, 784)]
    assert tones(noise(0.5), *melody, noise(0.5)) == []  # hold music
    assert tones(noise(0.5), tone(6, 440), noise(0.5)) == []  # a dial tone
    assert tones(noise(0.5), tone(0.3, 770, 1336), noise(0.5)) == []  # a key
    assert tones(noise(0.5), tone(0.06, 1000), noise(0.5)) == []  # a click
    assert tones(VOICE, noise(1), VOICE[::-1]) == []


def test_the_end_of_speech_is_noticed_within_half_a_second_and_dated_right():
    loud = np.flatnonzero(np.abs(VOICE.astype(np.int32)) > 500)
    words = VOICE[loud[0] : loud[-1]]
    watch = SoundWatch()
    noticed = [
        (each, watch.heard_s)
        for part in np.split(np.concatenate([noise(1), words, noise(1)])[:40_000], 500)
        for each in watch.feed(part)
    ]

    began, at = noticed[0]
    assert began.sound is Sound.SPEECH_BEGAN
    assert began.at_s == pytest.approx(1, abs=0.05)
    assert at - began.at_s < 0.2
    ended, at = next((each, at) for each, at in noticed if each.sound is Sound.SPEECH_ENDED)
    assert 0.3 <= at - ended.at_s < 0.45


def test_silence_and_the_noise_of_a_line_are_no_speech():
    assert list(heard(noise(3), np.zeros(8000, np.int16), noise(3))) == []
