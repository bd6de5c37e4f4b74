"""What reaches LiveKit when changes are applied, and what is stored of it?"""

import threading

import pytest
from django.db import connection, connections

from calls.livekit.telephony_facts import MADE_HERE, Action
from calls.models import Trunk
from calls.telephony.changes import ApplyingError, apply_changes
from calls.telephony.check import check
from tests.conftest import make_number, make_trunk
from tests.fakes.livekit_api import Failure


def apply() -> list[str]:
    """Apply what a check plans, and return what could not be done."""
    return [each.error for each in apply_changes(check(webhook_address="").changes)]


def planned() -> list[Action]:
    return [change.action for change in check(webhook_address="").changes]


def test_everything_that_is_missing_is_made_once(db, livekit):
    make_number("+15551230100")
    trunk = make_trunk(address="192.0.2.1:5060", transport="tcp", auth_username="us", auth_password="hunter2")

    assert apply() == ["", "", ""]

    trunk.refresh_from_db()
    made = livekit.telephony.outbound[trunk.livekit_id]
    assert (made.address, made.transport, made.auth_username, made.auth_password) == (
        "192.0.2.1:5060",
        2,
        "us",
        "hunter2",
    )
    (inbound,) = livekit.telephony.inbound.values()
    assert (list(inbound.numbers), list(inbound.allowed_addresses)) == (["+15551230100"], ["192.0.2.1"])
    (rule,) = livekit.telephony.rules.values()
    assert (list(rule.trunk_ids), rule.name) == ([inbound.sip_trunk_id], MADE_HERE)
    assert rule.rule.dispatch_rule_individual.room_prefix == "call-"
    assert planned() == []


def test_the_password_is_in_no_change_and_no_history(db, livekit):
    trunk = make_trunk(auth_username="us", auth_password="hunter2")
    report = check(webhook_address="")

    apply_changes(report.changes)

    assert "hunter2" not in repr(report)
    assert not any("hunter2" in str(record.__dict__) for record in trunk.history.all())
    assert trunk.history.first().history_change_reason == "Check telephony"


def test_a_process_that_was_killed_before_it_stored_the_id_makes_nothing_twice(db, livekit):
    trunk = make_trunk(auth_username="us", auth_password="hunter2")
    apply()
    Trunk.objects.update(livekit_id="", sent_password="")

    assert planned() == [Action.UPDATE_OUTBOUND]
    apply()

    trunk.refresh_from_db()
    assert list(livekit.telephony.outbound) == [trunk.livekit_id]
    assert planned() == []


@pytest.mark.parametrize(("password", "sent"), [("new secret", "new secret"), ("", "")])
def test_a_changed_password_reaches_livekit(db, livekit, password, sent):
    trunk = make_trunk(auth_username="us", auth_password="hunter2")
    apply()
    trunk.refresh_from_db()
    trunk.auth_password = password
    trunk.save(update_fields=["auth_password"])

    assert planned() == [Action.UPDATE_OUTBOUND]
    apply()

    assert livekit.telephony.outbound[trunk.livekit_id].auth_password == sent
    assert planned() == []


def test_what_differs_is_updated_and_nothing_else(db, livekit):
    trunk = make_trunk(livekit_id="ST_1")
    livekit.telephony.add_outbound("ST_1", address="old.example.com", numbers=["+13125550100"], metadata="theirs")

    apply()

    (sent,) = [request for _, request in livekit.telephony_changes]
    assert [field.name for field, _ in sent.update.ListFields()] == ["address", "name"]
    assert livekit.telephony.outbound["ST_1"].address == trunk.address
    assert livekit.telephony.outbound["ST_1"].metadata == "theirs"


def test_a_refused_change_is_said_and_the_others_are_made(db, livekit):
    make_number("+15551230100")
    make_trunk("first", livekit_id="ST_1")
    second = make_trunk("second")
    livekit.telephony.add_outbound("ST_1", address="old.example.com", numbers=["+13125550100"])
    report = check(webhook_address="")
    livekit.failures = [Failure(status=400, code="invalid_argument", message="no such address")]

    errors = [each.error for each in apply_changes(report.changes)]

    assert "no such address" in errors[0]
    assert errors[1:] == ["", "", ""]
    second.refresh_from_db()
    assert second.livekit_id


def test_a_rule_is_not_made_without_its_trunk(db, livekit):
    make_number("+15551230100")
    report = check(webhook_address="")
    livekit.failures = [Failure(status=400, code="invalid_argument", message="conflicting")]

    errors = [each.error for each in apply_changes(report.changes)]

    assert "conflicting" in errors[0]
    assert "its inbound trunk was not created" in errors[1]
    assert livekit.telephony.rules == {}


def test_a_livekit_that_stops_answering_ends_it(db, livekit, monkeypatch):
    monkeypatch.setattr("calls.telephony.changes.CHANGE_SECONDS", 0.2)
    make_trunk("first")
    make_trunk("second")
    report = check(webhook_address="")
    livekit.always = Failure(after_seconds=1)

    first, second = apply_changes(report.changes)

    assert "No response" in first.error
    assert second.error == "Not tried: LiveKit took too long."


def test_a_trunk_that_was_deleted_meanwhile_is_said(db, livekit):
    trunk = make_trunk()
    report = check(webhook_address="")
    trunk.delete()

    assert [each.error for each in apply_changes(report.changes)] == ["The trunk was deleted or disabled meanwhile."]
    assert livekit.telephony.outbound == {}


def test_two_processes_do_not_apply_at_once(committed, livekit):
    make_trunk()
    changes = check(webhook_address="").changes
    held, refused = threading.Event(), []

    def apply_too():
        try:
            apply_changes(changes)
        except ApplyingError as error:
            refused.append(error)
        finally:
            connections.close_all()
            held.set()

    def begin():
        livekit.before_answer = None
        threading.Thread(target=apply_too).start()
        held.wait(5)

    livekit.before_answer = begin
    apply_changes(changes)

    assert len(refused) == 1
    assert len(livekit.telephony.outbound) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
