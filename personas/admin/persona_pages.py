"""Gathers what the pages of a persona show besides its form: the status of the draft, versions, prompt and history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest

from personas.models import Agent, Persona, PersonaVersion
from personas.persona.closing import default_closing_message
from personas.persona.differences import Difference, Line, compare_lines, read_differences
from personas.persona.languages import name_language
from personas.persona.placeholders import Part, split
from personas.persona.prompt import list_gaps, render_template
from personas.persona.spec import Mistake, MistakeKind, PersonaSpec, describe_mistake, find_mistakes
from voiceplatform.phone_numbers import format_phone

SAMPLE_CALLER = "+15550100001"
SAMPLE_NUMBER = "+15551230100"
VERSIONS_A_PAGE = 20
LONGEST_SLUG = 40  # characters; leaves room for an ending
LONGEST_NOTE = 200  # characters
CHANGES_SHOWN = 50  # of the history of the instructions
INPUTS = {  # where in the form a mistake is mended
    MistakeKind.NO_NAME: "id_name",
    MistakeKind.NO_INSTRUCTIONS: "id_agents-0-instructions",
    MistakeKind.UNSUPPORTED_LANGUAGE: "id_language",
}


@dataclass(frozen=True, kw_only=True)
class ShownMistake:
    """A mistake of the draft, and the id of the input where it is mended; "" where the form has none."""

    sentence: str
    input: str


@dataclass(frozen=True, kw_only=True)
class DraftStatus:
    """How the draft differs from the live version."""

    published: PersonaVersion | None
    differences: list[Difference]  # of the draft from the live version; empty while nothing is published
    mistakes: list[ShownMistake]  # what prevents publishing
    gaps: list[str]  # placeholders without a value, which do not prevent it
    next_number: int  # of the version that publishing would make


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A version, and what it changed."""

    version: PersonaVersion
    calls: int  # that ran on it
    is_live: bool
    differences: list[Difference]  # from the one before; empty for the first


@dataclass(frozen=True, kw_only=True)
class RestorePlan:
    """What restoring a version will change."""

    version: PersonaVersion
    next_number: int
    changes: list[Difference]  # of the live version
    lost: list[Difference]  # what the draft has and no version does


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The prompt of one agent."""

    agent: str
    parts: list[Part]


@dataclass(frozen=True, kw_only=True)
class InstructionChange:
    """One saved change of an agent's prompt."""

    agent: str
    at: Any
    by: Any
    kind: str
    lines: tuple[Line, ...]


def find_draft_status(persona_id: int) -> DraftStatus:
    """Return how the saved draft differs from the live version. Cost: three queries."""
    persona = Persona.objects.select_related("published__by").get(pk=persona_id)
    draft, published = persona.draft(), persona.published
    differences = read_differences(published.persona_spec(), draft) if published else []
    return DraftStatus(
        published=published,
        differences=differences,
        mistakes=[_show(mistake) for mistake in find_mistakes(draft)],
        gaps=list_gaps(draft),
        next_number=_next_number(persona),
    )


def _show(mistake: Mistake) -> ShownMistake:
    # The form has one agent; the instructions of a named one of several are not on it.
    return ShownMistake(sentence=describe_mistake(mistake), input="" if mistake.agent else INPUTS.get(mistake.kind, ""))


def list_unpublished(persona: Persona) -> list[Difference]:
    """Return what differs between the draft and the live version. Cost: one query."""
    return read_differences(persona.published.persona_spec(), persona.draft()) if persona.published else []


def name_copy(persona: Persona) -> dict[str, str]:
    """Return a name and a slug that the customer has not given yet. Cost: one query."""
    taken = set(
        Persona.objects.filter(customer=persona.customer_id, slug__startswith=persona.slug[:LONGEST_SLUG]).values_list(
            "slug", flat=True
        )
    )
    for number in count(1):
        ending = "copy" if number == 1 else f"copy-{number}"
        if (slug := f"{persona.slug[:LONGEST_SLUG]}-{ending}") not in taken:
            return {"name": f"{persona.name[:90]} ({ending.replace('-', ' ')})", "slug": slug}
    raise AssertionError("numbers do not end")


