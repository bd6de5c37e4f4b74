"""Who is alive? Workers and keepers by what they last said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models.heartbeat import KeeperBeat, Worker

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def make_worker(*, beat=1.0, registered=True, **values) -> Worker:
    """A worker that last beat so many seconds ago."""
    at = NOW - timedelta(seconds=beat)
    return Worker.objects.create(
        host="machine", pid=7, started_at=at, beat_at=at, registered_at=at if registered else None, **values
    )


def make_keeper_beat(*, beat=1.0, **values) -> KeeperBeat:
    at = NOW - timedelta(seconds=beat)
    return KeeperBeat.objects.create(host="machine", pid=8, started_at=at, beat_at=at, **values)


def test_a_worker_is_alive_while_it_beats():
    quick = make_worker(beat=1)
    make_worker(beat=4)

    assert list(Worker.objects.alive(NOW)) == [quick]


def test_a_worker_that_livekit_does_not_know_answers_no_one_but_holds_its_calls():
    make_worker(registered=False, jobs=["AJ_1"])

    assert not Worker.objects.alive(NOW).exists()
    assert Worker.objects.responding(NOW).jobs() == {"AJ_1"}


def test_the_load_of_a_worker_is_its_share_of_calls():
    assert make_worker(jobs=["AJ_1", "AJ_2"], max_calls=4).load == 0.5
    assert make_worker().load == 1.0


def test_the_newest_keeper_speaks_for_all():
    make_keeper_beat(beat=100, error="old")
    newest = make_keeper_beat(beat=1)

    assert KeeperBeat.objects.newest() == newest
    assert list(KeeperBeat.objects.alive(NOW)) == [newest]
