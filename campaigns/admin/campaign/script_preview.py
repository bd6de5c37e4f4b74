"""Shows a script that is being written as one lead hears it, and what keeps it from being said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from campaigns.admin.campaign.chosen_lead import ChosenLead, choose_lead
from campaigns.models import Campaign
from campaigns.preflight.placeholders.statistics import count_columns
from campaigns.preflight.placeholders.use import LeadColumns, PlaceholderFinding, find_placeholder_findings
from campaigns.script.lead_fields import LeadFacts
from campaigns.script.texts import CampaignTexts, CampaignWords, Finding, FindingKind, campaign_words
from personas.persona.placeholders import Part, split
from personas.persona.spec import LONGEST_INSTRUCTIONS, LONGEST_MESSAGE
from voiceplatform.phone_numbers import format_phone
from voiceplatform.text import clean_text

COUNTS_KEPT_SECONDS = 30  # the preview is asked for with every pause in typing
LABELS = {
    "agent_instructions": "Agent instructions",
    "session_instructions": "Call script",
    "voicemail_message": "Voicemail message",
    "screening_answer": "Answer to call screening",
    "disclosure": "Disclosure",
}
LIMITS = {
    "agent_instructions": LONGEST_INSTRUCTIONS,
    "session_instructions": LONGEST_INSTRUCTIONS,
    "voicemail_message": LONGEST_MESSAGE,
    "screening_answer": LONGEST_MESSAGE,
    "disclosure": LONGEST_MESSAGE,
}
# In the order in which a call hears them.
SHOWN = ("disclosure", "agent_instructions", "session_instructions", "voicemail_message", "screening_answer")
INVENTED = LeadFacts(
    name="Maria Gomez",
    first_name="Maria",
    last_name="Gomez",
    company="Brightline Dental",
    title="Office manager",
    email="maria.gomez@example.com",
    phone="+16175550100",
    time_zone="America/New_York",
    resource_name="Sam Reed",
)


@dataclass(frozen=True, kw_only=True)
class ShownText:
    """One text as the lead hears it."""

    label: str
    parts: list[Part]


@dataclass(frozen=True, kw_only=True)
class ShownFinding:
    """What to look at in the texts, and where."""

    sentence: str
    field: str  # its label
    input: str  # id of the input where it is mended
    is_error: bool


@dataclass(frozen=True, kw_only=True)
class ScriptPreview:
    """The texts of a campaign for one lead."""

    chosen: ChosenLead
    name: str  # as whom the texts are heard
    texts: list[ShownText]
    lead_context: str
    findings: list[ShownFinding]


def read_texts(data: Any) -> CampaignTexts:
    """Return the texts of a form that is not saved. What is too long is cut: the form itself refuses it."""
    texts: dict[str, Any] = {name: clean_text(data.get(name, ""))[:most] for name, most in LIMITS.items()}
    return CampaignTexts(**texts)


def preview_script(campaign: Campaign, texts: CampaignTexts, asked: Any, request: HttpRequest) -> ScriptPreview:
    """Return the texts as the asked lead hears them; as an invented one does while the campaign has no leads."""
    columns = read_columns(campaign)
    chosen = choose_lead(campaign, asked, request, total=columns.total)
    facts = chosen.lead.facts() if chosen.lead else INVENTED
    words = campaign_words(texts, facts)
    written = dict(texts.items())
    return ScriptPreview(
        chosen=chosen,
        name=words.name or (format_phone(facts.phone) if facts.phone else "a lead without a name"),
        texts=[
            ShownText(label=LABELS[name], parts=split(written[name], words.values)) for name in SHOWN if written[name]
        ],
        lead_context=words.lead_context,
        findings=_list_findings(texts, columns, words),
    )


def read_columns(campaign: Campaign) -> LeadColumns:
    """Return the columns of the campaign's leads, at most half a minute old. Cost: two queries, if not known."""
    key = f"lead-columns-{campaign.pk}"
    known: LeadColumns | None = cache.get(key)
    if known is None:
        known = count_columns(campaign)
        cache.set(key, known, COUNTS_KEPT_SECONDS)
    return known


def _list_findings(texts: CampaignTexts, columns: LeadColumns, words: CampaignWords) -> list[ShownFinding]:
    """Return what is wrong for all leads, then what only this lead's values do."""
    suspicious = [found for found in words.findings if found.kind is FindingKind.SUSPICIOUS_VALUE]
    return [
        *(_show(found.field, *_describe(found, columns)) for found in find_placeholder_findings(texts, columns)),
        *(_show(found.field, found.message, False) for found in suspicious),
    ]


def _show(field: str, sentence: str, is_error: bool) -> ShownFinding:
    return ShownFinding(sentence=sentence, field=LABELS[field], input=f"id_{field}", is_error=is_error)


def _describe(found: PlaceholderFinding, columns: LeadColumns) -> tuple[str, bool]:
    """Return a sentence, and whether it must be mended before the campaign is started."""
    finding = Finding(field=found.field, placeholder=found.placeholder, kind=found.kind)
    if found.kind is FindingKind.MISSING_VALUE:
        then = "The fallback is said." if found.has_fallback else f"{finding.consequence} Add a fallback after a bar: |"
        return f"“{found.placeholder}” is empty in {found.empty:,} {columns.of_in_words}. {then}", False
    meant = f" Did you mean “{found.suggestion}”?" if found.suggestion else ""
    return f"{finding.message}{meant}", True
