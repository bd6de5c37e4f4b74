"""Compares the placeholders of a campaign's texts with the columns of its leads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from campaigns.script.lead_fields import ALIASES
from campaigns.script.texts import CampaignTexts, FindingKind, column_named, find_findings
from personas.persona.placeholders import Kind, column_of, split


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the leads."""

    name: str  # as a placeholder names it: company_name
    label: str  # as people call it: Company, or the header in the list's file
    filled: int  # leads that have a value
    sample: str = ""  # a value

    @property
    def placeholder(self) -> str:
        return f"{{{{ {self.name} }}}}"


@dataclass(frozen=True, kw_only=True)
class LeadColumns:
    """The columns of a campaign's leads, from all leads or the first of them."""

    columns: tuple[Column, ...] = ()
    counted: int = 0  # leads that were looked at
    total: int = 0

    @property
    def is_sample(self) -> bool:
        return self.counted < self.total

    @property
    def of_in_words(self) -> str:
        return f"of the first {self.counted:,} leads" if self.is_sample else f"of {self.total:,}"

    @property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}


@dataclass(frozen=True, kw_only=True)
class PlaceholderFinding:
    """A placeholder that is wrong for all leads, or empty for some."""

    field: str  # of CampaignTexts
    placeholder: str
    kind: FindingKind
    empty: int = 0  # leads without a value
    suggestion: str = ""  # the column that was perhaps meant
    has_fallback: bool = False


def find_placeholder_findings(texts: CampaignTexts, leads: LeadColumns) -> list[PlaceholderFinding]:
    """Return what to look at, in the order of the texts: unknown columns with a suggestion, empty ones with a count.

    Before there are leads, only what is malformed can be said.
    """
    findings = [
        PlaceholderFinding(
            field=found.field,
            placeholder=found.placeholder,
            kind=found.kind,
            suggestion=suggest(found.placeholder, leads) if found.kind is FindingKind.UNKNOWN_PLACEHOLDER else "",
        )
        for found in find_findings(texts.items(), {}, frozenset(leads.by_name))
        if found.kind is not FindingKind.MISSING_VALUE
        and (leads.total or found.kind is FindingKind.MALFORMED_PLACEHOLDER)
    ]
    return findings + list(_find_empty(texts, leads))


def _find_empty(texts: CampaignTexts, leads: LeadColumns) -> Iterable[PlaceholderFinding]:
    seen = set()
    for field, text in texts.items():
        for part in split(text):
            column = (
                leads.by_name.get(column_named(part.written)) if part.kind in (Kind.UNKNOWN, Kind.FALLBACK) else None
            )
            has_fallback = part.kind is Kind.FALLBACK
            key = (field, column, has_fallback)
            if column is None or column.filled >= leads.counted or key in seen:
                continue
            seen.add(key)
            yield PlaceholderFinding(
                field=field,
                placeholder=column.name,
                kind=FindingKind.MISSING_VALUE,
                empty=leads.counted - column.filled,
                has_fallback=has_fallback,
            )


def suggest(written: str, leads: LeadColumns) -> str:
    """Return the column that an unknown placeholder probably means; "" when none is like it."""
    names = [column.name for column in leads.columns]
    known = [*names, *(alias for alias, column in ALIASES.items() if column in names)]
    found = get_close_matches(column_of(written), known, n=1, cutoff=0.6)
    return ALIASES.get(found[0], found[0]) if found else ""
