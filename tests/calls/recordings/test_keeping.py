"""Does every recording reach the storage once, whatever happened to its worker and to the storage?"""

import fcntl
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from calls.models import Recording
from calls.outcomes import RecordingProblem
from calls.recordings.keeping import keep_finished, unfinished_path
from tests.api.cast import make_call
from tests.calls.recordings.cast import SOUND, STARTED, is_stored, make_recording, take_away, use_storage
from tests.conftest import ANA

pytestmark = pytest.mark.django_db


def write(storage, recording, sound=SOUND):
    path = unfinished_path(storage / "unfinished", str(recording.call_id), recording.pk)
    path.write_bytes(sound)
    return path


def keep(storage):
    return keep_finished(storage / "unfinished")


@pytest.fixture
def recording(storage):
    return make_recording(make_call(), state=Recording.State.RECORDING, seconds=None, bytes=None)


def test_a_finished_recording_is_kept_and_leaves_the_workers_disk(storage, recording):
    recording.end(2.0, "")
    path = write(storage, recording)

    assert keep(storage) == 1

    recording.refresh_from_db()
    assert (recording.state, recording.problem, recording.seconds) == (Recording.State.KEPT, "", 2.0)
    assert recording.bytes == len(SOUND)
    assert (storage / "kept" / recording.name).read_bytes() == SOUND
    assert ANA[1:] not in recording.name
    assert not path.exists()
    assert keep(storage) == 0


def test_a_recording_that_is_being_written_is_left_alone(storage, recording):
    path = write(storage, recording)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert keep(storage) == 0

    recording.refresh_from_db()
    assert recording.state == Recording.State.RECORDING


def test_what_a_killed_worker_left_is_kept_and_says_so(storage, recording):
    write(storage, recording)

    assert keep(storage) == 1

    recording.refresh_from_db()
    assert (recording.state, recording.problem) == (Recording.State.KEPT, RecordingProblem.WORKER_KILLED)


def test_a_recording_that_the_database_never_heard_of_is_kept(storage):
    call, unknown = make_call(), uuid4()
    unfinished_path(storage / "unfinished", str(call.pk), unknown).write_bytes(SOUND)

    assert keep(storage) == 1

    assert call.recordings.get().pk == unknown
    assert call.recordings.get().state == Recording.State.KEPT


def test_a_recording_of_a_deleted_call_is_dropped(storage, recording):
    path = write(storage, recording)
    recording.call.delete()

    assert keep(storage) == 0
    assert not path.exists()
    recording.refresh_from_db()
    assert not is_stored(recording)


def test_a_file_without_sound_is_a_failed_recording(storage, recording):
    path = write(storage, recording, b"")

    assert keep(storage) == 0

    recording.refresh_from_db()
    assert (recording.state, recording.problem) == (Recording.State.FAILED, RecordingProblem.NO_SOUND)
    assert not path.exists()


def test_a_storage_that_is_away_is_tried_again_after_growing_pauses(storage, settings, recording):
    recording.end(2.0, "")
    path = write(storage, recording)
    take_away(settings, storage)
    now = timezone.now()

    pauses = []
    for _ in range(3):
        with time_machine.travel(now, tick=False):
            assert keep(storage) == 0
        recording.refresh_from_db()
        pauses.append((recording.next_try_at - now).total_seconds())
        now = recording.next_try_at
    assert pauses == [10, 20, 40]
    assert (recording.state, recording.storage_error) == (Recording.State.WAITING, "ConnectionError")
    assert path.exists()

    use_storage(settings, storage)
    with time_machine.travel(now - timedelta(seconds=1), tick=False):
        assert keep(storage) == 0
    with time_machine.travel(now, tick=False):
        assert keep(storage) == 1
    recording.refresh_from_db()
    assert (recording.state, recording.storage_error) == (Recording.State.KEPT, "")


def test_a_file_that_was_sent_halfway_is_sent_again(storage, recording):
    half = storage / "kept" / recording.storage_name()
    half.parent.mkdir(parents=True)
    half.write_bytes(SOUND[:50])
    write(storage, recording)

    keep(storage)

    assert half.read_bytes() == SOUND


def test_the_name_in_the_storage_is_the_month_and_an_id(recording):
    assert recording.storage_name() == f"{STARTED:%Y/%m}/{recording.pk.hex}.ogg"
