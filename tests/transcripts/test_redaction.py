"""Is what tells who a person is replaced, and does everything else stay?"""

import pytest

from transcripts.redaction import make_name_pattern, redact, redact_deeply


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("Call me on +1 (617) 555-0101 please.", "Call me on [phone] please."),
        ("It's 617-555-0101.", "It's [phone]."),
        ("Just 555-0142, same city.", "Just [phone], same city."),
        ("06 12 34 56 78, voilà.", "[phone], voilà."),
        ("030 901820, bitte", "[phone], bitte"),
        ("My number is six one seven, five five five, zero one zero one.", "My number is [phone]."),
        ("Meine Nummer: null drei null neun null eins acht zwei.", "Meine Nummer: [phone]."),
        ("Write to ana.ruiz@acme.example, thanks.", "Write to [email], thanks."),
        ("The card is 4111 1111 1111 1111.", "The card is [number]."),
        ("Die Karte 4111-1111-1111-1111 und 6 Euro.", "Die Karte [number] und 6 Euro."),
        ("Account 4929123412341234567 it is", "Account [number] it is"),
    ],
)
def test_numbers_and_addresses_are_replaced(said, redacted):
    assert redact(said) == redacted


@pytest.mark.parametrize(
    "said",
    [
        "On 2026-11-21 at 09:30, two people for 12.50 each.",
        "One, two, three, here we go.",
        "We have 120 rooms and 3 pools.",
        "Ruizo is no name of hers.",
        "",
    ],
)
def test_what_says_nothing_of_a_person_stays(said):
    assert redact(said, make_name_pattern(["Ana Ruiz", "Ruiz"])) == said


def test_known_names_are_replaced_in_any_case_and_a_company_without_its_legal_form():
    names = make_name_pattern(["Ana Ruiz", "Ana", "Ruiz", "Acme Foods, Inc."])

    assert (
        redact("ANA  RUIZ of Acme foods, speaking for Acme Foods, Inc.", names)
        == "[name] of [name], speaking for [name]"
    )
    assert redact("Am I speaking with Ana? Ana's here.", names) == "Am I speaking with [name]? [name]'s here."


def test_no_name_is_known_of_a_person_without_one():
    assert make_name_pattern(["", " ", "A"]) is None


def test_the_texts_in_a_value_are_redacted_and_its_fields_and_numbers_stay():
    value = {"said": ["call 617-555-0101"], "after_ms": 310, "whole": True, "none": None}

    assert redact_deeply(value) == {"said": ["call [phone]"], "after_ms": 310, "whole": True, "none": None}
