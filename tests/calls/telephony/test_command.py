"""`manage.py check_telephony`: what it prints, and with which status it ends."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.calls.telephony.rows import make_webhook, make_worker
from tests.conftest import make_number, make_trunk
from tests.fakes.livekit_api import Failure

pytestmark = pytest.mark.django_db


def run(capsys, *options: str) -> tuple[int, str]:
    """Return the exit status and what was printed."""
    try:
        call_command("check_telephony", *options)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().out


@pytest.fixture
def installation(livekit):
    """Everything that stands outside LiveKit."""
    make_worker()
    make_webhook()
    make_number("+15551230100")
    make_trunk(auth_username="us", auth_password="hunter2")
    return livekit


def test_what_is_missing_is_printed_and_ends_with_1(installation, capsys):
    status, printed = run(capsys)

    assert status == 1
    assert "WARNING: Trunk “carrier” is not in LiveKit yet" in printed
    assert "ERROR: No inbound trunk in LiveKit accepts calls to +1 555 123 0100." in printed
    assert "run manage.py check_telephony --apply" in printed
    assert installation.telephony_changes == []


def test_apply_says_what_it_changes_changes_it_and_checks_again(installation, capsys):
    status, printed = run(capsys, "--apply")

    assert status == 0
    assert "Create outbound trunk “carrier” in LiveKit and store its ID." in printed
    assert printed.rstrip().endswith("No errors.")
    assert "hunter2" not in printed
    assert run(capsys)[0] == 0


def test_a_second_apply_changes_nothing(installation, capsys):
    run(capsys, "--apply")
    before = len(installation.telephony_changes)

    status, printed = run(capsys, "--apply")

    assert (status, len(installation.telephony_changes)) == (0, before)
    assert "Changes:" not in printed


def test_a_change_that_failed_ends_with_1(installation, capsys):
    def refuse():
        if len(installation.requests) == 4:  # the check asked four times
            installation.always = Failure(status=400, code="invalid_argument", message="no such address")

    installation.before_answer = refuse

    status, printed = run(capsys, "--apply")

    assert status == 1
    assert "no such address" in printed


def test_json_is_one_object(installation, capsys):
    status, printed = run(capsys, "--json", "--apply")

    said = json.loads(printed)
    assert (status, said["ok"], said["changes"], len(said["applied"])) == (0, True, [], 3)
    assert {"severity", "kind", "message", "remedy", "fixable", "subject", "id", "details"} == set(said["findings"][0])


def test_without_a_livekit_in_the_settings_it_ends_with_2(settings):
    settings.LIVEKIT_CONFIGURED = False

    with pytest.raises(CommandError, match="LIVEKIT_URL") as refused:
        call_command("check_telephony")
    assert refused.value.returncode == 2


def test_a_livekit_that_is_not_there_ends_with_1(lonely_livekit, capsys):
    status, printed = run(capsys)

    assert status == 1
    assert "ERROR: LiveKit does not answer at ws://127.0.0.1" in printed
