"""Compares what was heard with what was to be said: is it that, and what is left of it?

Pure: no Django, no LiveKit. A model says exact words a little differently, and a transcription writes them differently
again, so words are compared without case and punctuation, and not all of them have to be there.
"""

from __future__ import annotations

import difflib
import re

MUCH_HEARD = 0.4  # of the words; from there on the agent continues instead of beginning again
SHORT_SENTENCE_WORDS = 12  # a longer one is continued in the middle
ANSWER_WORDS_HEARD = 4  # of an answer; with less it begins again
PART_HEARD = 0.5  # of what was heard, to take it as a part of the words
FIRST_WORDS = 3  # tell what a speech is
ALL_HEARD = 0.75  # of the words, to take a speech that was not asked for as the one that is owed

# One letter each where a script writes no spaces (Han, kana, Thai), else one word.
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?。！？…।]")


def words_left(words: str, heard: str) -> str:
    """Return what is still to be said of exact words: from where they were cut, or all of them when little was heard.

    A short sentence that was cut is said again from its beginning.
    """
    meant = list(_WORD.finditer(words))
    said = _plain(heard)
    blocks = _blocks(said, [word[0].lower() for word in meant])
    far = max((block.b + block.size for block in blocks), default=0)
    if sum(block.size for block in blocks) < PART_HEARD * len(said) or far < max(MUCH_HEARD * len(meant), 1):
        return words
    if far >= len(meant):
        return words  # all was heard but the end of the connection: rather twice than not at all
    ends = [end.end() for end in _SENTENCE_END.finditer(words, 0, meant[far].start())]
    sentence = next((i for i, word in enumerate(meant) if ends and word.start() >= ends[-1]), 0)
    return words[meant[sentence if far - sentence <= SHORT_SENTENCE_WORDS else far].start() :]


def matches(words: str, heard: str) -> bool:
    """Whether what was heard is these words, as a model says them and a transcription writes them."""
    meant = _plain(words)
    return sum(block.size for block in _blocks(_plain(heard), meant)) >= ALL_HEARD * len(meant)


def is_part_of(words: str, heard: str) -> bool:
    """Whether what was heard is a part of these words, and not something else. Everything is a part of "" (any words)."""
    said = _plain(heard)
    return not words or sum(block.size for block in _blocks(said, _plain(words))) >= PART_HEARD * len(said)


def begins_like(words: str, heard: str, *, is_over: bool) -> bool | None:
    """Whether a speech that begins with `heard` is saying these words, from wherever; None while too little was heard."""
    said = _plain(heard)[:FIRST_WORDS]
    if len(said) < FIRST_WORDS and not is_over:
        return None
    known = sum(word in _plain(words) for word in said)
    return known * 2 > len(said)


def is_much(heard: str) -> bool:
    """Whether so much of an answer was heard that it should go on rather than begin again."""
    return len(_plain(heard)) >= ANSWER_WORDS_HEARD


def _blocks(said: list[str], meant: list[str]) -> list[difflib.Match]:
    blocks = difflib.SequenceMatcher(None, said, meant, autojunk=False).get_matching_blocks()
    return [block for block in blocks if block.size]


def _plain(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
