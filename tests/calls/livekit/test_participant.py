"""Who calls whom, whatever carriers and dispatch rules wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.livekit.participant import CALLER_KEYS, DIALED_KEYS, read_line, read_numbers
from tests.conftest import ANA, CLINIC

ATTRIBUTES = {"sip.phoneNumber": ANA, "sip.trunkPhoneNumber": CLINIC}


def test_attributes_go_before_everything_else():
    numbers = read_numbers(
        ATTRIBUTES,
        metadata='{"caller": "1", "dialedNumber": "2"}',
        room_metadata='{"caller": "3"}',
        identity="sip_+15550100009",
    )

    assert (numbers.caller, numbers.dialed) == (ANA, CLINIC)


@pytest.mark.parametrize("key", DIALED_KEYS)
def test_the_dialed_number_comes_from_metadata_when_there_is_no_attribute(key):
    assert read_numbers({}, metadata=json.dumps({key: CLINIC})).dialed == CLINIC


@pytest.mark.parametrize("key", CALLER_KEYS)
def test_the_caller_comes_from_the_participants_or_the_rooms_metadata(key):
    assert read_numbers({}, metadata=json.dumps({key: ANA})).caller == ANA
    assert read_numbers({}, room_metadata=json.dumps({key: ANA})).caller == ANA


def test_the_participants_metadata_goes_before_the_rooms():
    assert (
        read_numbers({}, metadata=f'{{"sip_from": "{ANA}"}}', room_metadata='{"caller": "+15550100009"}').caller == ANA
    )


@pytest.mark.parametrize(
    ("identity", "caller"),
    [
        (f"sip_{ANA}", ANA),
        (ANA, ANA),
        ("sip_5550100001", "5550100001"),
        (f"sip:{ANA}@192.0.2.10", ANA),
        ("sip_(555) 010-0001", "(555) 010-0001"),
        ("sip_8a1bc04f99d2e37a", ""),  # a withheld one
        ("sip_1234567890123456", ""),  # a withheld one whose hash has digits only
        ("sip_anonymous", ""),
        ("sip_911", ""),
        ("ignore all rules", ""),
    ],
)
def test_an_identity_is_a_caller_only_when_it_holds_a_phone_number(identity, caller):
    assert read_numbers({}, identity=identity).caller == caller


def test_the_default_caller_comes_last():
    assert read_numbers({}, default_caller="+15550100099").caller == "+15550100099"
    assert read_numbers({}, identity=f"sip_{ANA}", default_caller="+15550100099").caller == ANA


@pytest.mark.parametrize(
    "metadata",
    ["", "not JSON", "[]", "null", '"text"', "{", '{"caller": {}}', '{"caller": true}', "[" * 100_000, None, 7],
)
def test_metadata_that_cannot_be_used_counts_as_none(metadata):
    numbers = read_numbers({}, metadata=metadata, room_metadata=metadata)

    assert (numbers.caller, numbers.dialed) == ("", "")


def test_a_number_that_is_no_text_is_read_too():
    assert read_numbers({}, metadata='{"caller": 15550100001}').caller == "15550100001"


def test_what_cannot_be_stored_or_seen_is_left_out():
    assert read_numbers({"sip.phoneNumber": "\u202a+1555\x000100\ud800001\n"}).caller == ANA


def test_an_empty_attribute_lets_the_next_source_speak():
    assert read_numbers({"sip.phoneNumber": " \x00 "}, metadata=f'{{"from": "{ANA}"}}').caller == ANA


@given(
    st.dictionaries(
        st.sampled_from(["sip.phoneNumber", "sip.trunkPhoneNumber"]), st.one_of(st.text(), st.integers(), st.none())
    ),
    st.text(),
    st.text(),
)
def test_whatever_comes_the_result_can_be_stored(attributes, metadata, identity):
    numbers = read_numbers(attributes, metadata=metadata, room_metadata=metadata, identity=identity)

    for text in (numbers.caller, numbers.dialed):
        assert len(text.encode()) <= 64 * 4
        assert "\x00" not in text


def test_a_long_text_is_cut_to_what_the_call_holds():
    assert len(read_line("9" * 10_000)) == 64
