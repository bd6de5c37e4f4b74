"""The scripts in this directory, small: they look for losses themselves, and exit with 1 when they find one."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(300)]
HERE = Path(__file__).parent


def losses_of(script: str, *options: str) -> str:
    """Run the script; return what it says when it found a loss, "" when it found none."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *options], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_every_call_ends_right_whatever_comes_thrice_shuffled_late_or_never():
    assert losses_of("deliveries.py", "--deliveries", "500") == ""


def test_nothing_is_lost_when_every_web_process_is_killed():
    assert losses_of("deliveries.py", "--deliveries", "200", "--kill-web") == ""


def test_no_word_is_lost_when_postgresql_restarts_under_live_calls():
    assert losses_of("live_calls.py", "--calls", "10") == ""
