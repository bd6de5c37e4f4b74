"""What do people see of a persona besides its form? Where the draft stands, its versions, its prompt, its history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest

from personas.access.scoped_admin import UNCHANGED
from personas.models import Agent, Persona, PersonaVersion
from personas.persona.closing import default_closing_message
from personas.persona.differences import Difference, Line, compare_lines, read_differences
from personas.persona.placeholders import Part, split
from personas.persona.prompt import list_gaps, render_template
from personas.persona.spec import PersonaSpec, find_mistakes

SAMPLE_CALLER = "+15550100001"
SAMPLE_NUMBER = "+15551230100"
VERSIONS_A_PAGE = 20
LONGEST_SLUG = 40  # characters; leaves room for an ending
CHANGES_SHOWN = 50  # of the history of the instructions


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the draft relates to what speaks."""

    published: PersonaVersion | None
    differences: list[Difference]  # of the draft from what speaks; empty while nothing was published
    mistakes: list[str]  # what keeps the draft from being published
    gaps: list[str]  # what does not, but is worth a look
    next_number: int  # of the version that publishing would make


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A version, and what it changed."""

    version: PersonaVersion
    calls: int  # that ran on it
    speaks: bool  # now
    differences: list[Difference]  # from the one before; empty for the first


@dataclass(frozen=True, kw_only=True)
class ReturnPlan:
    """What bringing back a version will do."""

    version: PersonaVersion
    next_number: int
    changes: list[Difference]  # of what speaks
    lost: list[Difference]  # what the draft has and no version does


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What an agent is told."""

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


def find_standing(persona_id: int) -> Standing:
    """Return where the saved draft stands. Cost: three queries."""
    persona = Persona.objects.select_related("published__by").get(pk=persona_id)
    draft, published = persona.draft(), persona.published
    differences = read_differences(published.persona_spec(), draft) if published else []
    return Standing(
        published=published,
        differences=differences,
        mistakes=find_mistakes(draft),
        gaps=list_gaps(draft),
        next_number=_next_number(persona),
    )


def list_unpublished(persona: Persona) -> list[Difference]:
    """Return what the draft says and nobody hears. Cost: one query."""
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
    return VersionRow(version=version, calls=calls, speaks=version.pk == persona.published_id, differences=differences)


def plan_return(persona: Persona, version: PersonaVersion) -> ReturnPlan:
    """Return what bringing back this version would change. Cost: three queries."""
    speaks, draft, target = persona.published, persona.draft(), version.persona_spec()
    changes = read_differences(speaks.persona_spec(), target) if speaks else read_differences(None, target)
    unpublished = speaks is None or speaks.persona_spec() != draft
    lost = read_differences(target, draft) if unpublished else []
    return ReturnPlan(version=version, next_number=_next_number(persona), changes=changes, lost=lost)


def render_draft(persona: Persona) -> dict[str, Any]:
    """Return what the model would read, and the words it would be given, if the draft were published now; placeholders
    apart.
    """
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
        "caller": SAMPLE_CALLER,
        "dialed": dialed,
    }


def list_instruction_changes(persona_id: str) -> list[InstructionChange]:
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


def tell_publications(records: list[Any]) -> None:
    """Add to each record's `happened` which version began to speak. The records are newest first. Cost: one query."""
    numbers = dict(
        PersonaVersion.objects.filter(pk__in={r.published_id for r in records if r.published_id}).values_list(
            "pk", "number"
        )
    )
    for record, before in pairwise(records):
        if record.published_id not in (before.published_id, None):
            told = [sentence for sentence in record.happened if sentence != UNCHANGED]
            record.happened = [*told, f"Published version {numbers.get(record.published_id, '?')}."]


def publish_or_explain(persona: Persona, request: HttpRequest) -> tuple[PersonaVersion | None, list[str]]:
    """Return the version that speaks now, or everything that keeps the draft from speaking."""
    try:
        return persona.publish(by=request.user), []  # type: ignore[arg-type]
    except ValidationError as refused:
        return None, refused.messages


def _next_number(persona: Persona) -> int:
    newest = persona.versions.first()
    return newest.number + 1 if newest else 1
