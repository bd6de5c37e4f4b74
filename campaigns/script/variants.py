"""Decides which variant of a campaign's texts a lead hears. Pure.

Weighted rendezvous hashing: each variant draws a number for the lead, and the highest wins. The same lead always hears
the same variant, whichever process asks; when a weight changes or a variant is added, only leads to or from that variant
move. Source: Schindelhauer and Schomaker, “Weighted Distributed Hash Tables” (2005).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from math import log
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key", int, str)


def choose_variant(campaign: UUID, lead: UUID, weights: Iterable[tuple[Key, int]]) -> Key | None:
    """Return the key of the lead's variant; None when no variant has a weight. `weights`: (key, weight) of each."""
    drawn = [(_draw(campaign, lead, key, weight), key) for key, weight in weights if weight > 0]
    return max(drawn, key=lambda each: each[0])[1] if drawn else None


def _draw(campaign: UUID, lead: UUID, key: int | str, weight: int) -> float:
    digest = sha256(f"{campaign}:{lead}:{key}".encode()).digest()
    chance = (int.from_bytes(digest[:8]) + 1) / (2**64 + 1)  # between 0 and 1, neither of them
    return -weight / log(chance)


def shares(weights: Iterable[tuple[Key, int]]) -> dict[Key, float]:
    """Return the share of the leads that each variant gets, from 0 to 1."""
    given = dict(weights)
    total = sum(given.values())
    return {key: weight / total if total else 0.0 for key, weight in given.items()}
