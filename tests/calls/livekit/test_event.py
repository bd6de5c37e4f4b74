"""What LiveKit tells us, read from JSON that may hold anything."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.livekit.event import NotAnEventError, read_event, storable
from tests.calls.webhook_events import PHONE_SID, ROOM, ROOM_SID, joined, left, phone

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_an_event_tells_room_participant_and_reason():
    event = read_event(left(reason="ROOM_DELETED"))

    assert event.participant is not None
    assert (event.name, event.room_name, event.room_sid) == ("participant_left", ROOM, ROOM_SID)
    assert (event.participant.sid, event.participant.disconnect_reason, event.participant.joined_at_ms) == (
        PHONE_SID,
        "ROOM_DELETED",
        1795225006120,
    )


@pytest.mark.parametrize(
    "data", [[], None, 7, "text", {}, {"event": "x"}, {"id": "x"}, {"event": "", "id": "x"}, {"event": "x", "id": 7}]
)
def test_what_is_no_event_is_refused(data):
    with pytest.raises(NotAnEventError):
        read_event(data)


@pytest.mark.parametrize("event_id", ["E" * 65, "EV_\x00", "EV_\ud800"])
def test_an_id_that_cannot_be_kept_as_it_is_is_refused(event_id):
    with pytest.raises(NotAnEventError):
        read_event(joined(id=event_id))


@pytest.mark.parametrize("room", ["r" * 257, "a\x00b", "a\udfffb", 7, None, ["room"]])
def test_a_room_name_that_cannot_be_kept_as_it_is_counts_as_none(room):
    assert read_event(joined(room={"name": room})).room_name == ""


def test_a_phone_with_a_dispatch_rule_calls_us_even_when_it_is_through_already():
    participant = read_event(
        {"event": "participant_joined", "id": "EV_1", "participant": phone(status="active")}
    ).participant

    assert participant is not None
    assert participant.is_calling_us


@given(ANY_JSON)
def test_whatever_comes_can_be_written_as_postgresql_keeps_it(value):
    text = json.dumps(storable(value), allow_nan=False)

    assert "\\u0000" not in text.replace("\\\\", "")


def test_an_abyss_is_cut_off():
    value: list[object] = []
    for _ in range(5000):
        value = [value]

    assert json.dumps(storable(value)).count("[") < 30
