"""Reads the wording of each language from `wording/*.toml` and compiles it.

Pure: no Django, no LiveKit. In a pattern `<name>` stands for a group of words of the same file, and `~` for up to three
words. Patterns are matched against prepared text: no capitals, accents or fillers (`prepared.py`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "wording"
_GAP = r"(?:\w+ ){0,3}?"
_NEVER = re.compile(r"(?!)")


class Rule(Enum):
    """What a speaker asks for in an opt-out."""

    STOP_CALLING = "stop_calling"  # "stop calling me", "never call here again"
    NO_MORE_CALLS = "no_more_calls"  # "I don't want any more of these calls"
    REMOVE = "remove"  # "take me off your list", "delete my number"
    LEAVE_ALONE = "leave_alone"  # "leave me in peace"
    LISTED = "listed"  # "I am on the do-not-call list", "put me on it"
    WITHDRAW = "withdraw"  # "I revoke my consent", "unsubscribe"
    ANSWER = "answer"  # "yes, please", after the agent offered to stop


BY_TOOL = "tool"  # in place of a rule: the model noticed it


@dataclass(frozen=True, kw_only=True)
class Asks:
    """The patterns of one rule."""

    rule: Rule
    strong: re.Pattern[str]  # an opt-out, unless what follows limits it
    weak: re.Pattern[str]  # an opt-out only at the end of a clause, or before a word of `may_follow`


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How a short answer gets its meaning from the agent's question."""

    stop_question: re.Pattern[str]  # the agent offers to stop
    call_question: re.Pattern[str]  # the agent asks whether to call again
    appointment: re.Pattern[str]  # a call question about one time: a bare no refuses that time
    yes: re.Pattern[str]  # unless it goes on with a but
    no: re.Pattern[str]
    never: re.Pattern[str]  # refuses more than one time


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How one language asks not to be called again."""

    language: str
    apostrophe: str  # what replaces an apostrophe: nothing ("dont") or a space ("m appelez")
    spellings: tuple[tuple[re.Pattern[str], str], ...]  # what a recogniser writes, and how the patterns write it
    fillers: re.Pattern[str]
    asks: tuple[Asks, ...]
    not_before: re.Pattern[str]  # ends the text before a match that is none: "he told them to"
    not_after: re.Pattern[str]  # begins the text after a match that is none: "before nine"
    elsewhere: re.Pattern[str]  # anywhere after a match: the caller names another number
    may_follow: re.Pattern[str]
    answers: Answers


@cache
def wordings() -> Mapping[str, Wording]:
    """Return the wording of each language by its code, read once."""
    return {path.stem: read_wording(path) for path in sorted(FOLDER.glob("*.toml"))}


def read_wording(path: Path) -> Wording:
    """Read one language's file. Raises KeyError when a part or a group of words is missing."""
    content = tomllib.loads(path.read_text("utf-8"))
    words: dict[str, str] = {}
    for name, pattern in content["words"].items():
        words[name] = _fill_in(pattern, words)  # a group may use those above it
    context, answers = content["context"], content["answers"]
    return Wording(
        language=path.stem,
        apostrophe=content["apostrophe"],
        spellings=tuple((re.compile(given), meant) for given, meant in content.get("spellings", ())),
        fillers=_compile(
            content["fillers"], words, r"(?:(?<!\S), )?(?<!\S)(?:{})(?!\S)(?: ,(?!\S))?"
        ),  # with the commas that set it off
        asks=tuple(_read_asks(Rule(name), entry, words) for name, entry in content["rules"].items()),
        not_before=_compile(context["not_before"], words, r"(?<!\S)(?:{}) $"),
        not_after=_compile(context["not_after"], words, rf"(?: (?:{words['tail']})(?!\S))* (?:{{}})(?!\S)"),
        elsewhere=_compile(context["elsewhere"], words, r"(?<!\S)(?:{})(?!\S)"),
        may_follow=_compile(context["may_follow"], words, r" (?:{})(?!\S)"),
        answers=Answers(
            stop_question=_compile(answers["stop_question"], words, r"(?<!\S)(?:{})(?!\S)"),
            call_question=_compile(answers["call_question"], words, r"(?<!\S)(?:{})(?!\S)"),
            appointment=_compile(answers["appointment"], words, r"(?<!\S)(?:{})(?!\S)"),
            yes=_compile(
                answers["yes"], words, rf"(?:(?:{{}})(?!\S)(?: [,.])? ?)++(?!(?:{'|'.join(answers['but'])})(?!\S))"
            ),
            no=_compile(answers["no"], words, r"(?:(?:{})(?: [,.] ?| |$))+$"),
            never=_compile(answers["never"], words, r"(?<!\S)(?:{})(?!\S)"),
        ),
    )


def _read_asks(rule: Rule, entry: Mapping[str, list[str]], words: Mapping[str, str]) -> Asks:
    whole_words = r"(?<!\S)(?:{})(?!\S)"
    return Asks(
        rule=rule,
        strong=_compile(entry.get("strong", ()), words, whole_words),
        weak=_compile(entry.get("weak", ()), words, whole_words),
    )


def _compile(patterns: Iterable[str], words: Mapping[str, str], frame: str) -> re.Pattern[str]:
    """Compile alternatives into one pattern; without any, a pattern that matches nothing."""
    filled = "|".join(_fill_in(pattern, words) for pattern in patterns)
    return re.compile(frame.replace("{}", filled)) if filled else _NEVER


def _fill_in(pattern: str, words: Mapping[str, str]) -> str:
    named = re.sub(r"<([a-z_]+)>", lambda found: f"(?:{words[found[1]]})", pattern)
    return named.replace("~", _GAP)
