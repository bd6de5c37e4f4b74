"""Do the periodic jobs remove what is old, keep what is young, and restore what got stuck?"""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from calls import tasks
from calls.models import WebhookDelivery

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def make_delivery(event_id: str, received_at: datetime) -> WebhookDelivery:
    return WebhookDelivery.objects.create(event_id=event_id, name="room_started", body={}, received_at=received_at)


def make_running_job(heartbeat_age: timedelta | None) -> int:
    """A job that a worker has begun; `None` = the worker's own row is gone too."""
    job_id = app.configure_task("calls.tasks.delete_old_deliveries").defer(timestamp=0)
    with connection.cursor() as cursor:
        worker_id = None
        if heartbeat_age is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
                [timezone.now() - heartbeat_age],
            )
            (worker_id,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker_id, job_id]
        )
    return job_id


def status_of(job_id: int) -> str:
    return str(ProcrastinateJob.objects.get(pk=job_id).status)


@pytest.mark.django_db
def test_deliveries_older_than_the_moment_go_and_younger_ones_stay():
    make_delivery("EV_old", NOW - timedelta(seconds=1))
    make_delivery("EV_young", NOW)

    assert tasks.delete_deliveries_before(NOW) == 1

    assert [d.event_id for d in WebhookDelivery.objects.all()] == ["EV_young"]


@pytest.mark.django_db
def test_deleting_goes_on_until_the_last_batch():
    for number in range(5):
        make_delivery(f"EV_{number}", NOW - timedelta(days=number + 1))

    assert tasks.delete_deliveries_before(NOW, at_once=2) == 5

    assert not WebhookDelivery.objects.exists()


@pytest.mark.django_db
def test_the_daily_job_keeps_thirty_days():
    make_delivery("EV_29_days", timezone.now() - timedelta(days=29))
    make_delivery("EV_31_days", timezone.now() - timedelta(days=31))

    assert tasks.delete_old_deliveries(timestamp=0) == 1

    assert [d.event_id for d in WebhookDelivery.objects.all()] == ["EV_29_days"]


@pytest.mark.django_db
@pytest.mark.parametrize("heartbeat_age", [timedelta(minutes=5), None], ids=["silent worker", "worker forgotten"])
def test_a_job_whose_worker_was_killed_is_queued_again(heartbeat_age):
    job_id = make_running_job(heartbeat_age)

    assert async_to_sync(tasks.retry_stalled_jobs.func)(timestamp=0) == 1

    assert status_of(job_id) == "todo"


@pytest.mark.django_db
def test_a_job_of_a_living_worker_is_left_alone():
    job_id = make_running_job(timedelta(seconds=5))

    assert async_to_sync(tasks.retry_stalled_jobs.func)(timestamp=0) == 0

    assert status_of(job_id) == "doing"


@pytest.fixture
def committed_jobs(transactional_db):
    """Jobs outside a transaction, as a worker has them.

    Django does not empty tables that it does not manage: this does.
    """
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.mark.usefixtures("committed_jobs")
def test_a_stuck_job_whose_successor_waits_already_is_given_up():
    stuck = make_running_job(None)
    successor = app.configure_task("calls.tasks.delete_old_deliveries").defer(timestamp=600)

    assert async_to_sync(tasks.retry_stalled_jobs.func)(timestamp=0) == 1

    assert (status_of(stuck), status_of(successor)) == ("aborted", "todo")


@pytest.mark.django_db
def test_jobs_that_ended_long_ago_are_deleted_and_waiting_ones_stay():
    ended, waiting = make_running_job(None), app.configure_task("calls.tasks.retry_stalled_jobs").defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [ended])
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '31 days'")

    async_to_sync(tasks.delete_old_jobs.func)(timestamp=0)

    assert list(ProcrastinateJob.objects.values_list("pk", flat=True)) == [waiting]


def test_every_periodic_job_is_known_to_the_background_worker():
    assert {name.rpartition(".")[2] for name, _ in app.periodic_registry.periodic_tasks} >= {
        "delete_old_deliveries",
        "delete_old_jobs",
        "retry_stalled_jobs",
    }
