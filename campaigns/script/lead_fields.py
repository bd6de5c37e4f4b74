"""What a campaign's texts and the model learn of a lead: values for placeholders, and the lead context.

Pure: no Django. Everything here comes from files of strangers and is data: single lines without controls, cut where they
are too long, and never read for placeholders themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from personas.persona.placed_call import LONGEST_VALUE, render_facts
from personas.persona.placeholders import column_of
from voiceplatform.text import clean_line

# The columns that every lead has, filled or not, by what the lead context calls them.
STANDARD_COLUMNS: Mapping[str, str] = {
    "prospect_name": "Name",
    "job_title": "Title",
    "company_name": "Company",
    "email": "Email",
    "phone": "Phone",
    "time_zone": "Time zone",
    "resource_name": "Resource name",
}
# Not guessed from the full name: known only where the list had such a column.
OPTIONAL_COLUMNS: Mapping[str, str] = {"first_name": "First name", "last_name": "Last name"}
ALIASES: Mapping[str, str] = {
    "name": "prospect_name",
    "full_name": "prospect_name",
    "company": "company_name",
    "title": "job_title",
    "e_mail": "email",
    "email_address": "email",
    "phone_number": "phone",
    "timezone": "time_zone",
    "resource": "resource_name",
}


@dataclass(frozen=True, kw_only=True)
class LeadFacts:
    """What is known of a lead, as it stands in the database."""

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""  # E.164
    time_zone: str = ""  # IANA
    resource_name: str = ""  # in whose name the agent calls
    extra: Mapping[str, str] = field(default_factory=dict)  # the list's other columns, by their headers

    def values(self) -> dict[str, str]:
        """Return the values of placeholders by `column_of`, under each name that a column goes by. Empty ones are left out."""
        own = {column: value for column, value in self._own().items() if value}
        others = {column_of(header): value for header, value in self._extra()}
        aliases = {alias: own[column] for alias, column in ALIASES.items() if column in own}
        return {column: value for column, value in others.items() if value} | aliases | own

    def columns(self) -> frozenset[str]:
        """Return the columns that a placeholder may name: those of every lead, and those of this one's list."""
        optional = {column for column in OPTIONAL_COLUMNS if self._own()[column]}
        return frozenset(STANDARD_COLUMNS) | optional | {column_of(header) for header in self.extra}

    def context(self) -> str:
        """Return the lead context as the model reads it, one fact a line."""
        own = self._own()
        standard = [(label, own[column]) for column, label in STANDARD_COLUMNS.items()]
        return render_facts([*standard, *self._extra()])

    def _own(self) -> dict[str, str]:
        full_name = self.name or f"{self.first_name} {self.last_name}"
        own = {
            "prospect_name": full_name,
            "company_name": self.company,
            "job_title": self.title,
            "email": self.email,
            "phone": self.phone,
            "time_zone": self.time_zone,
            "resource_name": self.resource_name,
            "first_name": self.first_name,
            "last_name": self.last_name,
        }
        return {column: clean_line(value, LONGEST_VALUE) for column, value in own.items()}

    def _extra(self) -> Iterator[tuple[str, str]]:
        for header, value in self.extra.items():
            yield header, clean_line(value, LONGEST_VALUE)


def canonical_column(name: str) -> str:
    """Return the column that a placeholder's name means, e.g. `prospect_name` for `Full Name`."""
    column = column_of(name)
    return ALIASES.get(column, column)


def facts_of(values: Mapping[str, str]) -> LeadFacts:
    """Return the facts of a lead that is made up, by the names that placeholders have, e.g. `prospect_name`."""
    names = {"prospect_name": "name", "company_name": "company", "job_title": "title"}
    own: dict[str, str] = {}
    extra: dict[str, str] = {}
    for written, value in values.items():
        column = canonical_column(written)
        if column in STANDARD_COLUMNS or column in OPTIONAL_COLUMNS:
            own[names.get(column, column)] = value
        else:
            extra[written] = value
    return LeadFacts(**own, extra=extra)
