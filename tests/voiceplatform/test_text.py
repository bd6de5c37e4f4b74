"""Text from outside is cleaned in one way, wherever it enters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceplatform.text import clean_line, clean_text

ANYTHING = st.text(alphabet=st.characters(exclude_categories=[]))  # lone surrogates as well


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\ufeffHello", "Hello"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("half an emoji \ud83d here", "half an emoji  here"),
        ("a pair \ud83d\ude00", "a pair \U0001f600"),
        ("turned \u202earound\u202c", "turned around"),
        ("a\ttab", "a\ttab"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("  kept  ", "  kept  "),
    ],
)
def test_a_text_keeps_its_lines_and_loses_what_cannot_be_stored_or_hides(written, cleaned):
    assert clean_text(written) == cleaned


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("\u200b Ana \u2060\n", "Ana"),
        ("Ana\u200bRuiz", "AnaRuiz"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("a\r\nb\tc", "a b c"),
        ("\u202e\n1b\x1b[31m", "1b[31m"),
    ],
)
def test_a_line_has_no_breaks_and_nothing_invisible_at_its_ends(written, cleaned):
    assert clean_line(written) == cleaned


def test_a_line_is_cut():
    assert clean_line("x" * 1_000_000, 64) == "x" * 64


@given(ANYTHING)
def test_what_is_cleaned_can_be_stored_and_is_clean(text):
    for clean in (clean_text, clean_line):
        cleaned = clean(text)

        assert "\0" not in cleaned
        assert "\r" not in cleaned
        assert cleaned.encode().decode() == cleaned
        assert clean(cleaned) == cleaned