def list_versions(persona: Persona, page: str | None) -> tuple[Page[Any], list[VersionRow]]:
    """Return a page of the versions, newest first, each compared with the one before. Cost: four queries."""
    # `calls` is the reverse side of Call.persona_version: this app knows the relation's name and nothing else of it.
    versions = persona.versions.select_related("by").annotate(call_count=Count("calls")).order_by("-number")
    found = Paginator(versions, VERSIONS_A_PAGE).get_page(page)
    shown = list(found.object_list)
    older = shown[-1].before() if shown else None
    rows = [_version_row(persona, version, before) for version, before in zip(shown, [*shown[1:], older], strict=True)]
    return found, rows


def _version_row(persona: Persona, version: PersonaVersion, before: PersonaVersion | None) -> VersionRow:
    differences = read_differences(before.persona_spec(), version.persona_spec()) if before else []
    calls: int = version.call_count  # type: ignore[attr-defined]
    return VersionRow(version=version, calls=calls, is_live=version.pk == persona.published_id, differences=differences)


def plan_restore(persona: Persona, version: PersonaVersion) -> RestorePlan:
    """Return what restoring this version would change. Cost: three queries."""
    live, draft, target = persona.published, persona.draft(), version.persona_spec()
    changes = read_differences(live.persona_spec(), target) if live else read_differences(None, target)
    unpublished = live is None or live.persona_spec() != draft
    lost = read_differences(target, draft) if unpublished else []
    return RestorePlan(version=version, next_number=_next_number(persona), changes=changes, lost=lost)


def render_draft(persona: Persona) -> dict[str, Any]:
    """Return the prompts, the greeting and the closing message of the draft, with their placeholders marked."""
    spec: PersonaSpec = persona.draft()
    number = persona.numbers.first()
    dialed = number.phone if number else SAMPLE_NUMBER
    prompts = [
        Prompt(agent=a.name, parts=split(render_template(spec, a, caller=SAMPLE_CALLER, dialed=dialed)))
        for a in spec.agents
    ]
    first, last = (
        split(spec.welcome_message),
        split(spec.closing_message or default_closing_message(spec.voice.language)),
    )
    return {
        "spec": spec,
        "prompts": prompts,
        "first": first,
        "last": last,
        "gaps": list_gaps(spec),
        "caller": format_phone(SAMPLE_CALLER),
        "dialed": format_phone(dialed),
        "language": name_language(spec.voice.language),
    }


def list_instruction_changes(persona_id: int) -> list[InstructionChange]:
    """Return who changed the agents' instructions, newest first. simple_history shows the persona's own fields only."""
    records = list(Agent.history.filter(persona_id=persona_id).select_related("history_user")[:CHANGES_SHOWN])
    changes = []
    for place, record in enumerate(records):
        before = next((older for older in records[place + 1 :] if older.id == record.id), None)
        lines = compare_lines(
            before.instructions if before else "", "" if record.history_type == "-" else record.instructions
        )
        changes.append(
            InstructionChange(
                agent=record.name,
                at=record.history_date,
                by=record.history_user,
                kind=record.get_history_type_display(),
                lines=lines,
            )
        )
    return changes


def add_publications(records: list[Any]) -> None:
    """Add to each record's `happened` which version was published. The records are newest first. Cost: one query."""
    numbers = dict(
        PersonaVersion.objects.filter(pk__in={r.published_id for r in records if r.published_id}).values_list(
            "pk", "number"
        )
    )
    for record, before in pairwise(records):
        if record.published_id not in (before.published_id, None):
            record.happened = [*record.happened, f"Published version {numbers.get(record.published_id, '?')}."]


def publish_or_explain(persona: Persona, request: HttpRequest) -> tuple[PersonaVersion | None, list[str]]:
    """Return the live version, or everything that prevents publishing."""
    note = request.POST.get("publish_note", "").strip()[:LONGEST_NOTE]
    try:
        return persona.publish(by=request.user, note=note), []  # type: ignore[arg-type]
    except ValidationError as refused:
        return None, refused.messages


def _next_number(persona: Persona) -> int:
    newest = persona.versions.first()
    return newest.number + 1 if newest else 1
