"""Which placeholders stand in a text, and what is said where one has no value?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.persona.placeholders import Kind, fill, fill_spoken, find_unknown, is_like_placeholder, split

LEAD = {"prospect_name": "Ana", "company_name": "Acme", "email": "ana@acme.test"}


@pytest.mark.parametrize(
    "written",
    [
        "[Prospect Name]",
        "[Company Name]",
        "[Job Title]",
        "[Resource Name]",
        "[____@abc.com]",
        "{{ tier }}",
        "{{ }}",
        "{{ tier }",
        "[ job\u00a0 title ]",
        "[PROSPECT_NAME]",
        "[Your Company]",
        "[industry]",
    ],
)
def test_a_placeholder_without_a_value_is_found(written):
    assert find_unknown([f"Hello {written}, how are you?", written]) == [written]


@pytest.mark.parametrize(
    "text",
    [
        "[laughs]",
        "[clears throat]",
        "[if they agree]",
        "[If yes, continue]",
        "[1] and [a]",
        "[Our Prices](https://example.com)",
        "{ not } one",
        "Room [B]",
        "a[0]",
    ],
)
def test_what_is_no_placeholder_stays(text):
    assert find_unknown([text]) == []
    assert fill_spoken(text) == fill(text) == text


def test_values_take_the_place_of_both_formats():
    assert (
        fill("[Prospect Name] of {{ company_name | your company }}, [____@abc.com]", LEAD)
        == "Ana of Acme, ana@acme.test"
    )


def test_a_fallback_is_said_where_the_value_is_missing_or_blank():
    assert fill_spoken("How is {{ company | your company }}?", {"company_name": " "}) == "How is your company?"


@pytest.mark.parametrize("empty", ["N/A", "null", "#N/A", "–"])
def test_what_an_export_writes_for_an_empty_cell_is_a_missing_value(empty):
    assert fill_spoken("Hello [Prospect Name].", {"prospect_name": empty}) == "Hello."


def test_quotes_around_a_fallback_are_not_spoken():
    assert fill_spoken("How is {{ company | “your firm” }}?") == "How is your firm?"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello [Prospect Name], this is Nora.", "Hello, this is Nora."),
        ("Hello, [Prospect Name], this is Nora.", "Hello, this is Nora."),
        ("[Prospect Name], good day.", "good day."),
        ("Is this {{ name }}?", "Is this?"),
        ("Good day, {{ name }}! I am Nora.", "Good day! I am Nora."),
    ],
)
def test_a_missing_value_is_left_out_of_what_is_said(written, said):
    assert fill_spoken(written) == said


def test_the_model_is_told_that_a_value_is_not_known():
    assert fill("Ask [Prospect Name] about the offer.") == "Ask (not known) about the offer."


def test_the_pieces_say_which_is_which():
    kinds = [(part.kind, part.written) for part in split("Hi [Prospect Name] of {{ x | y }}: [Job Title]", LEAD)]

    assert kinds == [
        (Kind.TEXT, "Hi "),
        (Kind.KNOWN, "[Prospect Name]"),
        (Kind.TEXT, " of "),
        (Kind.FALLBACK, "{{ x | y }}"),
        (Kind.TEXT, ": "),
        (Kind.UNKNOWN, "[Job Title]"),
    ]


@given(st.text(alphabet="[]{}| AbZ_@.,\n", max_size=40))
def test_the_pieces_are_the_text_and_no_placeholder_is_left_to_be_read_aloud(text):
    assert "".join(part.written for part in split(text)) == text
    assert not is_like_placeholder(fill_spoken(text))
    assert not is_like_placeholder(fill(text))


@pytest.mark.parametrize(
    "hostile",
    [
        "{{" + " " * 50_000 + "x",
        "{{" + " " * 25_000 + "|" + " " * 25_000 + "x",
        "{{ a |" * 10_000,
        "[" + "_" * 50_000,
        "[A" + "a" * 50_000,
        "[A a" * 10_000,
        "[" + "a\u00a0" * 25_000,
        "[a]" * 15_000,
        "{{ x }} a" + " " * 50_000 + "b",
        "{{ x }}" + "," * 50_000 + "b",
    ],
    ids=lambda text: f"{text[:8]}…",
)
@pytest.mark.timeout(5)  # each takes milliseconds; a pattern that is quadratic in the text takes minutes
def test_a_hostile_text_is_read_in_linear_time(hostile):
    assert "".join(part.written for part in split(hostile)) == hostile
    assert isinstance(fill_spoken(hostile), str)
