"""With which of our numbers is a call placed?"""

import pytest

from calls.outbound.caller_id import choose_caller_id

CHICAGO, BOSTON, LONDON = "+13125550100", "+16175550100", "+442079460100"


@pytest.mark.parametrize(
    ("phone", "chosen"),
    [
        ("+13125550177", CHICAGO),
        ("+16175550177", BOSTON),
        ("+442079460177", LONDON),
        ("+441614960177", LONDON),  # another town of the same country
        ("+12125550177", None),  # neither town: one of the two American numbers
    ],
)
def test_the_nearest_number_is_shown(phone, chosen):
    found = choose_caller_id([CHICAGO, LONDON, BOSTON], phone)
    assert found == chosen if chosen else found in (CHICAGO, BOSTON)


def test_canada_is_another_country_though_it_shares_the_calling_code():
    toronto = "+14165550100"
    assert choose_caller_id([CHICAGO, toronto], "+16045550177") == toronto


def test_a_phone_of_no_country_of_ours_still_gets_a_number():
    assert choose_caller_id([CHICAGO, LONDON], "+4915123456789") in (CHICAGO, LONDON)


def test_the_same_person_always_sees_the_same_number():
    numbers = [f"+1312555010{n}" for n in range(8)]
    assert len({choose_caller_id(order, "+13125550199") for order in (numbers, numbers[::-1])}) == 1


def test_equally_near_numbers_are_all_used():
    numbers = [f"+1212555010{n}" for n in range(4)]
    assert {choose_caller_id(numbers, f"+1312555{n:04}") for n in range(60)} == set(numbers)


def test_a_trunk_without_numbers_has_no_caller_id():
    assert choose_caller_id([], "+13125550199") == ""
