"""Does `manage.py check_telephony --apply` set up a real livekit-server, and notice what is changed there later?"""

import asyncio
import json

import pytest
from django.core.management import call_command
from livekit import api

from calls.livekit import gateway
from calls.livekit.telephony_facts import Kind
from calls.models import Trunk
from tests.calls.telephony.rows import make_webhook, make_worker
from tests.conftest import make_number, make_trunk

pytestmark = [pytest.mark.livekit, pytest.mark.django_db]
CLINIC = "+15551230100"


class Real:
    """LiveKit as a person with its key sees and changes it."""

    def __init__(self, livekit) -> None:
        self.address = (livekit.url, livekit.keys.api_key, livekit.keys.api_secret)

    def ask(self, asking):
        async def run():
            async with api.LiveKitAPI(*self.address) as client:
                return await asking(client.sip)

        return asyncio.run(run())

    def outbound(self):
        return list(self.ask(lambda sip: sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items)

    def inbound(self):
        return list(self.ask(lambda sip: sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items)

    def rules(self):
        return list(self.ask(lambda sip: sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items)

    def delete_trunk(self, trunk_id: str) -> None:
        self.ask(lambda sip: sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id)))

    def delete_rule(self, rule_id: str) -> None:
        self.ask(lambda sip: sip.delete_dispatch_rule(api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id)))

    def clear(self) -> None:
        for rule in self.rules():
            self.delete_rule(rule.sip_dispatch_rule_id)
        for trunk in [*self.outbound(), *self.inbound()]:
            self.delete_trunk(trunk.sip_trunk_id)


@pytest.fixture
def real(livekit, settings):
    """The rig's LiveKit without trunks and rules, before and after, and settings that name it."""
    settings.LIVEKIT_URL, settings.LIVEKIT_CONFIGURED = livekit.url, True
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = livekit.keys.api_key, livekit.keys.api_secret
    seen = Real(livekit)
    seen.clear()
    yield seen
    seen.clear()
    gateway.close()


@pytest.fixture
def carrier(real) -> Trunk:
    """An installation with a number, a trunk, a worker and a webhook that came."""
    make_worker()
    make_webhook()
    make_number(CLINIC)
    return make_trunk(
        address="192.0.2.1:5060",
        transport="tcp",
        numbers=[CLINIC, "+13125550100"],
        auth_username="us",
        auth_password="hunter2",
    )


@pytest.fixture
def check(capsys):
    """Run the command, and return its exit status, the kinds of what was found, and what was changed."""

    def run(*options: str) -> tuple[int, set[Kind], list[str]]:
        status = 0
        try:
            call_command("check_telephony", "--json", *options)
        except SystemExit as end:
            status = int(end.code or 0)
        said = json.loads(capsys.readouterr().out)
        found = {Kind(finding["kind"]) for finding in said["findings"]} - {Kind.WEBHOOK_ADDRESS}
        assert not [each for each in said["applied"] if each["error"]]
        return status, found, [each["change"] for each in said["applied"]]

    return run


def test_an_empty_livekit_is_set_up_once(real, carrier, check):
    assert check() == (1, {Kind.NUMBER_NOT_COVERED, Kind.TRUNK_NOT_MADE}, [])

    status, found, changes = check("--apply")
    assert (status, found, len(changes)) == (0, set(), 3)

    carrier.refresh_from_db()
    (outbound,), (inbound,), (rule,) = real.outbound(), real.inbound(), real.rules()
    assert outbound.sip_trunk_id == carrier.livekit_id
    assert (outbound.address, outbound.transport, list(outbound.numbers)) == (carrier.address, 2, carrier.numbers)
    assert (outbound.auth_username, outbound.auth_password) == ("us", "hunter2")
    assert (list(inbound.numbers), list(inbound.allowed_addresses)) == ([CLINIC], ["192.0.2.1"])
    assert list(rule.trunk_ids) == [inbound.sip_trunk_id]
    assert rule.rule.dispatch_rule_individual.room_prefix == "call-"

    assert check("--apply") == (0, set(), [])
    assert (real.outbound(), real.inbound(), real.rules()) == ([outbound], [inbound], [rule])


