"""Does /health say whether calls can be answered, and what is wrong when not?"""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from calls.models.heartbeat import KeeperBeat, Worker, database_now
from calls.monitoring import health
from tests.fakes.livekit_api import Failure

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)


@pytest.fixture(autouse=True)
def a_process_that_just_started(monkeypatch):
    monkeypatch.setattr(health, "last_ping", health.LastPing())
    monkeypatch.setattr(health, "PING_BUDGET_SECONDS", 10.0)  # a busy machine is no failure here


@pytest.fixture
def without_livekit(settings):
    settings.LIVEKIT_CONFIGURED = False


def make_worker(beat_at=None, **values) -> Worker:
    now = database_now()
    return Worker.objects.create(
        host="a", pid=1, started_at=now, beat_at=beat_at or now, **{"registered_at": now, "max_calls": 2, **values}
    )


def make_keeper(beat_at=None) -> KeeperBeat:
    now = database_now()
    return KeeperBeat.objects.create(host="a", pid=2, started_at=now, beat_at=beat_at or now)


def ask(client, path="/health"):
    response = client.get(path)
    return response.status_code, response.json()["status"], response.json()["checks"]


def test_all_is_well(client, livekit):
    make_worker()
    make_keeper()

    assert ask(client) == (200, "ok", dict.fromkeys(["database", "livekit", "worker", "keeper", "queue"], "ok"))
    assert ask(client, "/health/") == ask(client)


def test_without_livekit_nothing_is_missing(client, without_livekit):
    status, word, checks = ask(client)

    assert (status, word) == (200, "ok")
    assert (checks["livekit"], checks["worker"]) == ("not configured", "not needed: LiveKit is not configured")


@pytest.mark.parametrize("values", [{}, {"beat_at": "old"}, {"registered_at": None}, {"draining": True}])
def test_without_a_worker_that_takes_calls_it_is_a_503(client, livekit, values):
    make_keeper()
    if values:
        make_worker(**{**values, **({"beat_at": database_now() - LONG_AGO} if "beat_at" in values else {})})
    status, word, checks = ask(client)

    assert (status, word) == (503, "degraded")
    assert "run_agent" in checks["worker"]


def test_full_workers_are_degraded(client, livekit):
    make_keeper()
    make_worker(jobs=["AJ_1", "AJ_2"])

    assert ask(client)[:2] == (200, "degraded")
    assert "at capacity" in ask(client)[2]["worker"]


def test_without_a_keeper_calls_are_answered_but_a_user_should_look(client, livekit):
    make_worker()
    make_keeper(beat_at=database_now() - LONG_AGO)
    status, word, checks = ask(client)

    assert (status, word) == (200, "degraded")
    assert "run_keeper" in checks["keeper"]


def test_work_that_no_one_does_is_degraded(client, without_livekit):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) VALUES ('default', 'x', now() - interval '1 hour')"
        )
    status, word, checks = ask(client)

    assert (status, word) == (200, "degraded")
    assert (
        checks["queue"]
        == "1 background job is waiting, the oldest for 60 minutes. Start manage.py procrastinate worker."
    )


def test_a_job_for_later_does_not_wait(client, without_livekit):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) VALUES ('default', 'x', now() + interval '1 hour')"
        )

    assert ProcrastinateJob.objects.exists()
    assert ask(client)[2]["queue"] == "ok"


@pytest.mark.parametrize(
    ("failure", "words"),
    [(Failure(status=401, code="unauthenticated"), "refuses our key"), (Failure(after_seconds=0.8), "does not")],
)
def test_a_livekit_that_refuses_or_hangs_is_a_503(client, livekit, failure, words, monkeypatch):
    if failure.after_seconds:
        monkeypatch.setattr(health, "PING_BUDGET_SECONDS", 0.2)
    make_worker()
    make_keeper()
    livekit.failures.append(failure)
    status, _, checks = ask(client)

    assert status == 503
    assert words in checks["livekit"]


def test_livekit_is_not_asked_for_every_request(client, livekit):
    for _ in range(3):
        ask(client)

    assert [method for method, _ in livekit.requests] == ["ListRooms"]


def test_health_tells_the_time_and_is_not_cached(client, without_livekit):
    response = client.get("/health")

    assert datetime.fromisoformat(response.json()["timestamp"]).utcoffset() is not None
    assert "no-store" in response.headers["Cache-Control"]


def test_without_the_database_health_is_a_503_that_tells_no_secrets(client, livekit):
    with connection.execute_wrapper(refuse):
        response = client.get("/health")

    assert (response.status_code, response.json()["status"]) == (503, "degraded")
    assert response.json()["checks"]["database"] == "does not answer (OperationalError)"
    assert response.json()["checks"]["livekit"] == "ok"
    assert "db.internal" not in response.content.decode()


def test_a_load_balancer_keeps_the_web_while_no_worker_runs(client, livekit):
    assert ask(client, "/health/process") == (200, "ok", {"database": "ok"})
    with connection.execute_wrapper(refuse):
        assert ask(client, "/health/process")[0] == 503


def test_a_locked_table_does_not_hold_up_health(client, without_livekit):
    with connection.cursor() as cursor:
        ask(client)
        cursor.execute("SHOW statement_timeout")

        assert cursor.fetchone() == (
            "1s",
        )  # in effect for the rest of this test's transaction; a request's own ends with it


def refuse(*_):
    raise OperationalError("connection to server at db.internal failed")
