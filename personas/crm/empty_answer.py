"""Decides what a CRM answer without a persona means: the CRM has none, or the answer is not understood.

Pure: no Django, no LiveKit. Only what is recognisably empty means that there is no persona. Everything else is an
error, after which the last good answer goes on being used: “Too many requests” must not take a persona away.
"""

from collections.abc import Mapping
from typing import Any

from personas.crm.answer import CrmError, CrmReason
from personas.crm.php_list import as_list

CAMPAIGNS = "campaigns"
INSIDE_CAMPAIGNS = ("voiceAgents", "persona")  # each a list of objects, or one object
WRAPPERS = ("data", "fullConfig")  # around the answer, in some of the CRM's versions
PERSONA_TEXTS = ("name", "personality", "conversationStructure", "welcomeMessage", "closingMessage", "messages")
PERSONA_FIELDS = frozenset({*PERSONA_TEXTS, "voice", "language", "emotion", "temperature"})
FAILURES = frozenset({"error", "errors", "fail", "failed", "failure", "false"})
MOST_LEVELS = 10  # of wrappers and nested structures


def require_empty(document: Any) -> None:
    """Raise CrmError unless the answer, in which there is no persona, says that there is none."""
    if _reports_error(document):
        raise CrmError(CrmReason.REPORTED_ERROR)
    if not _is_empty_answer(document, MOST_LEVELS):
        raise CrmError(CrmReason.NOT_UNDERSTOOD)


def _reports_error(document: Any) -> bool:
    """Whether any of the objects says that the request failed, in one of the usual ways."""
    roots = as_list(document) or [document]
    return any(_is_error(root) for root in roots if isinstance(root, Mapping))


def _is_error(root: Mapping[str, Any]) -> bool:
    if root.get("error") or root.get("errors"):
        return True
    if any(root.get(flag) is False or _word(root.get(flag)) in FAILURES for flag in ("ok", "success")):
        return True
    states = [root.get(field) for field in ("status", "statusCode", "code", "result")]
    return any(_word(state) in FAILURES or _is_http_error(state) for state in states)


def _word(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _is_http_error(value: Any) -> bool:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return len(text) == 3 and text.isascii() and text.isdigit() and int(text) >= 400 and text != "404"


def _is_empty_answer(document: Any, levels: int) -> bool:
    if _is_blank(document):
        return True
    if (roots := as_list(document)) is not None:
        return levels > 0 and all(_is_empty_answer(root, levels - 1) for root in roots)
    if not isinstance(document, Mapping) or not levels:
        return False
    if CAMPAIGNS in document:
        return _holds_no_persona(document[CAMPAIGNS], INSIDE_CAMPAIGNS)
    wrapped = [document[wrapper] for wrapper in WRAPPERS if wrapper in document]
    return bool(wrapped) and all(_is_empty_answer(inner, levels - 1) for inner in wrapped)


def _holds_no_persona(value: Any, inside: tuple[str, ...]) -> bool:
    """Whether the value is empty on one of the levels down to the persona, and of the known shape on those above."""
    items = as_list(value)
    return all(_is_blank(item) or _is_item_without_persona(item, inside) for item in (items or [value]))


def _is_item_without_persona(item: Any, inside: tuple[str, ...]) -> bool:
    if not isinstance(item, Mapping):
        return False
    if not inside:  # a persona
        texts_are_blank = all(_is_blank_inside(item.get(text), MOST_LEVELS) for text in PERSONA_TEXTS)
        return texts_are_blank and not PERSONA_FIELDS.isdisjoint(item)
    return inside[0] in item and _holds_no_persona(item[inside[0]], inside[1:])


def _is_blank_inside(value: Any, levels: int) -> bool:
    """Whether there is nothing in a structure, however it is nested."""
    if _is_blank(value):
        return True
    inner = list(value.values()) if isinstance(value, Mapping) else as_list(value)
    return bool(inner) and levels > 0 and all(_is_blank_inside(item, levels - 1) for item in inner or [])


def _is_blank(value: Any) -> bool:
    return value is None or value in ({}, []) or (isinstance(value, str) and not value.strip())
