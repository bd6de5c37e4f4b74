"""Jobs: one row each, run by one process at a time, resumed when that process is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.conftest import make_customer
from voiceplatform.jobs.job import HEARTBEAT_LOST, MOST_LOG_LINES, Job
from voiceplatform.jobs.running import (
    JobFailedError,
    Running,
    queue_job,
    resume_interrupted_jobs,
    run,
    run_job,
    runs,
    start_job,
)
from voiceplatform.observability.job_gauges import RECENTLY, failed_jobs, interrupted_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def count_to_three():
    """A kind whose runner counts from where it was to three."""

    @runs("count_to_three")
    def runner(running: Running) -> None:
        for number in range(running.job.done + 1, 4):
            running.progress(done=number, total=3, step="counting")

    return "count_to_three"


def make_job(kind: str = "count_to_three", **values) -> Job:
    return Job.objects.create(kind=kind, title="Counts to three", started_by="mona", **values)


def queued_jobs() -> int:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(task_name="voiceplatform.run_job", status="todo").count()


def lose_worker(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - HEARTBEAT_LOST - timedelta(seconds=1))


def test_a_job_runs_to_its_end(count_to_three):
    job = start_job(count_to_three, title="Counts", started_by="mona", customer=make_customer())
    assert queued_jobs() == 1

    run_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.status, job.done, job.percent, job.runs) == (Job.Status.DONE, 3, 100, 1)
    assert job.started_at
    assert job.finished_at


def test_a_job_that_has_ended_is_not_run_again(count_to_three):
    job = make_job()
    assert run(job)

    assert not run(Job.objects.get(pk=job.pk))


def test_two_processes_do_not_run_one_job(count_to_three):
    job = make_job()
    first, second = Job.objects.get(pk=job.pk), Job.objects.get(pk=job.pk)

    assert first.claim(timezone.now())
    assert not second.claim(timezone.now())


def test_a_job_whose_worker_was_lost_is_queued_again_and_goes_on_from_where_it_was(count_to_three):
    job = make_job()
    assert job.claim(timezone.now())
    assert job.beat(timezone.now(), done=2, total=3)
    lose_worker(job)

    assert resume_interrupted_jobs(0) == 1
    assert queued_jobs() == 1
    run_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.status, job.done, job.runs) == (Job.Status.DONE, 3, 2)
    assert [line["code"] for line in job.log] == ["resumed"]


def test_a_worker_that_was_taken_for_lost_stops_and_writes_nothing_more(count_to_three):
    job = make_job()
    slow = Job.objects.get(pk=job.pk)
    assert slow.claim(timezone.now())
    lose_worker(job)
    assert run(Job.objects.get(pk=job.pk))

    assert not slow.beat(timezone.now(), done=1)
    assert not slow.finish(timezone.now())
    job.refresh_from_db()
    assert (job.status, job.done) == (Job.Status.DONE, 3)


def test_a_waiting_job_is_canceled_at_once(count_to_three):
    job = make_job()

    assert job.cancel("mona", timezone.now())

    assert not run(Job.objects.get(pk=job.pk))
    job.refresh_from_db()
    assert (job.status, job.cancel_asked_by) == (Job.Status.CANCELED, "mona")


def test_a_running_job_is_canceled_after_its_step():
    @runs("asked_to_stop")
    def runner(running: Running) -> None:
        Job.objects.get(pk=running.job.pk).cancel("mona", timezone.now())
        running.progress(done=1)
        raise AssertionError("It went on.")

    job = make_job("asked_to_stop")
    run(job)

    job.refresh_from_db()
    assert (job.status, job.failure) == (Job.Status.CANCELED, "")


def test_a_job_that_has_ended_cannot_be_canceled(count_to_three):
    job = make_job()
    run(job)

    assert not job.cancel("mona", timezone.now())


def test_a_runner_says_why_it_failed():
    @runs("no_such_file")
    def runner(running: Running) -> None:
        raise JobFailedError("file_gone", "prospects.csv")

    job = make_job("no_such_file")
    run(job)

    job.refresh_from_db()
    assert (job.status, job.failure, job.failure_detail) == (Job.Status.FAILED, "file_gone", "prospects.csv")


def test_an_unexpected_error_ends_the_job_and_is_named_by_its_class(caplog):
    @runs("divides")
    def runner(running: Running) -> None:
        1 / 0  # noqa: B018

    job = make_job("divides")
    run(job)

    job.refresh_from_db()
    assert (job.status, job.failure, job.failure_detail) == (Job.Status.FAILED, "error", "ZeroDivisionError")
    assert "Job failed" in caplog.text


def test_a_failed_job_can_be_queued_again(count_to_three):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(status="failed", failure="error", finished_at=timezone.now())

    assert job.queue_again("rita")
    queue_job(job)
    run_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.status, job.started_by, job.failure) == (Job.Status.DONE, "rita", "")


def test_a_job_is_queued_once_however_often_it_is_asked_for(count_to_three):
    job = make_job()

    queue_job(job)
    queue_job(job)

    assert queued_jobs() == 1


def test_a_log_keeps_its_newest_lines():
    job = make_job("count_to_three")

    for number in range(MOST_LOG_LINES + 5):
        job.add_log_line("line", timezone.now(), number=number)

    job.refresh_from_db()
    assert [job.log[0]["number"], job.log[-1]["number"]] == [5, MOST_LOG_LINES + 4]


# -- gauges


def test_a_failed_job_shows_for_an_hour(count_to_three):
    @runs("fails")
    def runner(running: Running) -> None:
        raise JobFailedError("no_disk")

    run(make_job())
    assert failed_jobs() == [({}, 0)]
    failing = make_job("fails")
    run(failing)
    assert failed_jobs() == [({}, 1)]

    Job.objects.filter(pk=failing.pk).update(finished_at=timezone.now() - RECENTLY)
    assert failed_jobs() == [({}, 0)]


def test_a_job_whose_worker_was_lost_shows_until_another_takes_it(count_to_three):
    job = make_job(status=Job.Status.RUNNING, heartbeat_at=timezone.now())
    assert interrupted_jobs() == [({}, 0)]

    lose_worker(job)
    assert interrupted_jobs() == [({}, 1)]

    run(job)
    assert interrupted_jobs() == [({}, 0)]
