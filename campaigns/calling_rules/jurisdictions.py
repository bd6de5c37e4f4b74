"""Decides which laws, codes and rules of our own count for a person, and reads them from data.

Pure: no Django, no LiveKit. Each rule is an entry in `jurisdictions/*.toml` with its source and confidence; none is code.
Rules for automated and recorded calls count for every call of ours: a voice agent is an artificial voice.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from campaigns.calling_rules.holidays import BadHolidayError, Observed, dates_of
from campaigns.calling_rules.rule_set import WEEKDAYS, BadRuleSetError, RuleSet, read_rule_set

FOLDER = Path(__file__).parent / "jurisdictions"
DEFAULT_REGION = "*"  # the rule for countries that have none
# Parts of a country that are countries of their own in ISO 3166: overseas departments of France, islands of Australia.
_LAW_OF = {"GF": "FR", "GP": "FR", "MQ": "FR", "RE": "FR", "YT": "FR", "CC": "AU", "CX": "AU"}
_ONE_DAY = timedelta(days=1)
_NEEDED = {
    "region",
    "title",
    "basis",
    "hours",
    "consent",
    "notes",
    "source",
    "source_date",
    "as_of",
    "confidence",
    "verified",
}
_ALLOWED = _NEEDED | {
    "name",
    "quote",
    "quote_from",
    "applies_to",
    "purposes",
    "time_zone",
    "effective",
    "until",
    "holidays",
    "holidays_observed",
    "shortened",
    "caps",
    "refusal_pause_days",
}
# These change without the rule: adding a quote withdraws no verification, and no stored answer.
_ABOUT_THE_READING = frozenset({"as_of", "verified", "quote", "quote_from"})
LONGEST_QUOTE = 300  # characters
_Member = TypeVar("_Member", bound=Enum)


class Basis(Enum):
    """On what a rule rests."""

    LAW = "law"
    CODE = "code"  # of an industry: binding for its members
    HOUSE = "house"  # ours, where a country's law names no hours
    DEFAULT = "default"  # ours, where we know no rule of the country


class Confidence(Enum):
    """How well the source was read."""

    HIGH = "high"  # the rule's own text, an authority's page, or several law firms that agree
    MEDIUM = "medium"  # two secondary sources that agree, or a good one
    LOW = "low"  # one secondary source, or sources that disagree


class AppliesTo(Enum):
    """Which calls a rule names. All of them count for a voice agent; a person should see why."""

    ALL = "all"
    AUTOMATED = "automated"
    RECORDED = "recorded"


class Purpose(Enum):
    """What a call is for."""

    SALES = "sales"
    DEBT = "debt"


@dataclass(frozen=True, kw_only=True)
class AppliedRule:
    """One rule as it is named to people and kept with a call attempt."""

    name: str  # the same as of its RuleSet, e.g. "US-FL"
    region: str
    title: str
    basis: Basis
    applies_to: AppliesTo
    source: str
    source_date: str  # as exact as it is known: "2026-01-06", "2025-11", "2025", "undated"
    as_of: date  # when the source was last looked at
    quote: str  # the rule's own words, "" none yet
    quote_from: str  # address where they were read, "" the source
    confidence: Confidence
    verified: bool  # a person of the customer has read the source
    version: str  # changes with each change of what the entry says, or of a holiday's rule
    consent: str  # what the rule says about consent, "" nothing
    notes: str
    effective: date | None  # the first and the last day on which it is in force
    until: date | None
    hours: Mapping[str, Sequence[str]]  # as written: {"mon-fri": ["09:00-20:00"]}
    holidays: Sequence[str]  # names
    caps: Sequence[Mapping[str, Any]]  # as written: {"max": 3, "per": "24h"}


def rules_for(regions: Iterable[str], years: Iterable[int], *, purpose: Purpose = Purpose.SALES) -> list[RuleSet]:
    """Return the rule sets that count for a person: all must allow a call.

    `regions`: countries and states as `find_regions` returns them. A bare country whose states have rules of their own
    has those of all its states, for the person may be in any. `years`: for which holidays are computed; give those of
    the whole time in which the next permitted minute is looked for, usually this year and the next.
    Raises BadRuleSetError when an entry cannot be read.
    """
    # The years around: New Year's Eve west of UTC, and a New Year's Day that is observed the day before.
    wanted = tuple(sorted({each for year in years for each in (year - 1, year, year + 1)}))
    return [_rule_set(entry.position, wanted) for entry in _entries_for(regions, purpose)]


def describe_all() -> list[AppliedRule]:
    """Return every rule there is, in the order of the files. Raises BadRuleSetError."""
    return [_describe(entry) for entry in _entries()]


def describe(regions: Iterable[str], *, purpose: Purpose = Purpose.SALES) -> list[AppliedRule]:
    """Return who says what `rules_for` returns, in the same order. Raises BadRuleSetError."""
    return [_describe(entry) for entry in _entries_for(regions, purpose)]


def law_of(region: str) -> str:
    """Return the region whose law counts in a region: France's on Réunion; elsewhere its own."""
    return _LAW_OF.get(region, region)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """A rule as it is written."""

    position: int  # in all entries
    name: str
    region: str
    purposes: frozenset[Purpose]
    data: Mapping[str, Any]


