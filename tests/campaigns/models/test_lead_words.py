"""Is what was typed turned into a search that PostgreSQL takes, whatever it is?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models.lead_words import MOST_WORDS, SEPARATORS, write_query


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Ana Ruiz", "'Ana':* & 'Ruiz':*"),
        ("ana.ruiz@acme.example", "'ana.ruiz@acme.example':*"),
        ("Smith-Jones, (Acme)", "'Smith':* & 'Jones':* & 'Acme':*"),
        ("Acme Inc.", "'Acme':* & 'Inc':*"),
        ("Li J.", "'Li' & 'J.'"),  # short words as a whole
        ("李", "'李':*"),
        ("O'Neill", "'O''Neill':*"),
        ("a\\b'", r"'a\\b''':*"),
        ("a" * 3_000, f"'{'a' * 200}':*"),
        ("." * 3_000, f"'{'.' * 200}'"),
        (f" {SEPARATORS} ", ""),
        ("", ""),
    ],
)
def test_each_word_is_searched_by_its_beginning(typed, query):
    assert write_query(typed) == query


@given(st.text(max_size=300))
def test_quotes_inside_a_word_are_always_doubled(typed):
    query = write_query(typed)

    assert query.count("'") % 2 == 0
    assert query.count(" & ") < MOST_WORDS
