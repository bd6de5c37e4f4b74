"""Does `manage.py check --deploy` name what is missing, and nothing else?"""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import OperationalError, connection

from voiceplatform.checks import find_what_is_missing, is_nearby

pytestmark = pytest.mark.django_db

READY = {
    "LIVEKIT_URL": "wss://livekit.example.org",
    "LIVEKIT_CONFIGURED": True,
    "LIVEKIT_API_KEY": "tenant",
    "LIVEKIT_API_SECRET": "s" * 32,
    "SECRET_KEY": "k" * 50,
    "FIELD_ENCRYPTION_KEYS": ["f" * 43],
    "ALLOWED_HOSTS": ["voice.example.org"],
    "VOICE_PROVIDER": "google",
    "NOISE_CANCELLATION": "off",
    "PERSONA_API_BASE": "https://crm.example.org/personas",
    "PERSONA_API_TOKEN": "token",
    "TRUSTED_PROXIES": 1,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
}


def warnings_with(settings, **values) -> dict[str, str]:
    for name, value in (READY | values).items():
        setattr(settings, name, value)
    return {str(warning.id): f"{warning.msg} {warning.hint}" for warning in find_what_is_missing(None)}


def test_a_complete_installation_is_quiet(settings):
    assert warnings_with(settings) == {}


@pytest.mark.parametrize(
    ("values", "number", "words"),
    [
        ({"LIVEKIT_CONFIGURED": False, "LIVEKIT_URL": ""}, "W001", "LIVEKIT_URL is not set: calls are off."),
        ({"LIVEKIT_API_SECRET": "short"}, "W002", "LIVEKIT_API_SECRET has 5 characters"),
        ({"VOICE_PROVIDER": "offline"}, "W003", "Set GOOGLE_API_KEY"),
        ({"NOISE_CANCELLATION": "telephony"}, "W004", "LIVEKIT_URL points to livekit.example.org"),
        ({"PERSONA_API_BASE": "http://crm.example.org"}, "W005", "Use an https:// address"),
        ({"ALLOWED_HOSTS": ["*"]}, "W006", "List your host names"),
        ({"LIVEKIT_URL": "ws://livekit.example.org"}, "W007", "Use wss://"),
        ({"LIVEKIT_URL": "ws://8.8.8.8:7880"}, "W007", "ws://8.8.8.8"),
        ({"LIVEKIT_API_KEY": "devkey"}, "W009", "they are public"),
        ({"LIVEKIT_API_SECRET": "k" * 50}, "W010", "not all different"),
        ({"TRUSTED_PROXIES": 0}, "W021", "five wrong passwords for a name lock it for all"),
        ({"SECURE_HSTS_SECONDS": 0}, "W022", "HSTS_SECONDS switched off"),
    ],
)
def test_each_thing_that_is_missing_is_named_with_what_to_do(settings, values, number, words):
    found = warnings_with(settings, **values)

    assert list(found) == [f"voiceplatform.{number}"]
    assert words in found[f"voiceplatform.{number}"]


def test_noise_cancellation_is_fine_with_livekit_cloud(settings):
    assert warnings_with(settings, NOISE_CANCELLATION="telephony", LIVEKIT_URL="wss://tenant.livekit.cloud") == {}


@pytest.mark.parametrize(
    "values",
    [
        {"LIVEKIT_URL": "ws://127.0.0.1:7880"},
        {"LIVEKIT_URL": "ws://livekit:7880"},
        {"LIVEKIT_URL": "ws://10.1.2.3:7880"},
    ],
)
def test_livekit_in_a_private_network_needs_no_tls(settings, values):
    assert warnings_with(settings, **values) == {}


@pytest.mark.parametrize(
    ("database", "complains"),
    [
        ({"HOST": "db.example.org"}, True),
        ({"HOST": "db.example.org", "OPTIONS": {"sslmode": "prefer"}}, True),
        ({"HOST": "db.example.org", "OPTIONS": {"sslmode": "verify-full"}}, False),
        ({"HOST": "/var/run/postgresql"}, False),
        ({"HOST": "10.0.0.5"}, False),
    ],
)
def test_a_database_across_a_public_network_needs_tls(settings, monkeypatch, database, complains):
    monkeypatch.setitem(settings.DATABASES, "default", database)

    assert ("voiceplatform.W008" in warnings_with(settings)) is complains


@pytest.mark.parametrize(
    ("host", "near"),
    [("localhost", True), ("192.168.1.5", True), ("::1", True), ("8.8.8.8", False), ("db.example.org", False)],
)
def test_who_is_nearby(host, near):
    assert is_nearby(host) is near


def test_the_user_of_the_first_look_is_named(settings):
    User.objects.create_user("demo", is_staff=True)

    assert "delete “demo”" in warnings_with(settings)["voiceplatform.W012"]


def test_a_database_that_does_not_answer_is_named(settings):
    with connection.execute_wrapper(refuse):
        assert "manage.py migrate" in warnings_with(settings)["voiceplatform.W011"]


def refuse(*_):
    raise OperationalError("no")


def test_each_warning_is_on_the_operations_page():
    source = "".join(
        (Path(configured.BASE_DIR) / path).read_text()
        for path in ("voiceplatform/checks.py", "calls/monitoring/checks.py", "personas/crm/checks.py")
    )
    table = (
        (Path(configured.BASE_DIR) / "docs/operations.md")
        .read_text()
        .partition("## What is missing")[2]
        .partition("\n## ")[0]
    )

    assert re.findall(r"^\| `W(\d{3})`", table, re.MULTILINE) == sorted(
        f"{int(number):03}" for number in re.findall(r"complain\(\s*(\d+),", source)
    )