def _entries_for(regions: Iterable[str], purpose: Purpose) -> list[_Entry]:
    entries = [entry for entry in _entries() if purpose in entry.purposes]
    chosen: dict[str, _Entry] = {}
    for written in list(regions) or [DEFAULT_REGION]:
        region = law_of(written)
        country = region.partition("-")[0]
        found = [entry for entry in entries if entry.region == country or _is_named(entry.region, region)]
        if not any(entry.region == country for entry in found):
            found += [entry for entry in entries if entry.region == DEFAULT_REGION]
        chosen.update({entry.name: entry for entry in found})
    return list(chosen.values())


def _is_named(ruled: str, region: str) -> bool:
    """Whether a region's rule counts in another: its own, and for a bare country those of all its states."""
    return ruled == region or ("-" not in region and ruled.startswith(f"{region}-"))


@cache
def _entries() -> Sequence[_Entry]:
    """Return all rules in the order of the files. Each is checked by reading it for a year."""
    entries: list[_Entry] = []
    for path in sorted(FOLDER.glob("*.toml")):
        entries += _read_entries(path, first_position=len(entries))
    names = [entry.name for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadRuleSetError(f"{', '.join(sorted(twice))}: the name stands twice; give one of the entries a “name”.")
    return entries


def _read_entries(path: Path, *, first_position: int = 0) -> list[_Entry]:
    """Return the rules of a file. Raises BadRuleSetError with the file, the rule and the field."""
    written = list(_read_file(path))
    try:
        return [_read_entry(position, data) for position, data in enumerate(written, first_position)]
    except BadRuleSetError as error:
        raise BadRuleSetError(f"{path.name}: {error}") from error


def _read_file(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        yield from tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise BadRuleSetError(f"{path.name}: cannot be read, or has no [[rule]]: {error}.") from error


def _read_entry(position: int, data: Mapping[str, Any]) -> _Entry:
    name = data.get("name") or data.get("region") or f"rule {position + 1}"
    if missing := _NEEDED - set(data):
        raise BadRuleSetError(f"{name}: needs {', '.join(sorted(missing))}.")
    if unknown := set(data) - _ALLOWED:
        raise BadRuleSetError(
            f"{name}: {', '.join(sorted(unknown))} is not known; allowed: {', '.join(sorted(_ALLOWED))}."
        )
    purposes = frozenset(_member(name, Purpose, written) for written in data.get("purposes", ["sales"]))
    entry = _Entry(position=position, name=name, region=data["region"], purposes=purposes, data=data)
    _describe(entry)
    _make_rule_set(entry, (2026,))
    return entry


def _describe(entry: _Entry) -> AppliedRule:
    data = entry.data
    return AppliedRule(
        name=entry.name,
        region=entry.region,
        title=data["title"],
        basis=_member(entry.name, Basis, data["basis"]),
        applies_to=_member(entry.name, AppliesTo, data.get("applies_to", "all")),
        source=data["source"],
        source_date=data["source_date"],
        as_of=_as_of(entry),
        quote=_quote(entry),
        quote_from=_quote_from(entry),
        confidence=_member(entry.name, Confidence, data["confidence"]),
        verified=data["verified"],
        version=_version(entry),
        consent=data["consent"],
        notes=data["notes"],
        effective=data.get("effective"),
        until=data.get("until"),
        hours=data["hours"],
        holidays=data.get("holidays", ()),
        caps=data.get("caps", ()),
    )


def _as_of(entry: _Entry) -> date:
    if type(day := entry.data["as_of"]) is not date:
        raise BadRuleSetError(f"{entry.name}: “{day}” in “as_of” is no date such as 2026-11-28, without quotes.")
    return day


def _quote(entry: _Entry) -> str:
    quote = entry.data.get("quote", "")
    if not isinstance(quote, str) or ("quote" in entry.data and not quote.strip()):
        raise BadRuleSetError(f"{entry.name}: “{quote}” in “quote” is no text; leave the field out when there is none.")
    if len(quote) > LONGEST_QUOTE:
        raise BadRuleSetError(
            f"{entry.name}: “quote” has {len(quote)} characters; at most {LONGEST_QUOTE} are allowed. Keep the decisive words."
        )
    return quote


def _quote_from(entry: _Entry) -> str:
    address = entry.data.get("quote_from", "")
    if "quote_from" in entry.data and "quote" not in entry.data:
        raise BadRuleSetError(f"{entry.name}: “quote_from” needs “quote”.")
    if "quote_from" in entry.data and not _is_address(address):
        raise BadRuleSetError(
            f"{entry.name}: “{address}” in “quote_from” is no address such as https://example.org/law."
        )
    return str(address)


def _is_address(written: Any) -> bool:
    return isinstance(written, str) and re.fullmatch(r"https?://[^\s/]+\.[^\s]+", written) is not None


def _version(entry: _Entry) -> str:
    """Return a short hash of what the entry says, and of the dates that its holidays have in one year."""
    closed, _ = _special_dates(entry, (2026,))
    said = {field: value for field, value in entry.data.items() if field not in _ABOUT_THE_READING}
    content = json.dumps([said, sorted(map(str, closed))], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:10]


def _member(name: str, kind: type[_Member], written: Any) -> _Member:
    try:
        return kind(written)
    except ValueError as error:
        allowed = ", ".join(str(member.value) for member in kind)
        raise BadRuleSetError(f"{name}: “{written}” is not allowed; it is one of {allowed}.") from error


# -- from an entry to a rule set -------------------------------------------------------------------------------------


@lru_cache(maxsize=2_000)
def _rule_set(position: int, years: tuple[int, ...]) -> RuleSet:
    return _make_rule_set(_entries()[position], years)


def _make_rule_set(entry: _Entry, years: tuple[int, ...]) -> RuleSet:
    data = entry.data
    closed, special = _special_dates(entry, years)
    return read_rule_set(
        entry.name,
        {
            "region": entry.region,
            "weekly": _weekly(entry),
            "closed_dates": [day.isoformat() for day in closed],
            "special_dates": {day.isoformat(): windows for day, windows in special.items()},
            "caps": data.get("caps", ()),
            "time_zone": data.get("time_zone"),
            "effective": str(data["effective"]) if "effective" in data else None,
            "until": str(data["until"]) if "until" in data else None,
            "refusal_pause_days": data.get("refusal_pause_days"),
        },
    )


def _weekly(entry: _Entry) -> dict[str, list[list[str]]]:
    """Return the windows of each weekday, from days and ranges of days such as mon-fri."""
    weekly: dict[str, list[list[str]]] = {}
    if not isinstance(entry.data["hours"], Mapping):
        raise BadRuleSetError(
            f"{entry.name}: “hours” is a table such as {{ mon-fri = ['09:00-17:00'], sat-sun = [] }}."
        )
    for days, windows in entry.data["hours"].items():
        first, _, last = days.partition("-")
        try:
            chosen = WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]
        except ValueError as error:
            raise BadRuleSetError(f"{entry.name}: “{days}” in “hours” is no day such as mon or mon-fri.") from error
        weekly.update({day: _split(windows) for day in chosen})
    return weekly


def _split(windows: Iterable[str]) -> list[list[str]]:
    return [window.split("-") for window in windows]


def _special_dates(entry: _Entry, years: Iterable[int]) -> tuple[set[date], dict[date, list[list[str]]]]:
    """Return the closed dates, and the windows of shortened ones."""
    data, shortened = entry.data, entry.data.get("shortened", {})
    observed = _member(entry.name, Observed, data.get("holidays_observed", "no"))
    closed: set[date] = set()
    short: set[date] = set()
    try:
        for year in years:
            closed |= dates_of(data.get("holidays", ()), year, observed)
            short |= dates_of(shortened.get("holidays", ()), year)
    except BadHolidayError as error:
        raise BadRuleSetError(f"{entry.name}: {error}") from error
    if shortened.get("before_holidays"):
        short |= {day - _ONE_DAY for day in closed} | {date(year, 12, 31) for year in years}
    weekly = _weekly(entry)
    windows = {day: _overlap(weekly[WEEKDAYS[day.weekday()]], _split(shortened["hours"])) for day in short - closed}
    return closed, windows


def _overlap(windows: list[list[str]], others: list[list[str]]) -> list[list[str]]:
    """Return the time that is in both. Times such as 09:00 compare as text."""
    pairs = [(max(a, c), min(b, d)) for a, b in windows for c, d in others]
    return [[opens, closes] for opens, closes in pairs if opens < closes]
