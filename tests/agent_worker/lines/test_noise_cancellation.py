import subprocess
import sys

from django.conf import settings

# In a process of its own: the import starts threads, and stays loaded.
LOOK = """
import sys, agent_worker.entrypoint
print("livekit.plugins.noise_cancellation" in sys.modules)

from agent_worker.lines.room_line import telephony_noise_cancellation
ours = telephony_noise_cancellation()
from livekit.plugins.noise_cancellation import BVCTelephony
print(ours.options == BVCTelephony().options)
"""


def test_livekits_filter_for_telephone_lines_is_loaded_only_when_asked_for():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )

    loaded_unasked, is_the_telephone_filter = done.stdout.split()
    assert (loaded_unasked, is_the_telephone_filter) == ("False", "True")
