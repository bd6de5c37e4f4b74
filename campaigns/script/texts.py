"""Fills a campaign's texts for one lead, and finds what keeps them from being said.

Pure: no Django. The call of a lead is put together from the result: `campaign_words(texts, facts).placed_call()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from campaigns.script.lead_fields import LeadFacts, canonical_column
from personas.persona.placed_call import OnMachine, PlacedCall
from personas.persona.placeholders import NOT_KNOWN, Kind, Part, fill, fill_spoken, split

SPOKEN = frozenset(
    {"voicemail_message", "screening_answer", "disclosure"}
)  # fields of CampaignTexts that are said word for word


class FindingKind(StrEnum):
    """What is wrong with a placeholder. The first two concern the campaign, the others one lead."""

    UNKNOWN_PLACEHOLDER = "unknown_placeholder"  # names no column
    MALFORMED_PLACEHOLDER = "malformed_placeholder"  # its braces are incomplete, or it names nothing
    MISSING_VALUE = "missing_value"
    SUSPICIOUS_VALUE = "suspicious_value"  # looks like a placeholder itself


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A placeholder that is left out, or that the model reads as not known."""

    field: str  # of CampaignTexts
    placeholder: str  # its column; as it is written when it names none
    kind: FindingKind

    @property
    def message(self) -> str:
        match self.kind:
            case FindingKind.UNKNOWN_PLACEHOLDER:
                return f"“{self.placeholder}” is not a column of the leads. {self.consequence}"
            case FindingKind.MALFORMED_PLACEHOLDER:
                return f"“{self.placeholder}” is incomplete: write {{{{ column }}}} or {{{{ column | fallback }}}}."
            case FindingKind.MISSING_VALUE:
                return f"“{self.placeholder}” is empty and has no fallback. {self.consequence}"
            case FindingKind.SUSPICIOUS_VALUE:
                return f"The lead's “{self.placeholder}” looks like a placeholder. {self.consequence}"

    @property
    def consequence(self) -> str:
        return "It is left out." if self.field in SPOKEN else f"The model reads “{NOT_KNOWN}” instead."


@dataclass(frozen=True, kw_only=True)
class CampaignTexts:
    """What a campaign says, with placeholders. Fields as in campaigns.models.Campaign."""

    agent_instructions: str = ""
    session_instructions: str = ""
    voicemail_message: str = ""
    disclosure: str = ""
    on_machine: str = OnMachine.CONTINUE
    speaks_first: bool = True
    screening_answer: str = ""

    def items(self) -> Iterator[tuple[str, str]]:
        yield "agent_instructions", self.agent_instructions
        yield "session_instructions", self.session_instructions
        yield "voicemail_message", self.voicemail_message
        yield "screening_answer", self.screening_answer
        yield "disclosure", self.disclosure


@dataclass(frozen=True, kw_only=True)
class CampaignWords:
    """The same texts for one lead. No placeholder is left in them, so filling them again changes nothing."""

    agent_instructions: str
    session_instructions: str
    voicemail_message: str  # said word for word
    disclosure: str  # said word for word
    lead_context: str  # data, one fact a line; stands before the script
    on_machine: str = OnMachine.CONTINUE
    speaks_first: bool = True
    screening_answer: str = ""  # said word for word
    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # for the persona's own placeholders
    findings: tuple[Finding, ...] = ()

    def placed_call(self, params: Mapping[str, Any] | None = None) -> PlacedCall:
        """Return what the prompt says of this lead's call. `params`: of the request, where there is one."""
        return PlacedCall(
            name=self.name,
            agent_instructions=self.agent_instructions,
            context=self.lead_context,
            disclosure=self.disclosure,
            on_machine=self.on_machine,
            voicemail_message=self.voicemail_message,
            speaks_first=self.speaks_first,
            screening_answer=self.screening_answer,
            instruction=self.session_instructions,
            lead_values=self.values,
            params=params or {},
        )


def campaign_words(texts: CampaignTexts, lead: LeadFacts) -> CampaignWords:
    """Return what the agent is told and says in this lead's call, and what is missing for it."""
    values = lead.values()
    return CampaignWords(
        agent_instructions=fill(texts.agent_instructions, values),
        session_instructions=fill(texts.session_instructions, values),
        voicemail_message=fill_spoken(texts.voicemail_message, values),
        disclosure=fill_spoken(texts.disclosure, values),
        lead_context=lead.context(),
        on_machine=texts.on_machine,
        speaks_first=texts.speaks_first,
        screening_answer=fill_spoken(texts.screening_answer, values),
        name=values.get("prospect_name", ""),
        values=values,
        findings=tuple(find_findings(texts.items(), values, lead.columns())),
    )


def find_findings(
    texts: Iterable[tuple[str, str]], values: Mapping[str, str], columns: frozenset[str]
) -> list[Finding]:
    """Return what is wrong with each (field, text), each placeholder once for each field, in order."""
    found = (
        Finding(field=name, placeholder=_name(part, kind), kind=kind)
        for name, text in texts
        for part in split(text, values)
        if (kind := _judge(part, columns))
    )
    return list(dict.fromkeys(found))


def _judge(part: Part, columns: frozenset[str]) -> FindingKind | None:
    match part.kind:
        case Kind.MALFORMED:
            return FindingKind.MALFORMED_PLACEHOLDER
        case Kind.SUSPICIOUS:
            return FindingKind.SUSPICIOUS_VALUE
        case Kind.UNKNOWN:
            known = column_named(part.written) in columns
            return FindingKind.MISSING_VALUE if known else FindingKind.UNKNOWN_PLACEHOLDER
    return None


def _name(part: Part, kind: FindingKind) -> str:
    match kind:
        case FindingKind.MALFORMED_PLACEHOLDER:
            return part.written
        case FindingKind.UNKNOWN_PLACEHOLDER:
            return _inner(part.written)
    return column_named(part.written)


def column_named(written: str) -> str:
    """Return the column that a placeholder names: `company_name` for `{{ company | your company }}`."""
    inner = _inner(written)
    return "email" if "@" in inner else canonical_column(inner)


def _inner(written: str) -> str:
    return written.strip("{}[]").partition("|")[0].strip()
