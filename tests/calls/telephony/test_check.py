"""What is read here and in LiveKit for the telephony check?"""

import pytest

from calls.livekit.telephony_facts import Failure, Kind, Password, RuleType
from calls.telephony.check import check, guess_webhook_address, read_ours, read_theirs
from tests.calls.telephony.rows import make_webhook, make_worker
from tests.conftest import make_number, make_trunk
from tests.fakes.livekit_api import Failure as Answer

pytestmark = pytest.mark.django_db


def test_what_is_stored_here_is_read():
    make_number("+15551230100")
    make_trunk(auth_username="us", auth_password="hunter2")
    gone = make_trunk("off", enabled=False)
    make_worker(draining=True)
    make_webhook()

    ours = read_ours(webhook_address="https://host/livekit-webhook")

    assert ours.numbers == ("+15551230100",)
    assert [(trunk.name, trunk.password) for trunk in ours.trunks] == [("carrier", Password.NOT_SENT)]
    assert (ours.other_uids, ours.workers, ours.taking_workers) == (frozenset({str(gone.uid)}), 1, 0)
    assert ours.last_webhook.endswith("(UTC)")


def test_a_password_that_no_key_opens_is_told_from_one_that_was_not_sent(settings):
    make_trunk(auth_username="us", auth_password="hunter2")
    settings.FIELD_ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    assert read_ours(webhook_address="").trunks[0].password is Password.UNREADABLE


def test_what_livekit_has_is_read(livekit):
    livekit.telephony.add_outbound("ST_b", name="b", transport=3, auth_password="hunter2")
    livekit.telephony.add_outbound("ST_a", name="a", transport=9)
    livekit.telephony.add_inbound("ST_in", numbers=["+15551230100"], auth_username="us")
    livekit.telephony.add_rule("SDR_1", trunk_ids=["ST_in"], hide_phone_number=True)

    theirs = read_theirs()

    assert [(trunk.id, trunk.transport) for trunk in theirs.outbound] == [("ST_a", "unknown"), ("ST_b", "tls")]
    assert theirs.inbound[0].has_auth
    assert (theirs.rules[0].type, theirs.rules[0].hides_number) == (RuleType.INDIVIDUAL, True)
    assert abs(theirs.clock_seconds or 0) < 2
    assert "hunter2" not in str(theirs)


def test_rules_of_other_types_are_read(livekit):
    from livekit import api

    direct = api.SIPDispatchRule(dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name="lobby", pin="1"))
    config = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name="them")])
    livekit.telephony.add_rule("SDR_1", rule=direct, room_config=config)
    livekit.telephony.add_rule("SDR_2", rule=api.SIPDispatchRule())

    first, second = read_theirs().rules

    assert (first.type, first.asks_pin, first.agents, first.room_prefix) == (RuleType.DIRECT, True, ("them",), "")
    assert second.type is RuleType.UNKNOWN


def test_a_clock_that_differs_is_noticed(livekit):
    livekit.clock_seconds = -90

    assert Kind.CLOCK_DIFFERS in {problem.kind for problem in check(webhook_address="").problems}


def test_a_livekit_that_is_not_there_is_said_without_an_exception(lonely_livekit):
    assert read_theirs().failure is Failure.UNREACHABLE


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer(status=401, code="unauthenticated", message="invalid token"), Failure.KEY_REFUSED),
        (Answer(status=403, code="permission_denied", message="no"), Failure.KEY_REFUSED),
        (Answer(status=400, code="failed_precondition", message="sip not connected"), Failure.LIST_REFUSED),
        (Answer(status=401, raw=b"<html>"), Failure.KEY_REFUSED),
    ],
)
def test_each_refusal_is_told_from_the_others(livekit, answer, failure):
    livekit.sip_failure = answer

    assert read_theirs().failure is failure


def test_a_proxys_empty_page_is_not_taken_for_a_livekit_without_trunks(livekit):
    livekit.is_something_else = True
    make_trunk()

    report = check(webhook_address="")

    assert read_theirs().failure is Failure.NOT_LIVEKIT
    assert report.changes == []


def test_a_livekit_that_hangs_is_given_up(livekit, monkeypatch):
    monkeypatch.setattr("calls.telephony.check.CHECK_SECONDS", 0.2)
    livekit.always = Answer(after_seconds=2)

    assert read_theirs().failure is Failure.UNREACHABLE


@pytest.mark.parametrize(
    ("debug", "hosts", "address"),
    [
        (True, ["localhost"], "http://127.0.0.1:8000/livekit-webhook"),
        (False, ["voice.example.com"], "https://voice.example.com/livekit-webhook"),
        (False, [".example.com"], "https://<host>/livekit-webhook"),
        (False, ["*"], "https://<host>/livekit-webhook"),
    ],
)
def test_the_webhook_address_is_guessed_from_the_settings(settings, debug, hosts, address):
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, hosts

    assert guess_webhook_address() == address
