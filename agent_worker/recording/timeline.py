"""Two sides of a call on one time line, as samples. What was not placed is silence. Pure but for numpy."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

RATE = 24_000  # samples a second: what the agent's voice has, and more than a telephone line
Samples = NDArray[np.int16]


class Side(IntEnum):
    """Which channel of the stereo file a side is."""

    PERSON = 0  # left
    AGENT = 1  # right


class Timeline:
    """Moments are seconds of one clock. Sound may come in any order until its moment was taken."""

    def __init__(self) -> None:
        self._placed: dict[Side, list[tuple[int, Samples]]] = {side: [] for side in Side}
        self._taken = 0  # first sample that was not taken

    def begin(self, at: float) -> None:
        """Take from this moment on: what was heard before is dropped."""
        self._taken = _sample(at)

    def place(self, side: Side, at: float, samples: Samples) -> None:
        self._placed[side].append((_sample(at), samples))

    def cut(self, side: Side, at: float) -> None:
        """Forget what this side was to play from the moment on."""
        end = _sample(at)
        self._placed[side] = [(start, samples[: end - start]) for start, samples in self._placed[side] if start < end]

    def take(self, until: float) -> Samples:
        """Return everything not yet taken before the moment, one row a sample, one column a side."""
        begin, end = self._taken, max(self._taken, _sample(until))
        mixed = np.zeros((end - begin, len(Side)), dtype=np.int32)
        for side in Side:
            for start, samples in self._placed[side]:
                low, high = max(start, begin), min(start + len(samples), end)
                if low < high:
                    mixed[low - begin : high - begin, side] += samples[low - start : high - start]
            self._placed[side] = [each for each in self._placed[side] if each[0] + len(each[1]) > end]
        self._taken = end
        return np.clip(mixed, -32768, 32767).astype(np.int16)


def _sample(at: float) -> int:
    return round(at * RATE)
