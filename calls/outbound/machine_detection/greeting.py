"""Tells what a machine's words ask of us. Pure: no Django, no LiveKit."""

from __future__ import annotations

from calls.outbound.machine_detection.cue import Cue
from calls.outbound.machine_detection.wording import find_wordings, plain


def announces_tone(text: str, language: str) -> bool:
    """Return whether a greeting says that a tone follows it."""
    return _has(Cue.TONE, text, language)


def asks_to_wait(text: str, language: str) -> bool:
    """Return whether these words ask us to stay on the line."""
    return _has(Cue.HOLD, text, language)


def _has(cue: Cue, text: str, language: str) -> bool:
    return any(found.cue & cue for found in find_wordings(plain(text), language))
