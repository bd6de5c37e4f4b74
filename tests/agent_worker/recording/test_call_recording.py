"""Is a call recorded only where it is wanted, and does it go on whatever happens to the recording?"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent_worker.recording.call_recording import CallRecording
from tests.agent_worker.conversation.stage import make_brief
from tests.fakes.scripted_session import ScriptedRecorder, ScriptedSession

CALL_ID = "01997fa4-0000-7000-8000-000000000001"


class Line:
    """A line that notes what listens to it."""

    def __init__(self, *, hears: bool = True, fails: bool = False) -> None:
        self.hears, self._fails = hears, fails
        self.tapes: list[Any] = []

    def record(self, session: Any, tape: Any) -> None:
        if self._fails:
            raise LookupError("no room")
        self.tapes.append(tape)


@pytest.fixture
def folder(settings, tmp_path):
    settings.RECORDINGS_UNFINISHED_DIR = tmp_path / "unfinished"
    return settings.RECORDINGS_UNFINISHED_DIR


def hold(line: Line, *, recording: bool = True, answered: bool = True) -> list[str]:
    """Go through a call; return what was noted."""
    recorder: Any = ScriptedRecorder()

    async def go() -> None:
        brief = replace(make_brief(), call_id=CALL_ID, recording=recording)
        session: Any = ScriptedSession()
        recorded = CallRecording(brief, line, recorder)
        recorded.tap(session)
        if answered:
            recorded.start()
            recorded.start()
        await asyncio.sleep(0.05)
        await recorded.stop()
        await recorded.stop()
        recorded.tap(session)

    asyncio.run(go())
    return list(recorder.events)


def test_a_recorded_call_has_one_file_and_says_so_once(folder):
    line = Line()

    assert hold(line) == ["recording", "recording over"]
    (path,) = folder.iterdir()
    assert path.name.startswith(f"{CALL_ID}.")


@pytest.mark.parametrize("line", [Line(), Line(hears=False)], ids=["off", "without sound"])
def test_a_call_that_is_not_recorded_has_no_tap_and_no_byte(folder, line):
    assert hold(line, recording=not line.hears) == []
    assert line.tapes == []
    assert not folder.exists()


def test_nothing_is_written_of_a_call_that_is_not_answered(folder):
    assert hold(Line(), answered=False) == []
    assert not folder.exists()


def test_a_line_that_cannot_be_tapped_is_a_failed_recording_and_no_failed_call(folder):
    assert hold(Line(fails=True)) == ["recording_failed"]


def test_a_folder_that_cannot_be_written_is_a_failed_recording_and_no_failed_call(folder):
    folder.touch()

    assert sorted(hold(Line())) == ["recording", "recording over", "recording_failed"]
