"""What a worker says of itself every second, on a thread of its own."""

import time

import pytest

from agent_worker.heartbeat import HEARTBEAT_EVERY_SECONDS, Heartbeat, State, heartbeat_for
from calls.models.heartbeat import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def until_there_is_a_row(within: float = 5.0) -> Worker:
    deadline = time.monotonic() + within
    while not (worker := Worker.objects.first()):
        assert time.monotonic() < deadline, "no heartbeat came"
        time.sleep(0.05)
    return worker


@pytest.fixture
def jobs(transactional_db):
    return {"job-1"}


@pytest.fixture
def heartbeat(jobs):
    beating = Heartbeat(lambda: State(jobs=jobs, max_calls=7, registered_seconds=3.0))
    beating.start()
    yield beating
    beating.stop()


def test_it_says_which_calls_the_process_holds(heartbeat):
    worker = until_there_is_a_row()

    assert (set(worker.jobs), worker.max_calls, worker.draining) == ({"job-1"}, 7, False)


def test_a_job_that_is_over_is_named_once_more_then_no_longer(heartbeat, jobs):
    until_there_is_a_row()
    jobs.clear()
    deadline = time.monotonic() + 5 * HEARTBEAT_EVERY_SECONDS
    while Worker.objects.get().jobs:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_process_that_stops_leaves_no_row(jobs):
    beating = Heartbeat(lambda: State(jobs=jobs))
    beating.start()
    until_there_is_a_row()

    beating.stop()

    assert not Worker.objects.exists()


def test_a_process_that_stops_before_its_first_beat_never_wrote(jobs):
    beating = Heartbeat(lambda: State(jobs=jobs))
    beating.start()
    beating.stop()

    assert not Worker.objects.exists()


def test_only_a_process_in_touch_with_the_database_may_declare_others_dead(heartbeat):
    until_there_is_a_row()

    assert not heartbeat.may_release_lost_agents()


def test_simulated_calls_share_one_heartbeat(transactional_db):
    with heartbeat_for("job-a"), heartbeat_for("job-b"):
        worker = until_there_is_a_row()
        assert set(worker.jobs) == {"job-a", "job-b"}

    assert not Worker.objects.exists()
