"""Finds beeps, network tones and the ends of speech in what a phone sends, frame by frame.

Pure: no Django, no LiveKit, no clock. A recogniser leaves tones out, and says late that a greeting is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000  # of the samples; a telephone line carries no more
_HOP = 160  # samples, 20 ms
_WINDOW = 320  # samples, 40 ms: a bin of its spectrum is 25 Hz wide
_HOP_S = _HOP / RATE_HZ
_FULL_SCALE = 32_768.0
_QUIETEST_DB = -90.0
_AUDIBLE_DB = -50.0  # of full scale
_ABOVE_NOISE_DB = 10.0
_NOISE_RISES_DB = 0.02  # a hop: the noise of a line changes slowly
_SPEECH_BEGINS_S = 0.06
_SPEECH_ENDS_S = 0.3  # the pauses between words are shorter
_TONE_DB = -40.0
_TONE_PURITY = 0.9  # the share of its energy near one frequency; a voice has overtones
_TONE_HZ = (350.0, 2_200.0)
_TONE_DRIFT_HZ = 12.0  # from hop to hop; a voice that holds a note drifts more
_SHORTEST_TONE_S = 0.12
_LONGEST_BEEP_S = 3.0  # longer is a fax or a dial tone
_TONES_APART_S = 0.12  # tones that follow each other sooner belong together
_MOST_BEEPS = 2  # in a row; more are a melody
# ITU-T E.180 says 950, 1400 and 1800 Hz; networks in North America use up to 985, 1429 and 1777 Hz.
_SIT_BANDS_HZ = ((890.0, 1_010.0), (1_340.0, 1_460.0), (1_740.0, 1_860.0))


class Sound(Enum):
    """What was noticed."""

    SPEECH_BEGAN = auto()
    SPEECH_ENDED = auto()  # noticed 0.3 s later
    BEEP = auto()  # its end
    SIT = auto()  # the end of the three rising tones in front of a network announcement


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One thing noticed, at so many seconds of sound."""

    sound: Sound
    at_s: float
    level_db: float = _QUIETEST_DB  # of full scale; of speech


@dataclass
class _Tone:
    hertz: float
    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


@dataclass
class SoundWatch:
    """Listens to one phone. Feed it the sound; it keeps 40 ms of it.

    Cost: about 30 µs for 20 ms of sound.
    """

    _samples: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    _at_s: float = 0.0  # end of the last hop
    _noise_db: float = -60.0
    _loud_since_s: float | None = None
    _loud_until_s: float = 0.0
    _speaks: bool = False
    _tone: _Tone | None = None
    _row: list[_Tone] = field(default_factory=list)  # tones that belong together

    @property
    def heard_s(self) -> float:
        """Seconds of sound so far."""
        return self._at_s

    def feed(self, samples: NDArray[np.int16]) -> Iterator[Heard]:
        """Yield what is noticed in these samples, mono, 8,000 a second, of any number."""
        self._samples = np.concatenate([self._samples, samples])
        while len(self._samples) >= _WINDOW:
            window, self._samples = self._samples[:_WINDOW], self._samples[_HOP:]
            self._at_s += _HOP_S
            yield from self._hear(window.astype(np.float64) / _FULL_SCALE)

    def _hear(self, window: NDArray[np.float64]) -> Iterator[Heard]:
        level_db = _level_db(window)
        hertz = _pure_tone(window) if level_db >= _TONE_DB else None
        yield from self._hear_tone(hertz)
        yield from self._hear_speech(level_db, is_tone=hertz is not None)

    # -- tones ----------------------------------------------------------------------------------------------------------

    def _hear_tone(self, hertz: float | None) -> Iterator[Heard]:
        tone = self._tone
        if tone and hertz is not None and abs(hertz - tone.hertz) <= _TONE_DRIFT_HZ:
            tone.hertz, tone.end_s = hertz, self._at_s
            return
        if tone and tone.seconds >= _SHORTEST_TONE_S:
            self._row.append(tone)
        self._tone = None if hertz is None else _Tone(hertz, self._at_s - _HOP_S, self._at_s)
        if self._row and not self._tone and self._at_s - self._row[-1].end_s >= _TONES_APART_S:
            yield from self._judge_row()

    def _judge_row(self) -> Iterator[Heard]:
        row, self._row = self._row, []
        if _is_sit(row):
            yield Heard(sound=Sound.SIT, at_s=row[-1].end_s)
        elif len(row) <= _MOST_BEEPS and all(tone.seconds <= _LONGEST_BEEP_S for tone in row):
            yield Heard(sound=Sound.BEEP, at_s=row[-1].end_s)

    # -- speech ---------------------------------------------------------------------------------------------------------

    def _hear_speech(self, level_db: float, *, is_tone: bool) -> Iterator[Heard]:
        is_loud = level_db > max(self._noise_db + _ABOVE_NOISE_DB, _AUDIBLE_DB) and not is_tone
        self._noise_db = min(level_db, self._noise_db + _NOISE_RISES_DB)
        if is_loud:
            self._loud_until_s = self._at_s
            if self._loud_since_s is None:
                self._loud_since_s = self._at_s - _HOP_S
            if not self._speaks and self._at_s - self._loud_since_s >= _SPEECH_BEGINS_S:
                self._speaks = True
                yield Heard(sound=Sound.SPEECH_BEGAN, at_s=self._loud_since_s, level_db=level_db)
        elif not self._speaks:
            self._loud_since_s = None
        elif self._at_s - self._loud_until_s >= _SPEECH_ENDS_S:
            self._speaks, self._loud_since_s = False, None
            yield Heard(sound=Sound.SPEECH_ENDED, at_s=self._loud_until_s)


def _level_db(window: NDArray[np.float64]) -> float:
    power = float(np.mean(window * window))
    return max(10.0 * float(np.log10(power)), _QUIETEST_DB) if power > 0 else _QUIETEST_DB


def _pure_tone(window: NDArray[np.float64]) -> float | None:
    """Return the frequency of a window that is one pure tone, None of any other."""
    power = np.abs(np.fft.rfft(window * np.hanning(_WINDOW))) ** 2
    peak = int(power.argmax())
    if not 2 <= peak < len(power) - 2:
        return None
    near = float(power[peak - 2 : peak + 3].sum())
    hertz = _between_bins(power, peak) * RATE_HZ / _WINDOW
    is_pure = near >= _TONE_PURITY * float(power.sum())
    return hertz if is_pure and _TONE_HZ[0] <= hertz <= _TONE_HZ[1] else None


def _between_bins(power: NDArray[np.float64], peak: int) -> float:
    """Return where the peak lies between its neighbours, by a parabola through their logarithms."""
    left, middle, right = np.log(power[peak - 1 : peak + 2] + 1e-30)
    bend = left - 2 * middle + right
    return peak + (0.5 * float((left - right) / bend) if bend else 0.0)


def _is_sit(row: list[_Tone]) -> bool:
    return len(row) == len(_SIT_BANDS_HZ) and all(
        low <= tone.hertz <= high for tone, (low, high) in zip(row, _SIT_BANDS_HZ, strict=True)
    )
