"""Decides whether a caller or callee asks not to be called again.

Pure: no Django, no LiveKit. The words decide together with what they apply to: "don't call me again" is an opt-out,
"don't call me before nine" a wish to keep, "don't call me sir" neither. A missed opt-out costs more than a false one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from calls.outbound.opt_out.prepared import prepare
from calls.outbound.opt_out.wording import Rule, Wording, wordings


@dataclass(frozen=True, kw_only=True)
class OptOut:
    """Whether a turn asks not to be called again, and why."""

    is_opt_out: bool
    rule: Rule | None = None  # that matched
    words: str = ""  # that matched, in small letters without accents
    language: str = ""  # whose wording matched


NO_OPT_OUT = OptOut(is_opt_out=False)


def decide_opt_out(text: str, *, language: str, agent_said: str = "") -> OptOut:
    """Return whether the text asks not to be called again. Total: any text gives an answer.

    `language` is a tag such as "en" or "pt-BR"; its wording is tried first, then all others. `agent_said` is the
    agent's line before: it decides where the answer alone means nothing ("Yes, please.").
    """
    for wording in _wordings_for(language):
        spoken = prepare(text, wording)
        if found := _find_request(spoken, wording) or _find_answer(spoken, prepare(agent_said, wording), wording):
            return found
    return NO_OPT_OUT


def _wordings_for(language: str) -> Iterator[Wording]:
    """Yield the wording of the call's language first, then the others: a caller may answer in a language of their own."""
    code = re.split("[-_]", language.strip().lower())[0]
    yield from sorted(wordings().values(), key=lambda wording: wording.language != code)


def _find_request(spoken: str, wording: Wording) -> OptOut | None:
    for asks in wording.asks:
        for pattern, is_weak in ((asks.strong, False), (asks.weak, True)):
            for match in pattern.finditer(spoken):
                if _applies(match, wording, is_weak=is_weak):
                    return OptOut(is_opt_out=True, rule=asks.rule, words=match[0], language=wording.language)
    return None


def _applies(match: re.Match[str], wording: Wording, *, is_weak: bool) -> bool:
    """Return whether nothing around the match gives it another meaning."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if wording.not_before.search(before) or wording.not_after.match(after) or wording.elsewhere.search(after):
        return False
    return not is_weak or not after or after[1] in ",." or bool(wording.may_follow.match(after))


def _find_answer(spoken: str, asked: str, wording: Wording) -> OptOut | None:
    """Return an opt-out that only the agent's question makes one."""
    answers = wording.answers
    if answers.stop_question.search(asked):
        match = answers.yes.match(spoken)
    elif answers.call_question.search(asked):
        match = answers.never.search(spoken)
        if not match and not answers.appointment.search(asked):
            match = answers.no.match(spoken)
    else:
        return None
    return (
        OptOut(is_opt_out=True, rule=Rule.ANSWER, words=match[0].strip(), language=wording.language) if match else None
    )
