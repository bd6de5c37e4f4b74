"""Proposes the module name of a new campaign from its name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from itertools import count

LONGEST_PROPOSAL = 80  # characters; leaves room for a number
_OTHERS = re.compile(r"[^a-z0-9]+")


def propose_module(name: str, taken: Container[str] = ()) -> str:
    """Return `q4_sales` for `Q4 Sales`, with a number behind it while it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    proposed = _OTHERS.sub("_", plain).strip("_")[:LONGEST_PROPOSAL].strip("_") or "campaign"
    numbered = (proposed if number == 1 else f"{proposed}_{number}" for number in count(1))
    return next(module for module in numbered if module not in taken)
