"""Does a wrong setting stop the start with its name, its value and what is allowed?"""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tests.setting_names import setting_names
from voiceplatform.environment import Environment, require_fernet_keys

PRODUCTION = {
    "DEBUG": "False",
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgres://user:password@db.example.org/voice",
    "ALLOWED_HOSTS": "voice.example.org",
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name in {"PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "PYTHONPYCACHEPREFIX"}
}


@pytest.fixture
def setting(monkeypatch):
    """Set variables and return the reader."""

    def set_and_read(**variables: str) -> Environment:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Environment()

    return set_and_read


def start_with(**variables: str) -> subprocess.CompletedProcess[str]:
    """Import the settings as every process does first.

    What is empty here cannot come from a developer's .env either.
    """
    nothing = dict.fromkeys(setting_names(), "")
    command = [sys.executable, "-c", "import voiceplatform.settings"]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=CLEAN | nothing | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("read", "value", "allowed"),
    [
        (lambda env: env.flag("X", default=True), "maybe", "True or False"),
        (lambda env: env.number("X", default=2, low=0.1, high=10), "soon", "a number from 0.1 to 10"),
        (lambda env: env.number("X", default=2, low=0.1, high=10), "11", "a number from 0.1 to 10"),
        (lambda env: env.number("X", default=2, low=0.1, high=10), "nan", "a number from 0.1 to 10"),
        (lambda env: env.choice("X", ["google", "offline"], default="offline"), "Google", "google or offline"),
        (lambda env: env.url("X", ["ws", "wss"]), "livekit.example.org", "a URL beginning with ws:// or wss://"),
        (lambda env: env.url("X", ["https"]), "https://", "a URL beginning with https://"),
    ],
)
def test_a_wrong_value_is_refused_with_name_value_and_what_is_allowed(setting, read, value, allowed):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(setting(X=value))

    assert (
        str(refused.value) == f"X={value!r} is not allowed: it must be {allowed}. Change it in the environment or .env."
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("True", True), ("1", True), ("on", True), ("false", False), ("NO", False), ("", True)]
)
def test_a_flag_is_read_as_people_write_it(setting, written, meant):
    assert setting(X=written).flag("X", default=True) is meant


def test_a_number_of_seconds_may_have_a_fraction(setting):
    assert setting(X="2.5").number("X", default=1, low=0, high=10) == 2.5


def test_a_list_has_no_empty_parts(setting):
    assert setting(X=" a.org, ,b.org,").words("X") == ["a.org", "b.org"]


def test_a_secret_may_come_from_a_file(setting, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")

    assert setting(X_FILE=str(tmp_path / "secret")).text("X") == "s3cret"


def test_a_secret_file_that_cannot_be_read_is_named(setting, tmp_path):
    with pytest.raises(
        ImproperlyConfigured, match=r"X_FILE='.*/gone' is not allowed: it must be a readable file \(No such file"
    ):
        setting(X_FILE=str(tmp_path / "gone")).text("X")


def test_what_is_required_may_come_from_a_file_too(setting, tmp_path):
    (tmp_path / "secret").write_text("s3cret")

    read = setting(X_FILE=str(tmp_path / "secret"))

    read.required(["X"], because="here")  # raises when it is missing
    assert read.text("X") == "s3cret"


def test_everything_that_is_missing_is_named_at_once(setting):
    with pytest.raises(
        ImproperlyConfigured, match=r"^X_ONE, X_TWO not set: required here\. Set them in the environment or \.env"
    ):
        setting().required(["X_ONE", "X_TWO"], because="here")


def test_a_dotenv_file_stands_in_for_the_environment(setting, tmp_path, monkeypatch):
    monkeypatch.setenv("X_SET", "environment")
    monkeypatch.delenv("X_UNSET", raising=False)
    (tmp_path / ".env").write_text("X_SET=file\nX_UNSET=file\n")

    env = Environment(tmp_path / ".env")

    assert (env.text("X_SET"), env.text("X_UNSET")) == ("environment", "file")
    monkeypatch.delenv("X_UNSET")


def test_a_complete_production_environment_starts():
    started = start_with(**PRODUCTION)

    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "FIELD_ENCRYPTION_KEYS"])
def test_production_does_not_start_without(missing):
    started = start_with(**{name: value for name, value in PRODUCTION.items() if name != missing})

    assert started.returncode == 1
    assert f"ImproperlyConfigured: {missing} not set: required when DEBUG is False." in started.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (PRODUCTION | {"DEFAULT_CALLER": "+15550100001"}, "DEFAULT_CALLER is for testing: unset it"),
        (
            PRODUCTION | {"DATABASE_URL": "mysql://u:secret@db.example.org/x"},
            "it must be a URL beginning with postgres://",
        ),
        (
            {"LIVEKIT_URL": "ws://127.0.0.1:7880"},
            "LIVEKIT_API_KEY, LIVEKIT_API_SECRET not set: required when LIVEKIT_URL is set.",
        ),
        ({"VOICE_PROVIDER": "google"}, "GOOGLE_API_KEY not set: required when VOICE_PROVIDER is google."),
        ({"VOICE_PROVIDER": "robot"}, "VOICE_PROVIDER='robot' is not allowed: it must be google or offline."),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:20],
)
def test_settings_that_contradict_each_other_stop_the_start(variables, said):
    started = start_with(**variables)

    assert started.returncode == 1
    assert said in started.stderr


def test_a_refused_database_url_does_not_show_its_password():
    started = start_with(**PRODUCTION | {"DATABASE_URL": "mysql://user:hunter2@db.example.org/x"})

    assert "hunter2" not in started.stderr


@pytest.mark.parametrize("wrong", ["hunter2hunter2", "x" * 44, "ü" * 44, "MDEyMzQ1Njc4OWFiY2RlZg=="])
def test_a_key_that_cannot_encrypt_stops_the_start_and_is_not_shown(wrong):
    started = start_with(**PRODUCTION | {"FIELD_ENCRYPTION_KEYS": f"{PRODUCTION['FIELD_ENCRYPTION_KEYS']},{wrong}"})

    assert started.returncode == 1
    assert (
        "FIELD_ENCRYPTION_KEYS: key 2 of 2 is not allowed: a key is 32 random bytes in url-safe base64"
        in started.stderr
    )
    assert wrong not in started.stderr


def test_the_way_to_make_a_key_that_the_error_names_makes_one():
    made = subprocess.run(
        [sys.executable, "-c", "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert require_fernet_keys("X", [made.stdout.strip()]) == [made.stdout.strip()]
