"""Reads lists that PHP wrote as objects: `{"1": {…}, "2": {…}}`, as it does when the keys have gaps.

Pure: no Django, no LiveKit.
"""

from collections.abc import Mapping
from typing import Any


def as_list(value: Any) -> list[Any] | None:
    """Return the items in the order in which they were written; None when the value is no list."""
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, Mapping) and value and all(str(key).isascii() and str(key).isdigit() for key in value):
        return list(value.values())
    return None
