"""Is each side where it was heard, and silence where nothing was?"""

import numpy as np

from agent_worker.recording.timeline import RATE, Side, Timeline


def sound(seconds: float, value: int = 1000) -> np.ndarray:
    return np.full(round(seconds * RATE), value, dtype=np.int16)


def test_sides_are_placed_apart_and_what_is_missing_is_silence():
    line = Timeline()
    line.begin(10.0)
    line.place(Side.PERSON, 10.0, sound(0.5, 100))
    line.place(Side.AGENT, 10.5, sound(0.5, 200))

    taken = line.take(11.0)

    half = RATE // 2
    assert taken.shape == (RATE, 2)
    assert (taken[:half] == (100, 0)).all()
    assert (taken[half:] == (0, 200)).all()


def test_sound_reaches_over_what_was_taken():
    line = Timeline()
    line.begin(0.0)
    line.place(Side.AGENT, 0.0, sound(1.0, 7))

    first, second, third = line.take(0.4), line.take(1.0), line.take(2.0)

    assert (len(first), len(second), len(third)) == (round(0.4 * RATE), RATE - round(0.4 * RATE), RATE)
    assert (first[:, Side.AGENT] == 7).all()
    assert (second[:, Side.AGENT] == 7).all()
    assert not third.any()


def test_what_was_cut_is_not_heard():
    line = Timeline()
    line.begin(0.0)
    line.place(Side.AGENT, 0.0, sound(0.2, 7))
    line.place(Side.AGENT, 0.2, sound(0.2, 7))

    line.cut(Side.AGENT, 0.1)

    assert np.flatnonzero(line.take(1.0)[:, Side.AGENT]).max() == round(0.1 * RATE) - 1


def test_what_was_heard_before_the_beginning_is_dropped():
    line = Timeline()
    line.place(Side.PERSON, 0.0, sound(2.0, 7))
    line.begin(1.5)

    assert (line.take(3.0)[:, Side.PERSON] == 7).sum() == RATE // 2


def test_two_sounds_at_once_are_both_heard_and_never_overflow():
    line = Timeline()
    line.begin(0.0)
    line.place(Side.AGENT, 0.0, sound(0.1, 30_000))
    line.place(Side.AGENT, 0.0, sound(0.1, 30_000))

    assert line.take(0.1)[:, Side.AGENT].max() == 32_767
