"""Does the product ever tell a secret?

Known ones are planted, everything that it says is gathered, and searched for them.
"""

import io
import logging
import re
import subprocess
import sys

import pytest
import requests
from django.conf import settings as project
from django.core.management import call_command, get_commands
from django.test import Client

from calls.tasks import delete_old_deliveries
from campaigns.models import PhoneHashKey
from personas.crm.lookup import look_up
from personas.models import Customer
from tests.gunicorn_server import gunicorn_running
from tests.personas.crm.crm_server import answer, running
from tests.setting_names import setting_names
from tests.voiceplatform.observability.planted import PASSWORD, make_delivery, make_tenant
from tests.voiceplatform.test_environment import CLEAN, PRODUCTION, start_with
from tests.voiceplatform.web.crawler import crawl
from voiceplatform.observability.logs import JsonFormatter, ReadableFormatter

CRM_TOKEN = "Planted-crm-token-5518"
PLANTED = {
    "SECRET_KEY": "Planted-secret-key-0193-with-fifty-characters-and-a-few-more",
    "LIVEKIT_API_SECRET": "Planted-livekit-secret-2284-0123456789",
    "GOOGLE_API_KEY": "Planted-google-key-9910",
    "OPENAI_API_KEY": "Planted-openai-key-4471",
    "DEEPGRAM_API_KEY": "Planted-deepgram-key-4472",
    "CARTESIA_API_KEY": "Planted-cartesia-key-4473",
    "PERSONA_API_TOKEN": "Planted-tenant-token-3307",
}
FIELD_KEY = "UGxhbnRlZC1maWVsZC1lbmNyeXB0aW9uLWtleS0xMjM="
DATABASE_PASSWORD = "Planted-db-password-6625"


def told(text: str, *more: str) -> set[str]:
    """Which secrets stand in the text."""
    return {
        secret
        for secret in (*PLANTED.values(), CRM_TOKEN, PASSWORD, FIELD_KEY, DATABASE_PASSWORD, *more)
        if secret and secret in text
    }


def logged(caplog) -> str:
    return "\n".join(
        formatter.format(record) for formatter in (JsonFormatter(), ReadableFormatter()) for record in caplog.records
    )


@pytest.fixture
def tenant(settings, db, caplog):
    """A customer with everything, in an installation full of secrets, where every line is logged."""
    for name, value in PLANTED.items():
        setattr(settings, name, value)
    settings.FIELD_ENCRYPTION_KEYS = [FIELD_KEY]
    PhoneHashKey.objects.all().delete()  # it was sealed with the key of all tests
    caplog.set_level(logging.DEBUG, "django.request")
    caplog.set_level(logging.INFO)
    make_delivery()
    return make_tenant("riverside", "+15551230100", crm_token=CRM_TOKEN)


@pytest.fixture
def boss(tenant, django_user_model) -> Client:
    django_user_model.objects.create_superuser("boss", password=PASSWORD)
    client = Client(raise_request_exception=False)
    client.post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert "_auth_user_id" in client.session
    return client


def api_key():
    """A key of the API, as the command prints it once; none while there is no API."""
    if "create_api_key" not in get_commands():
        return ""
    said = io.StringIO()
    call_command("create_api_key", "planted", stdout=said)
    return max(re.findall(r"\S+", said.getvalue()), key=len)


def test_no_page_that_a_superuser_can_reach_shows_one(boss, tenant, caplog):
    key, session = api_key(), boss.session.session_key
    pages = dict(
        crawl(boss, "/admin/", "/api/schema/", "/api/docs/", "/health", "/metrics", "/livekit-webhook", "/nowhere")
    )
    bodies = {
        address: page.content.decode(errors="replace") + str(page.headers)
        for address, page in pages.items()
        if not page.streaming
    }

    assert len(bodies) > 40
    assert {address for address, page in pages.items() if page.status_code >= 500} <= {"/health", "/metrics"}
    assert {address: told(body, key, session) for address, body in bodies.items() if told(body, key, session)} == {}
    assert {address for address, body in bodies.items() if tenant.customer.crm_token.sealed in body} == set()
    assert told(logged(caplog), key, session) == set()


def test_a_page_that_breaks_says_and_logs_none(boss, settings, caplog):
    settings.ROOT_URLCONF = "tests.voiceplatform.web.failing_urls"
    page = boss.post(
        "/breaks/?token=x", {"password": PASSWORD}, headers={"Authorization": f"Bearer {PLANTED['PERSONA_API_TOKEN']}"}
    )

    assert page.status_code == 500
    assert "RuntimeError" in logged(caplog)
    assert told(page.content.decode()) == told(logged(caplog), boss.session.session_key) == set()


