"""Does the rig of outbound calls work, and what does livekit-server say about each ending of a dial attempt?

livekit-api asks the real livekit-server, which asks the SIP node of the tests; nothing of the product is in it.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from livekit import api, rtc

from tests.telephony.calls_seen import until
from tests.telephony.carrier import BEEP_HZ, Behaviour, Then
from tests.telephony.phones import Phone
from tests.telephony.sound import tone

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]
OURS, ANA, BEN = "+15551230100", "+15550100001", "+15550100002"
HOST, ROOM, CALLEE = "sip.carrier.example", "outbound-rig", "callee"
SHORT = Behaviour(ring_seconds=0.2)
ENDLESS = Behaviour(then=Then.KEEP_RINGING)


@pytest.fixture(autouse=True)
def no_product(webhooks, monkeypatch):
    """Other tests leave our web running: it must not be told of these calls."""
    monkeypatch.setattr(webhooks, "target", "")


@pytest_asyncio.fixture(loop_scope="session")
async def trunk(carrier, livekit_api):
    """An outbound trunk that livekit-server keeps."""
    wanted = api.SIPOutboundTrunkInfo(name="rig", address="10.0.0.1:5060", numbers=[OURS], auth_username="ana")
    made = await livekit_api.sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=wanted))
    yield made
    await livekit_api.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=made.sip_trunk_id))


def dialing(number, *, room=ROOM, ringing_timeout=10, waits=True, **values):
    """Return a request with the trunk in it, unless one that livekit-server keeps is named."""
    if "sip_trunk_id" not in values:
        values = {"trunk": api.SIPOutboundConfig(hostname=HOST), "sip_number": OURS} | values
    request = api.CreateSIPParticipantRequest(
        sip_call_to=number, room_name=room, participant_identity=CALLEE, wait_until_answered=waits, **values
    )
    request.ringing_timeout.FromSeconds(ringing_timeout)
    return request


async def fail(livekit_api, request):
    """Return the error with which the dial attempt ends."""
    with pytest.raises(api.ServerError) as caught:
        await livekit_api.sip.create_sip_participant(request)
    return caught.value


async def left(webhooks, room=ROOM):
    """Return (disconnect reason, last call status) that the webhook reports of the callee."""

    async def is_reported():
        return bool(webhooks.named("participant_left", room))

    await until(is_reported)
    participant = json.loads(webhooks.named("participant_left", room)[0].body)["participant"]
    return participant["disconnectReason"], participant["attributes"]["sip.callStatus"]


@asynccontextmanager
async def agent_in_room(livekit):
    """Be in the room as an agent is: it hears and speaks, and sees who comes and goes."""
    agent = Phone(number="agent", room_name=ROOM)
    token = api.AccessToken(livekit.keys.api_key, livekit.keys.api_secret).with_identity("agent")
    grants = api.VideoGrants(room_join=True, room=ROOM, can_update_own_metadata=True)
    await agent.join(livekit.url, token.with_grants(grants).to_jwt())
    try:
        yield agent
    finally:
        await agent.put_away()


# -- what reaches the SIP node ----------------------------------------------------------------------------------------


async def test_a_trunk_that_livekit_keeps(carrier, livekit_api, trunk):
    said = await livekit_api.sip.create_sip_participant(dialing("+15550100200", sip_trunk_id=trunk.sip_trunk_id))

    [dial] = carrier.dialed
    assert (said.participant_identity, said.sip_call_id, said.room_name) == (CALLEE, dial.call_id, ROOM)
    assert (dial.trunk_id, dial.trunk_host, dial.caller_id) == (trunk.sip_trunk_id, "10.0.0.1:5060", OURS)
    assert (dial.username, dial.number, dial.identity) == ("ana", "+15550100200", CALLEE)


async def test_a_trunk_in_the_request_needs_no_trunk_in_livekit(carrier, livekit_api):
    carrier.phones[ANA] = SHORT
    about = {"participant_attributes": {"call": "7"}, "headers": {"X-Call": "7"}, "participant_metadata": "seven"}

    await livekit_api.sip.create_sip_participant(dialing(ANA, ringing_timeout=25, **about))

    [dial] = carrier.dials_of(ANA)
    assert (dial.trunk_id, dial.trunk_host, dial.caller_id) == ("", HOST, OURS)
    assert (dial.headers, dial.metadata, dial.ringing_timeout, dial.waits) == ({"X-Call": "7"}, "seven", 25.0, True)
    assert time.time() - dial.at < 10


async def test_a_trunk_in_the_request_names_no_number_of_its_own(carrier, livekit_api):
    error = await fail(livekit_api, dialing(ANA, sip_number=""))

    assert (error.code, error.status) == ("failed_precondition", 412)
    assert "no numbers on outbound trunk" in error.message
    assert carrier.dialed == []


async def test_the_trunk_that_livekit_keeps_wins_over_the_one_in_the_request(carrier, livekit_api, trunk):
    carrier.phones[ANA] = SHORT

    inline = api.SIPOutboundConfig(hostname=HOST)
    await livekit_api.sip.create_sip_participant(dialing(ANA, sip_trunk_id=trunk.sip_trunk_id, trunk=inline))

    assert carrier.dialed[0].trunk_host == "10.0.0.1:5060"


async def test_an_unknown_trunk(carrier, livekit_api):
    error = await fail(livekit_api, dialing(ANA, sip_trunk_id="ST_none"))

    assert (error.code, error.status) == ("not_found", 404)
    assert carrier.dialed == []


# -- answered ---------------------------------------------------------------------------------------------------------


async def test_an_answered_call_has_what_livekit_sip_says_about_it(carrier, livekit_api, livekit):
    carrier.phones[ANA] = SHORT
    async with agent_in_room(livekit) as agent:
        await livekit_api.sip.create_sip_participant(dialing(ANA))

        callee = agent.room.remote_participants[CALLEE]
        assert callee.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        assert callee.attributes == {
            "sip.callID": carrier.dialed[0].call_id,
            "sip.callStatus": "active",
            "sip.hostname": HOST,
            "sip.phoneNumber": ANA,
            "sip.trunkID": "",  # of a trunk in the request
            "sip.trunkPhoneNumber": OURS,
        }


async def test_the_call_status_goes_from_dialing_to_hangup(carrier, livekit_api, livekit, webhooks):
    carrier.phones[ANA] = Behaviour(ring_seconds=0.2, hang_up_after=0.3)
    joined, seen, reasons = [], [], []
    async with agent_in_room(livekit) as agent:
        agent.room.on("participant_connected", lambda callee: joined.append(callee.attributes["sip.callStatus"]))
        agent.room.on("participant_attributes_changed", lambda changed, who: seen.append((who.identity, changed)))
        agent.room.on("participant_disconnected", lambda callee: reasons.append(callee.disconnect_reason))
        await livekit_api.sip.create_sip_participant(dialing(ANA))

        assert await left(webhooks) == ("CLIENT_INITIATED", "hangup")

    assert joined == ["dialing"]
    assert [changed["sip.callStatus"] for who, changed in seen if who == CALLEE] == ["ringing", "active", "hangup"]
    assert reasons == [rtc.DisconnectReason.CLIENT_INITIATED]


async def test_a_called_phone_hears_nothing_before_it_answers(carrier, livekit_api, livekit):
    carrier.phones[ANA] = ENDLESS
    async with agent_in_room(livekit) as agent:
        waiting = asyncio.create_task(livekit_api.sip.create_sip_participant(dialing(ANA)))
        phone = (await carrier.until_ringing(ANA)).phone
        await agent.say(tone(0.5, 400))
        assert phone.heard == []

        phone.pick_up()
        await waiting
        await agent.say(tone(1.0, 400))
        await phone.until_it_hears(400)


async def test_a_voicemail_speaks_and_beeps(carrier, livekit_api, livekit):
    async with agent_in_room(livekit) as agent:
        await livekit_api.sip.create_sip_participant(dialing("+15550100777"))

        await agent.until_it_hears(BEEP_HZ)

        assert agent.seconds_of_anything_but(BEEP_HZ) > 1


async def test_two_at_once(carrier, livekit_api):
    carrier.phones |= {ANA: ENDLESS, BEN: Behaviour(ring_seconds=0.2, then=486)}
    waiting = asyncio.create_task(livekit_api.sip.create_sip_participant(dialing(ANA, room="one")))
    await carrier.until_ringing(ANA)

    assert (await fail(livekit_api, dialing(BEN, room="two"))).sip_status_code == 486
    carrier.dials_of(ANA)[0].phone.pick_up()

    assert (await waiting).room_name == "one"


# -- not answered -----------------------------------------------------------------------------------------------------

REFUSALS = {  # SIP status: twirp code, HTTP status, disconnect reason
    400: ("invalid_argument", 400, "USER_REJECTED"),
    403: ("permission_denied", 403, "USER_REJECTED"),
    404: ("not_found", 404, "USER_UNAVAILABLE"),
    408: ("deadline_exceeded", 408, "USER_UNAVAILABLE"),
    480: ("resource_exhausted", 429, "USER_UNAVAILABLE"),
    484: ("invalid_argument", 400, "USER_REJECTED"),
    486: ("resource_exhausted", 429, "USER_REJECTED"),
    487: ("aborted", 409, "USER_REJECTED"),
    488: ("invalid_argument", 400, "USER_REJECTED"),
    500: ("failed_precondition", 412, "CLIENT_INITIATED"),
    503: ("failed_precondition", 412, "CLIENT_INITIATED"),
    504: ("deadline_exceeded", 408, "CLIENT_INITIATED"),
    600: ("resource_exhausted", 429, "USER_REJECTED"),
    603: ("permission_denied", 403, "USER_REJECTED"),
    604: ("not_found", 404, "CLIENT_INITIATED"),
    607: ("permission_denied", 403, "USER_REJECTED"),
    608: ("permission_denied", 403, "USER_REJECTED"),
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal(carrier, livekit_api, webhooks, status):
    code, http_status, reason = REFUSALS[status]
    carrier.phones[ANA] = Behaviour(ring_seconds=0.1, then=status, phrase="So it is")

    error = await fail(livekit_api, dialing(ANA))

    assert isinstance(error, api.SipCallError)
    assert (error.sip_status_code, error.sip_status) == (status, "So it is")
    assert (error.code, error.status) == (code, http_status)
    assert await left(webhooks) == (reason, "ringing")


async def test_a_refusal_before_any_ringing(carrier, livekit_api, webhooks):
    assert (await fail(livekit_api, dialing("+15550100404"))).sip_status_code == 404

    assert await left(webhooks) == ("USER_UNAVAILABLE", "dialing")


async def test_a_trunk_that_asks_for_a_password(carrier, livekit_api, webhooks):
    error = await fail(livekit_api, dialing("+15550100407"))

    assert (type(error), error.code, error.status) == (api.ServerError, "failed_precondition", 412)
    assert await left(webhooks) == ("USER_REJECTED", "dialing")


async def test_a_busy_carrier(carrier, livekit_api):
    carrier.phones[ANA] = SHORT
    carrier.refuse_next(503, times=2)

    refused = [(await fail(livekit_api, dialing(ANA, room=f"busy-{n}"))).sip_status_code for n in range(2)]
    await livekit_api.sip.create_sip_participant(dialing(ANA, room="free"))

    assert refused == [503, 503]
    assert len(carrier.dials_of(ANA)) == 3


@pytest.mark.parametrize(("number", "status"), [("+15550100999", "ringing"), ("+15550100998", "dialing")])
async def test_no_answer_and_a_silent_trunk(carrier, livekit_api, webhooks, number, status):
    """The two differ in the call status only."""
    error = await fail(livekit_api, dialing(number, ringing_timeout=1))

    assert (type(error), error.code, error.status) == (api.ServerError, "canceled", 408)
    assert "sip request timed out" in error.message
    assert await left(webhooks) == ("USER_UNAVAILABLE", status)


async def test_the_room_is_deleted_while_it_rings(carrier, livekit_api, webhooks):
    carrier.phones[ANA] = ENDLESS
    failing = asyncio.create_task(fail(livekit_api, dialing(ANA)))
    await carrier.until_ringing(ANA)

    await livekit_api.room.delete_room(api.DeleteRoomRequest(room=ROOM))

    error = await failing
    assert (type(error), error.code, error.status) == (api.ServerError, "canceled", 408)
    assert await left(webhooks) == ("ROOM_DELETED", "ringing")


async def test_the_phone_is_removed_while_it_rings(carrier, livekit_api, webhooks):
    carrier.phones[ANA] = ENDLESS
    failing = asyncio.create_task(fail(livekit_api, dialing(ANA)))
    await carrier.until_ringing(ANA)

    await livekit_api.room.remove_participant(api.RoomParticipantIdentity(room=ROOM, identity=CALLEE))

    assert (await failing).code == "canceled"
    assert await left(webhooks) == ("PARTICIPANT_REMOVED", "ringing")


async def test_without_waiting_only_the_leaving_tells(carrier, livekit_api, webhooks):
    carrier.phones[ANA] = Behaviour(ring_seconds=0.3, then=486)

    said = await livekit_api.sip.create_sip_participant(dialing(ANA, waits=False))

    assert said.sip_call_id == carrier.dialed[0].call_id
    assert await left(webhooks) == ("USER_REJECTED", "ringing")


# -- what breaks ------------------------------------------------------------------------------------------------------


async def test_the_phone_rings_on_when_the_client_has_gone(carrier, livekit_api):
    carrier.phones[ANA] = ENDLESS
    waiting = asyncio.create_task(livekit_api.sip.create_sip_participant(dialing(ANA)))
    phone = (await carrier.until_ringing(ANA)).phone

    waiting.cancel()
    await asyncio.sleep(1)

    assert (phone.statuses[-1], phone.gone.is_set()) == ("ringing", False)
    phone.pick_up()
    await carrier.until_answered(ANA)


async def test_without_a_sip_node_the_request_fails_within_seconds(carrier, sip_node, livekit_api):
    await sip_node.stop()

    async with asyncio.timeout(5):
        error = await fail(livekit_api, dialing(ANA))

    assert (type(error), error.code, error.status) == (api.ServerError, "unavailable", 503)
    assert "no response from servers" in error.message


async def test_a_sip_node_that_dies_leaves_the_client_to_its_own_timeout(carrier, sip_node, livekit_api):
    carrier.phones[ANA] = ENDLESS
    waiting = asyncio.create_task(livekit_api.sip.create_sip_participant(dialing(ANA, ringing_timeout=1)))
    await carrier.until_ringing(ANA)

    await sip_node.kill()

    with pytest.raises(TimeoutError):
        await waiting


async def test_a_number_that_says_nothing_fails_the_test(carrier, livekit_api):
    assert (await fail(livekit_api, dialing(ANA))).code == "internal"

    with pytest.raises(ExceptionGroup) as caught:
        await carrier.reset()
    assert caught.group_contains(ValueError, match="give it a Behaviour")


# -- transfers --------------------------------------------------------------------------------------------------------


async def test_a_transfer(carrier, livekit_api):
    carrier.phones[ANA] = SHORT
    await livekit_api.sip.create_sip_participant(dialing(ANA))

    wanted = api.TransferSIPParticipantRequest(participant_identity=CALLEE, room_name=ROOM, transfer_to=f"tel:{BEN}")
    await livekit_api.sip.transfer_sip_participant(wanted)

    assert [asked["transfer_to"] for asked in carrier.transfers] == [f"tel:{BEN}"]


async def test_a_refused_transfer(carrier, livekit_api):
    carrier.phones[ANA] = SHORT
    carrier.transfer_answer = {"sip_status": 603, "reason": "Decline"}
    await livekit_api.sip.create_sip_participant(dialing(ANA))

    wanted = api.TransferSIPParticipantRequest(participant_identity=CALLEE, room_name=ROOM, transfer_to=f"tel:{BEN}")
    with pytest.raises(api.SipCallError) as caught:
        await livekit_api.sip.transfer_sip_participant(wanted)

    assert caught.value.sip_status_code == 603
    assert not carrier.dialed[0].phone.gone.is_set()
