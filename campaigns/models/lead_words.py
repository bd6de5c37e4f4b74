"""Splits names, companies and emails into words, and what was typed into a search as the index of the words is asked."""

from __future__ import annotations

SEPARATORS = ',;:()[]"/&|-'  # besides the space; an email stays one word
SHORTEST_BEGINNING = 3  # bytes of UTF-8: “Li” is searched as a whole word, a Chinese character is a beginning
MOST_WORDS = 8
LONGEST_WORD = 200  # characters, as long as a field; PostgreSQL refuses words of more than 2,046 bytes
_AS_SPACES = str.maketrans(SEPARATORS, " " * len(SEPARATORS))


def write_query(typed: str) -> str:
    """Return the search as text of PostgreSQL's type tsquery: all words, each by its beginning. "" when there is no word.

    Its case is the database's to fold, as in the index.
    Source: https://www.postgresql.org/docs/current/datatype-textsearch.html, read 2026-11-28.
    """
    return " & ".join(_write_word(word) for word in typed.translate(_AS_SPACES).split()[:MOST_WORDS])


def _write_word(word: str) -> str:
    beginning = word[:LONGEST_WORD].rstrip(".")
    is_beginning = len(beginning.encode()) >= SHORTEST_BEGINNING
    quoted = (beginning if is_beginning else word[:LONGEST_WORD]).replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*" if is_beginning else f"'{quoted}'"
