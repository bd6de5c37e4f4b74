"""Does the played carrier do what a number says, and is its SIP node built when it has to be?"""

import os

import pytest

from calls.livekit.server_binary import MissingProgramError
from tests.telephony.carrier import Behaviour, Then, read_behaviour
from tests.telephony.sip_node_binary import find_sip_node


@pytest.mark.parametrize(
    ("number", "behaviour"),
    [
        ("+15550103200", Behaviour(ring_seconds=3)),
        ("+15550100211", Behaviour(hang_up_after=3.0)),
        ("+15550100212", Behaviour(hang_up_after=0.0)),
        ("+15550100998", Behaviour(then=Then.STAY_SILENT)),
        ("+15550100999", Behaviour(then=Then.KEEP_RINGING)),
        ("+15550112486", Behaviour(ring_seconds=12, then=486)),
    ],
)
def test_the_last_five_digits_say_what_a_number_does(number, behaviour):
    assert read_behaviour(number) == behaviour


def test_a_number_that_says_nothing_is_an_error():
    with pytest.raises(ValueError, match=r"carrier\.phones"):
        read_behaviour("+15550100002")


@pytest.mark.parametrize(
    ("behaviour", "rings"),
    [
        (Behaviour(), True),
        (Behaviour(then=Then.KEEP_RINGING), True),
        (Behaviour(then=Then.STAY_SILENT), False),
        (Behaviour(then=486), False),
        (Behaviour(then=486, ring_seconds=1), True),
    ],
)
def test_a_number_rings_unless_it_refuses_at_once_or_is_silent(behaviour, rings):
    assert behaviour.rings is rings


def test_a_node_of_other_sources_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "sipnode").touch(mode=0o755)
    (tmp_path / "sipnode.sources").write_text("other sources")
    monkeypatch.setenv("PATH", os.fspath(tmp_path))

    with pytest.raises(MissingProgramError, match="Go is not on the PATH"):
        find_sip_node(tmp_path)
