import subprocess
import sys

from django.conf import settings

LOADED = "livekit.plugins.noise_cancellation"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True).stdout.strip()


def test_the_filter_is_not_loaded_unless_it_is_asked_for():
    """In a process of its own: its import starts threads, and stays loaded."""
    assert run(f"import sys, agent_worker.entrypoint; print({LOADED!r} in sys.modules)") == "False"


def test_the_filter_for_telephone_lines_is_livekits():
    code = "from agent_worker.room_line import telephony_noise_cancellation as filter; print(filter().options)"

    assert run(f"import agent_worker.bootstrap; {code}") == run(
        "from livekit.plugins.noise_cancellation import BVCTelephony as f; print(f().options)"
    )
