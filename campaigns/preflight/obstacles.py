"""Finds what stands in the way of starting a campaign, and what deserves a look. Asked before each start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.models import Campaign, Lead
from campaigns.permission.lead import terms_of
from campaigns.permission.places import look_at_places, places_to_call
from campaigns.preflight.placeholders.statistics import count_columns
from campaigns.preflight.placeholders.use import PlaceholderFinding, find_placeholder_findings
from campaigns.script.texts import FindingKind


class Severity(StrEnum):
    ERROR = "error"  # the campaign cannot start
    WARNING = "warning"


class Code(StrEnum):
    """What was found."""

    NO_PERSONA = "no_persona"
    PERSONA_NOT_PUBLISHED = "persona_not_published"
    NO_SCRIPT = "no_script"
    NO_LEADS = "no_leads"
    ENDED = "ended"
    NEVER_OPEN = "never_open"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    MALFORMED_PLACEHOLDER = "malformed_placeholder"
    EMPTY_PLACEHOLDER = "empty_placeholder"
    NO_CONSENT = "no_consent"
    NO_TRUNK = "no_trunk"
    NO_CALLER_ID = "no_caller_id"
    NOT_DONE_IN_TIME = "not_done_in_time"
    RULES_NOT_VERIFIED = "rules_not_verified"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to fix or to look at, with the field of the campaign where that is done; "" = not in the campaign."""

    severity: Severity
    field: str
    code: Code
    message: str

    @property
    def is_obstacle(self) -> bool:
        return self.severity is Severity.ERROR


def find_obstacles(campaign: Campaign, now: datetime) -> list[Finding]:
    """Return what was found, errors first. Trunks and numbers are asked apart: they belong to calls.

    Cost: ten queries at most. The leads are counted, and the values of 10,000 are read.
    """
    found = [
        *_about_persona(campaign),
        *_about_dates(campaign, now),
        *_about_leads(campaign, now),
        *_about_words(campaign),
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def error(field: str, code: Code, message: str) -> Finding:
    return Finding(severity=Severity.ERROR, field=field, code=code, message=message)


def warning(field: str, code: Code, message: str) -> Finding:
    return Finding(severity=Severity.WARNING, field=field, code=code, message=message)


def _about_persona(campaign: Campaign) -> Iterator[Finding]:
    persona = campaign.persona or campaign.customer.default_persona
    if persona is None:
        yield error("persona", Code.NO_PERSONA, "No persona is chosen, and the customer has no default persona.")
    elif persona.published is None:
        yield error("persona", Code.PERSONA_NOT_PUBLISHED, f"The persona “{persona}” is a draft. Publish it.")


def _about_dates(campaign: Campaign, now: datetime) -> Iterator[Finding]:
    today = now.astimezone(ZoneInfo(campaign.effective_time_zone)).date()
    if campaign.ends_on and campaign.ends_on < today:
        yield error("ends_on", Code.ENDED, f"The last day, {campaign.ends_on}, is over.")


def _about_leads(campaign: Campaign, now: datetime) -> Iterator[Finding]:
    places = places_to_call(campaign)
    if not places:
        yield error("", Code.NO_LEADS, "There are no leads to call. Import a list.")
        return
    looked = look_at_places(terms_of(campaign), places, now)
    if not any(place.is_open or place.next_at for place in looked.values()):
        yield error(
            "calling_hours",
            Code.NEVER_OPEN,
            "The calling hours and the rules where the leads are share no hour in the next two months.",
        )
    if campaign.consent_required and (missing := _count_without_consent(campaign)):
        yield warning(
            "consent_required", Code.NO_CONSENT, f"{missing:,} leads have no date of consent and will not be called."
        )


def _count_without_consent(campaign: Campaign) -> int:
    return Lead.objects.open().filter(campaign=campaign, consent_on=None).count()


def _about_words(campaign: Campaign) -> Iterator[Finding]:
    if not campaign.session_instructions.strip():
        yield warning(
            "session_instructions", Code.NO_SCRIPT, "There is no call script: the persona's prompt is all there is."
        )
    columns = count_columns(campaign)
    own = find_placeholder_findings(campaign.texts(), columns)
    for found in own:
        yield from _about_placeholder(found)
    for variant in campaign.variants.filter(weight__gt=0):
        for found in find_placeholder_findings(campaign.texts(variant), columns):
            if found not in own:
                yield from _about_placeholder(found, f"Variant “{variant}”: ")


def _about_placeholder(found: PlaceholderFinding, of: str = "") -> Iterator[Finding]:
    """Return what is wrong with a placeholder. `of`: the beginning of the message, for the words of a variant."""
    match found.kind:
        case FindingKind.UNKNOWN_PLACEHOLDER:
            meant = f" Did you mean “{found.suggestion}”?" if found.suggestion else ""
            message = f"{of}“{found.placeholder}” is not a column of the leads.{meant}"
            yield error(found.field, Code.UNKNOWN_PLACEHOLDER, message)
        case FindingKind.MALFORMED_PLACEHOLDER:
            message = f"{of}“{found.placeholder}” is incomplete: write {{{{ column }}}} or {{{{ column | fallback }}}}."
            yield error(found.field, Code.MALFORMED_PLACEHOLDER, message)
        case FindingKind.MISSING_VALUE:
            happens = "the fallback is used" if found.has_fallback else "it is left out"
            message = f"{of}“{found.placeholder}” is empty for {found.empty:,} leads: {happens}."
            yield warning(found.field, Code.EMPTY_PLACEHOLDER, message)
