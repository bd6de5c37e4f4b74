"""What is done when a participant joined a room, case by case."""

import pytest

from calls.inbound.joined import Decision, Joined, KnownCall, Stay, decide


def known(stay: Stay = Stay.SAME, *, is_inbound: bool = True, has_ended: bool = False) -> KnownCall:
    return KnownCall(is_inbound=is_inbound, has_ended=has_ended, stay=stay)


@pytest.mark.parametrize(
    ("joined", "decision"),
    [
        ({"is_phone": False, "is_calling_us": False}, Decision.IGNORE_PARTICIPANT),
        ({"is_phone": False, "is_calling_us": False, "call": known()}, Decision.IGNORE_PARTICIPANT),
        # no call yet
        ({}, Decision.OPEN),
        ({"is_calling_us": False}, Decision.IGNORE_OUTBOUND),
        # a call that we placed, or a test call
        ({"call": known(is_inbound=False)}, Decision.IGNORE_OUTBOUND),
        ({"call": known(Stay.OTHER, is_inbound=False)}, Decision.IGNORE_OUTBOUND),
        ({"call": known(Stay.UNKNOWN, is_inbound=False)}, Decision.FOLLOW_DIALED),
        ({"call": known(Stay.RETURNED, is_inbound=False)}, Decision.FOLLOW_DIALED),
        ({"call": known(Stay.UNKNOWN, is_inbound=False, has_ended=True)}, Decision.IGNORE_OUTBOUND),
        ({"call": known(is_inbound=False, has_ended=True)}, Decision.IGNORE_OUTBOUND),
        # an inbound call
        ({"call": known(Stay.SAME)}, Decision.REQUEST_AGENT),
        ({"call": known(Stay.UNKNOWN)}, Decision.FOLLOW),
        ({"call": known(Stay.RETURNED)}, Decision.FOLLOW),
        ({"call": known(Stay.OTHER)}, Decision.IGNORE_OTHER_PHONE),
        # its phone left before
        ({"call": known(Stay.SAME), "has_left": True}, Decision.ABANDON),
        ({"call": known(Stay.UNKNOWN), "has_left": True}, Decision.IGNORE_OTHER_PHONE),
        ({"call": known(Stay.RETURNED), "has_left": True}, Decision.IGNORE_OTHER_PHONE),
        ({"call": known(Stay.OTHER), "has_left": True}, Decision.IGNORE_OTHER_PHONE),
        # a call that has ended
        ({"call": known(Stay.SAME, has_ended=True)}, Decision.IGNORE_ENDED),
        ({"call": known(Stay.UNKNOWN, has_ended=True)}, Decision.IGNORE_ENDED),
        ({"call": known(Stay.RETURNED, has_ended=True)}, Decision.REFUSE_REUSED_ROOM),
        ({"call": known(Stay.OTHER, has_ended=True)}, Decision.REFUSE_REUSED_ROOM),
    ],
)
def test_what_is_done_when_a_participant_joined(joined, decision):
    assert decide(Joined(**{"is_phone": True, "is_calling_us": True, "call": None, **joined})) is decision
