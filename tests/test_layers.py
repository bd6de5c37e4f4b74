"""Can each rule on the direction of imports fail? A wrong import is planted for each in a copy of the packages."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["voiceplatform", "personas", "campaigns", "calls", "transcripts", "agent_worker"]
LAYERS = "Each app imports only from those below it"
WORKER = "The worker meets Django in few places"
PURE = "Rules are pure"
ACYCLIC = "No folder imports one that imports it"
LIVEKIT = "LiveKit stays in the worker and in one gateway"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what import-linter reads."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static", "templates")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return Path(tmp_path)


def plant(checkout: Path, module: str, line: str) -> None:
    file = checkout / Path(*module.split(".")).with_suffix(".py")
    for folder in reversed(file.relative_to(checkout).parents[:-1]):
        (checkout / folder).mkdir(exist_ok=True)
        (checkout / folder / "__init__.py").touch()
    file.write_text(f"{line}\n" + (file.read_text() if file.exists() else ""))


def broken_contracts(checkout: Path) -> set[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    output = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False).stdout
    assert "Contracts:" in output, output  # it came as far as a verdict
    return {contract for contract in (LAYERS, WORKER, PURE, LIVEKIT, ACYCLIC) if f"{contract} BROKEN" in output}


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        (LAYERS, "personas.planted", "from calls import models"),
        (LAYERS, "voiceplatform.planted", "import personas"),
        (WORKER, "agent_worker.planted", "from django.conf import settings"),
        (WORKER, "agent_worker.voices.planted", "from calls.models import Call"),
        (PURE, "personas.answering.routing", "from django.conf import settings"),
        (PURE, "calls.brief", "from personas import models"),
        (LIVEKIT, "calls.planted", "from livekit import api"),
        (ACYCLIC, "calls.models.planted", "from calls.dispatch import waiting"),
    ],
    ids=lambda value: str(value).replace(" ", "_"),
)
def test_a_wrong_import_is_found(checkout, contract, module, line):
    plant(checkout, module, line)

    assert contract in broken_contracts(checkout)


@pytest.mark.parametrize(
    "module", ["agent_worker.database.planted", "agent_worker.bootstrap", "agent_worker.management.commands.planted"]
)
def test_where_the_worker_may_meet_django_it_may(checkout, module):
    plant(checkout, module, "from calls.models import Call")

    assert broken_contracts(checkout) == set()


def test_the_gateway_may_import_livekit(checkout):
    plant(checkout, "calls.livekit.gateway", "from livekit import api")

    assert broken_contracts(checkout) == set()
