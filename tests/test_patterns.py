"""Does every regular expression of the product take time in proportion to the text? Many read what strangers send.

Important: this test limits processor time, the only one that does. A pattern that backtracks gives the right answer,
only too late: nothing but time tells. It is the processor's time of this process, so a busy machine changes nothing.
"""

import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from voiceplatform import written_numbers

PACKAGES = ["voiceplatform", "personas", "campaigns", "calls", "transcripts", "agent_worker"]
LENGTH = 50_000
SECONDS = 0.25  # of the processor, for 50,000 characters; linear patterns take a few milliseconds
CLASSES = [
    "a",
    "A",
    "1",
    " ",
    "\n",
    "\t",
    "-",
    ".",
    "+",
    "(",
    "{",
    "}",
    "%",
    "@",
    "_",
    ":",
    "/",
    "=",
    "<",
    "é",
    "\u200b",
]
QUOTES = ['"', "'", "“", "“x ", '"x ', "'a'"]
REPEATED = [
    "a@",
    "a.",
    "+1 ",
    "1.",
    "1-",
    "1 ",
    "00",
    "%40",
    "%2B",
    "%25",
    "{{",
    "{{ ",
    "{{a|",
    "}}",
    "<sip:",
    "AB_",
    ";a=",
    "\r\n",
]
BEGUN = [
    "{{" + " " * LENGTH,
    "{{ |" + " " * LENGTH,
    "+" + "1" * LENGTH,
    "sip:" + "a" * LENGTH,
    '"' + " a" * LENGTH,
    "[" + "a " * LENGTH,
]
TEXTS = [each * (LENGTH // len(each)) for each in CLASSES + QUOTES + REPEATED] + BEGUN
LONGEST_READ = {"voiceplatform.written_numbers.": written_numbers._LONGEST}  # these refuse a longer text first


def list_modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def find_patterns() -> dict[str, re.Pattern[str]]:
    """Return all compiled patterns of modules and classes, and patterns that are written as text."""
    found = {}
    for module in list_modules():
        for holder in (module, *(each for each in vars(module).values() if isinstance(each, type))):
            if getattr(holder, "__module__", getattr(module, "__name__", "")) != getattr(module, "__name__", ""):
                continue
            for name, value in vars(holder).items():
                if isinstance(value, re.Pattern) and value.pattern:
                    found[f"{module.__name__}.{getattr(holder, '__qualname__', '')}.{name}"] = value
    return found


PATTERNS = find_patterns()


class TooSlowError(Exception):
    pass


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def is_slow(pattern: re.Pattern, text: str) -> bool:
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    try:
        with limited(SECONDS):
            pattern.fullmatch(given)
            for _ in pattern.finditer(given):
                pass
    except TooSlowError:
        return True
    return False


def cut(text: str, name: str) -> str:
    return text[: next((longest for module, longest in LONGEST_READ.items() if name.startswith(module)), None)]


def test_the_patterns_are_found():
    assert len(PATTERNS) > 20


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_reads_any_text_in_linear_time(name):
    slow = [text[:10] for text in TEXTS for end in ("", "!") if is_slow(PATTERNS[name], cut(text, name) + end)]

    assert slow == []


def test_a_pattern_that_backtracks_is_noticed():
    assert is_slow(re.compile(r"(a+)+b"), "a" * LENGTH)
