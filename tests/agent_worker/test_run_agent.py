import pytest
from django.core.management import CommandError, call_command


def test_without_livekit_it_says_what_to_set(settings):
    settings.LIVEKIT_CONFIGURED = False

    with pytest.raises(CommandError, match="LIVEKIT_URL is not set") as error:
        call_command("run_agent")

    assert error.value.returncode == 2


def test_a_worker_takes_at_least_one_call(settings):
    settings.LIVEKIT_CONFIGURED = True

    with pytest.raises(CommandError, match=r"--max-calls 0: must be 1 or more"):
        call_command("run_agent", "--max-calls=0")
