"""Adds many pasted numbers to the do-not-call list, one a line, and reports what became of each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from campaigns.do_not_call.listed_number import ListedNumber, read_listed_number
from campaigns.models.blocked_leads import StoppedLeads
from campaigns.models.do_not_call import DoNotCall

MOST_LINES = 10_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line that is not empty."""

    place: int  # from 1, as in the text; empty lines count
    written: str
    number: ListedNumber | None = None  # None: refused
    refusal: str = ""  # why, and what to enter


@dataclass(frozen=True, kw_only=True)
class PasteReport:
    """What became of the lines. Every line that is not empty is in one of the three."""

    added: list[Line]
    listed: list[Line]  # on the list before, or earlier in the text
    refused: list[Line]
    stopped: StoppedLeads = field(default_factory=StoppedLeads)

    @property
    def refused_text(self) -> str:
        """The refused lines as they were written, to correct and send them again."""
        return "\n".join(line.written for line in self.refused)


def read_lines(text: str, region: str) -> list[Line]:
    """Return each line that is not empty, with its number or with why it was refused."""
    return read_all(text.splitlines(), region)


def read_all(numbers: Iterable[str], region: str) -> list[Line]:
    """Return each text that is not empty, as a line."""
    return [_read_line(place, written, region) for place, written in enumerate(numbers, 1) if written.strip()]


def add_pasted(lines: list[Line], **values: Any) -> PasteReport:
    """List the numbers of all lines that were read. `values`: what `DoNotCall.add_many` takes. Cost: as that."""
    refused = [line for line in lines if line.number is None]
    first: dict[ListedNumber, Line] = {}
    for line in lines:
        if line.number is not None:
            first.setdefault(line.number, line)
    all_added = DoNotCall.add_many(list(first), **values)
    added = [line for number, line in first.items() if number in all_added.new]
    places = {line.place for line in added}
    listed = [line for line in lines if line.number is not None and line.place not in places]
    return PasteReport(added=added, listed=listed, refused=refused, stopped=all_added.stopped)


def _read_line(place: int, written: str, region: str) -> Line:
    try:
        return Line(place=place, written=written, number=read_listed_number(written, region))
    except ValidationError as refused:
        return Line(place=place, written=written, refusal=" ".join(refused.messages))