def test_a_trunk_that_was_deleted_in_livekit_is_made_again(real, carrier, check):
    check("--apply")
    carrier.refresh_from_db()
    real.delete_trunk(carrier.livekit_id)

    assert check()[:2] == (1, {Kind.TRUNK_GONE})
    assert check("--apply")[:2] == (0, set())

    (made,) = real.outbound()
    carrier.refresh_from_db()
    assert (made.sip_trunk_id, made.auth_password) == (carrier.livekit_id, "hunter2")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "198.51.100.7"),
        ("transport", "udp"),
        ("numbers", ["+13125550199"]),
    ],
)
def test_what_is_changed_here_reaches_livekit(real, carrier, check, field, value):
    check("--apply")
    carrier.refresh_from_db()
    setattr(carrier, field, value)
    carrier.save(update_fields=[field])

    assert check()[:2] == (1, {Kind.TRUNK_DIFFERS})
    assert check("--apply")[:2] == (0, set())
    (outbound,) = real.outbound()
    assert outbound.auth_password == "hunter2"


@pytest.mark.parametrize(("username", "password"), [("us", "new"), ("them", "new"), ("us", ""), ("", "")])
def test_changed_credentials_reach_livekit(real, carrier, check, username, password):
    check("--apply")
    carrier.refresh_from_db()
    carrier.auth_username, carrier.auth_password = username, password
    carrier.save(update_fields=["auth_username", "auth_password"])

    assert check()[0] == 1
    assert check("--apply")[:2] == (0, set())
    (outbound,) = real.outbound()
    assert (outbound.auth_username, outbound.auth_password) == (username, password)


def test_an_id_that_was_not_stored_is_found_again(real, carrier, check):
    check("--apply")
    Trunk.objects.update(livekit_id="", sent_password="")

    assert check("--apply")[:2] == (0, set())
    (outbound,) = real.outbound()
    carrier.refresh_from_db()
    assert carrier.livekit_id == outbound.sip_trunk_id


def test_a_further_number_goes_to_the_same_trunk_and_rule(real, carrier, check):
    check("--apply")
    make_number("+15551230101")

    assert check()[:2] == (1, {Kind.NUMBER_NOT_COVERED})
    assert check("--apply")[:2] == (0, set())
    (inbound,) = real.inbound()
    assert sorted(inbound.numbers) == [CLINIC, "+15551230101"]
    assert len(real.rules()) == 1


def test_a_rule_that_was_deleted_is_made_again_for_the_same_trunk(real, carrier, check):
    check("--apply")
    (rule,) = real.rules()
    real.delete_rule(rule.sip_dispatch_rule_id)

    assert check()[:2] == (1, {Kind.INBOUND_WITHOUT_RULE})
    assert check("--apply")[:2] == (0, set())
    assert [list(made.trunk_ids) for made in real.rules()] == [list(rule.trunk_ids)]


def test_a_direct_rule_without_trunks_is_reported_and_left_alone(real, carrier, check):
    check("--apply")
    direct = api.SIPDispatchRule(dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name="lobby"))
    info = api.SIPDispatchRuleInfo(rule=direct, name="lobby")
    real.ask(lambda sip: sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=info)))
    before = sorted(rule.sip_dispatch_rule_id for rule in real.rules())

    status, found, changes = check("--apply")

    assert (status, changes) == (1, [])
    assert found == {Kind.RULE_WITHOUT_TRUNKS, Kind.RULE_NOT_INDIVIDUAL}
    assert sorted(rule.sip_dispatch_rule_id for rule in real.rules()) == before


def test_trunks_of_others_are_left_alone(real, carrier, check):
    theirs = api.SIPOutboundTrunkInfo(name="carrier", address="192.0.2.99", numbers=["+13125550155"])
    made = real.ask(lambda sip: sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=theirs)))

    status, found, _ = check("--apply")

    assert (status, found) == (0, {Kind.SAME_NAME})
    assert [trunk for trunk in real.outbound() if trunk.sip_trunk_id == made.sip_trunk_id] == [made]


def test_a_wrong_key_is_said(real, carrier, check, settings):
    settings.LIVEKIT_API_SECRET = "wrong" * 8

    assert check("--apply") == (1, {Kind.KEY_REFUSED}, [])
