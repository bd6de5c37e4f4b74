"""Decides, field by field, what becomes of a form when another user saved the same row meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Names of fields. Those in neither set are saved as they were submitted."""

    taken: frozenset[str]  # changed by the other user only: the stored value stays
    conflicting: frozenset[str]  # changed by both, to different values


def compare_edits(
    *, loaded: Mapping[str, str], submitted: Mapping[str, str], stored: Mapping[str, str], unseen: bool = False
) -> Comparison:
    """Compare what the form was loaded with, what it submits, and what is stored now.

    A field without a loaded value counts as changed by both. With `unseen`, a change by the other user that this user
    has not seen is a conflict even when this user left the field alone: it would be published unread.
    """
    foreign = {name for name in submitted if stored[name] not in (loaded.get(name), submitted[name])}
    untouched = {name for name in foreign if submitted[name] == loaded.get(name)}
    return Comparison(
        taken=frozenset(untouched),
        conflicting=frozenset(foreign if unseen else foreign - untouched),
    )
