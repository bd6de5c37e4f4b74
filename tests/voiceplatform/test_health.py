"""Whether calls can be answered here, for whoever asks."""

from datetime import datetime

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_is_ok_without_login(client, settings, path):
    settings.LIVEKIT_CONFIGURED = True
    response = client.get(path)

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["checks"] == {"database": "ok", "livekit": "configured"}


@pytest.mark.django_db
def test_health_says_that_livekit_is_not_configured(client, settings):
    settings.LIVEKIT_CONFIGURED = False

    assert client.get("/health").json()["checks"]["livekit"] == "not configured"


@pytest.mark.django_db
def test_health_tells_the_time_and_is_not_cached(client):
    response = client.get("/health")

    assert datetime.fromisoformat(response.json()["timestamp"]).utcoffset() is not None
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_without_the_database_health_is_a_503_that_tells_no_secrets(client, caplog):
    with connection.execute_wrapper(refuse):
        response = client.get("/health")

    assert (response.status_code, response.json()["status"]) == (503, "degraded")
    assert response.json()["checks"]["database"] == "does not answer (OperationalError)"
    assert "db.internal" not in response.content.decode()


@pytest.mark.django_db
def test_health_costs_one_query(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/health")


def refuse(*_):
    raise OperationalError("connection to server at db.internal failed")
