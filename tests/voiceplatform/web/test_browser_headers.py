"""What do browsers hear about our pages?"""

import os
import subprocess
import sys

import pytest
from django.conf import settings as project

from tests.voiceplatform.test_environment import CLEAN, PRODUCTION

pytestmark = pytest.mark.django_db


def policy_of(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("address", ["/admin/login/", "/health", "/livekit-webhook", "/nowhere"])
def test_every_answer_says_what_it_may_load_and_who_may_frame_it(client, address):
    policy = policy_of(client.get(address))

    assert (policy["default-src"], policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == (
        "'none'",
    ) * 4
    assert (policy["form-action"], policy["connect-src"]) == ("'self'", "'self'")


def test_no_script_stands_in_a_page(client):
    assert "unsafe-inline" not in policy_of(client.get("/admin/login/"))["script-src"]


def test_the_other_headers_are_there_too(client):
    headers = client.get("/admin/login/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert (
        headers["Referrer-Policy"]
        == headers["Cross-Origin-Opener-Policy"]
        == headers["Cross-Origin-Resource-Policy"]
        == "same-origin"
    )
    assert "microphone=()" in headers["Permissions-Policy"]


def test_another_host_name_is_refused(client, settings):
    settings.ALLOWED_HOSTS = ["voice.example.org"]

    assert client.get("/admin/login/", HTTP_HOST="evil.example.org").status_code == 400
    assert (
        client.get("/admin/login/", HTTP_HOST="voice.example.org", HTTP_X_FORWARDED_HOST="evil.example.org").status_code
        == 200
    )


def test_a_form_with_too_many_fields_is_refused(admin_client):
    assert (
        admin_client.post("/admin/personas/customer/add/", {f"field{n}": "" for n in range(2_100)}).status_code == 400
    )


PROBE = """
import django; django.setup()
from django.test import Client
from django.conf import settings
client = Client(HTTP_HOST="voice.example.org")
for address in ("/admin/login/", "/livekit-webhook", "/health", "/health/", "/health/process", "/metrics"):
    plain, tls = client.get(address), client.get(address, HTTP_X_FORWARDED_PROTO="https")
    print(address, plain.status_code == 301, "Strict-Transport-Security" in plain, tls.headers.get("Strict-Transport-Security"))
page = client.get("/admin/login/", HTTP_X_FORWARDED_PROTO="https")
cookie = page.cookies["csrftoken"]
session = settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE
print("cookie", cookie["secure"], cookie["samesite"], *session)
"""


@pytest.fixture(scope="module")
def in_production() -> list[str]:
    environment = (
        CLEAN
        | PRODUCTION
        | {"DJANGO_SETTINGS_MODULE": "voiceplatform.settings", "DATABASE_URL": "postgres://u:p@127.0.0.1:9/x"}
    )
    environment |= {"PYTHONWARNINGS": "ignore", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=project.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_in_production_pages_go_to_https_and_stay_there(in_production):
    assert "/admin/login/ True False max-age=31536000" in in_production


@pytest.mark.parametrize("address", ["/livekit-webhook", "/health", "/health/", "/health/process", "/metrics"])
def test_what_comes_from_inside_without_tls_is_answered(in_production, address):
    assert f"{address} False False max-age=31536000" in in_production


def test_in_production_cookies_travel_over_tls_only(in_production):
    assert "cookie True Lax True True Lax" in in_production
