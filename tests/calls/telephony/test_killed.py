"""Is nothing made twice when `check_telephony --apply` is killed after LiveKit did its part?"""

import subprocess

from calls.models import Trunk
from calls.telephony.changes import apply_changes
from calls.telephony.check import check
from tests.conftest import make_trunk
from tests.fakes.livekit_api import KEY, SECRET
from tests.telephony.processes import clean_environment, database_url, manage

ASKED_BY_CHECK = 4  # one request that verifies LiveKit, three lists


def test_a_killed_process_leaves_a_trunk_that_the_next_run_finds(committed, livekit):
    make_trunk(auth_username="us", auth_password="hunter2")
    address = {"LIVEKIT_URL": livekit.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    environment = clean_environment() | address | {"DATABASE_URL": database_url()}

    def kill_when_it_creates():
        if len(livekit.requests) == ASKED_BY_CHECK:
            killed.kill()
            killed.wait()

    livekit.before_answer = kill_when_it_creates
    with subprocess.Popen(
        [*manage("check_telephony"), "--apply"], env=environment, stdout=subprocess.DEVNULL
    ) as killed:
        killed.wait(60)
    livekit.before_answer = None

    assert killed.returncode == -9
    assert (len(livekit.telephony.outbound), Trunk.objects.get().livekit_id) == (1, "")

    apply_changes(check(webhook_address="").changes)

    assert [Trunk.objects.get().livekit_id] == list(livekit.telephony.outbound)
    assert check(webhook_address="").changes == []
