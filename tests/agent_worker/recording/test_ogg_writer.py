"""Is what was said in the file, in its own channel, and what becomes of it when the disk is full?"""

import av
import numpy as np
import pytest

from agent_worker.recording.ogg_writer import OggWriter
from agent_worker.recording.timeline import RATE
from calls.outcomes import RecordingProblem
from calls.recordings.ogg import read_seconds


def sine(seconds: float, hertz: float) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.int16)


def write(path, block, *, on_failed=lambda problem: None) -> OggWriter:
    writer = OggWriter(path, on_failed=on_failed)
    writer.start()
    for start in range(0, len(block), RATE // 2):
        writer.write(block[start : start + RATE // 2])
    writer.finish()
    writer.is_written.wait(10)
    writer.release()
    writer.join(10)
    assert not writer.is_alive()
    return writer


def decode(path) -> np.ndarray:
    """Return a row for each channel, at 48,000 samples a second."""
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)


def pitch_of(samples: np.ndarray, rate: int = 48_000) -> float:
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * rate / len(samples))


def test_each_side_is_in_its_own_channel(tmp_path):
    write(tmp_path / "a.ogg", np.stack([sine(3, 300), sine(3, 700)], axis=1))

    left, right = decode(tmp_path / "a.ogg")
    assert pitch_of(left[24_000:120_000]) == pytest.approx(300, abs=5)
    assert pitch_of(right[24_000:120_000]) == pytest.approx(700, abs=5)


def test_a_side_that_is_silent_stays_silent(tmp_path):
    write(tmp_path / "a.ogg", np.stack([np.zeros(3 * RATE, dtype=np.int16), sine(3, 440)], axis=1))

    left, right = decode(tmp_path / "a.ogg")
    assert np.abs(left).max() < 0.003
    assert np.abs(right).max() > 0.2


def test_the_length_is_read_from_the_last_page(tmp_path):
    write(tmp_path / "a.ogg", np.stack([sine(3, 300), sine(3, 700)], axis=1))

    written = (tmp_path / "a.ogg").read_bytes()
    assert read_seconds(written) == pytest.approx(3, abs=0.1)
    assert read_seconds(written[: len(written) // 2]) == pytest.approx(1.5, abs=0.4)
    assert read_seconds(b"OggS") == read_seconds(b"") == 0


def test_a_full_disk_ends_the_recording_and_says_so():
    from pathlib import Path

    told: list[RecordingProblem] = []
    writer = write(Path("/dev/full"), np.stack([sine(3, 300), sine(3, 700)], axis=1), on_failed=told.append)

    assert writer.problem == RecordingProblem.DISK_FULL
    assert told == [RecordingProblem.DISK_FULL]


def test_a_folder_that_cannot_be_made_ends_the_recording(tmp_path):
    (tmp_path / "file").touch()

    writer = write(tmp_path / "file" / "a.ogg", np.stack([sine(1, 300), sine(1, 700)], axis=1))

    assert writer.problem == RecordingProblem.ENCODER_FAILED