def test_a_refused_login_says_and_logs_none(tenant, caplog):
    client = Client()
    pages = [
        client.post("/admin/login/", {"username": "boss", "password": PASSWORD}).content.decode() for _ in range(6)
    ]

    assert told("".join(pages)) == told(logged(caplog)) == set()


def test_a_failing_crm_logs_none(tenant, settings, caplog):
    with running(answer(403, CRM_TOKEN.encode())) as server:
        settings.PERSONA_API_BASE = server.base
        said = look_up("15550009999", Customer.objects.get(pk=tenant.customer.pk))

    assert server.requests[0][1]["Authorization"] == f"Bearer {CRM_TOKEN}"
    assert told(str(said)) == told(logged(caplog)) == set()


def test_background_jobs_log_none(tenant, caplog):
    delete_old_deliveries(0)

    assert "Old deliveries deleted" in logged(caplog)
    assert told(logged(caplog)) == set()


def test_changing_keys_prints_none(tenant, settings, capsys):
    settings.FIELD_ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", FIELD_KEY]
    call_command("rotate_encryption_keys")

    printed = capsys.readouterr()
    assert "1 sealed with the newest key" in printed.out
    assert told(printed.out + printed.err, settings.FIELD_ENCRYPTION_KEYS[0]) == set()


# -- other processes


@pytest.mark.django_db(transaction=True)
def test_what_people_search_for_is_in_no_log_of_the_web(tmp_path):
    asked = [
        "/admin/personas/persona/?q=Wilhelmina",
        "/admin/calls/call/?q=%2B15557770100&brief__persona=Wilhelmina",
        "/admin/personas/phonenumber/routing-test/?dialed=%2B15557770100",
        "/admin/login/?next=/admin/calls/call/%3Fq%3D%252B15557770100",
        "/api/v1/calls?phone=%2B15557770100",
        "/nowhere/Wilhelmina/%2B15557770100",
    ]
    with gunicorn_running(tmp_path / "web.log") as web:
        statuses = {requests.get(web.url(path), timeout=30).status_code for path in asked}
    said = web.log.read_text()

    assert statuses == {200, 401, 404}
    assert "Listening at" in said
    assert not [word for word in ("Wilhelmina", "7770100", "GET /") if word in said]


def say(*words: str, **variables: str) -> str:
    """Run manage.py in a production full of secrets, and return all it says."""
    database = f"postgres://voice:{DATABASE_PASSWORD}@127.0.0.1:9/voice"
    secrets = PRODUCTION | PLANTED | {"FIELD_ENCRYPTION_KEYS": FIELD_KEY, "DATABASE_URL": database}
    livekit = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key"}
    environment = CLEAN | dict.fromkeys(setting_names(), "") | secrets | livekit | variables
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=project.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_check_before_going_live_tells_none():
    said = say("check", "--deploy", PERSONA_API_BASE="http://crm.example.org")

    assert "PERSONA_API_TOKEN travels unencrypted" in said
    assert told(said) == set()


def test_a_database_that_does_not_answer_is_named_without_its_password():
    said = say("rotate_encryption_keys")

    assert "127.0.0.1" in said
    assert told(said) == set()


@pytest.mark.parametrize(
    "variables",
    [
        {"FIELD_ENCRYPTION_KEYS": f"{FIELD_KEY},Planted-db-password-6625"},
        {"DATABASE_URL": f"mysql://voice:{DATABASE_PASSWORD}@db.example.org/x"},
        {
            "DATABASE_URL": f"postgres://voice:{DATABASE_PASSWORD}/1@db.example.org/x"
        },  # a / that is not written %2F ends the host
        {"DATABASE_URL": f"postgres://voice:{DATABASE_PASSWORD}@db.example.org:port/x"},
        {"PERSONA_API_BASE": f"ftp://voice:{DATABASE_PASSWORD}@crm.example.org/"},
        {"LIVEKIT_URL": f"livekit://:{DATABASE_PASSWORD}@livekit.example.org"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_a_setting_that_stops_the_start_is_named_without_the_secret_in_it(variables):
    said = start_with(**PRODUCTION | variables).stderr

    assert f"{next(iter(variables))}" in said
    assert "ImproperlyConfigured" in said
    assert told(said) == set()
