"""Stores the CRM's answer: a snapshot, and a published persona that follows the CRM until a user edits it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import Q

from personas.crm.payload import CrmPersona
from personas.models import CrmSnapshot, Persona, PersonaVersion
from voiceplatform.phone_numbers import mask_phone

logger = logging.getLogger(__name__)


def store(
    row: CrmSnapshot, found: CrmPersona | None, *, now: datetime, url: str, body: str, fresh_until: datetime
) -> CrmSnapshot:
    """Store an answer and return the row as it is now. Needs a transaction; nothing in it waits for a network.

    "Not found" leaves the persona in place: it only stops answering.
    """
    stored: CrmSnapshot = CrmSnapshot.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found:
        _follow(stored, found)
    outcome = CrmSnapshot.Outcome.FOUND if found else CrmSnapshot.Outcome.NOT_FOUND
    stored.record_answer(now, outcome=outcome, url=url, body=body, fresh_until=fresh_until)
    return stored


def _follow(row: CrmSnapshot, found: CrmPersona) -> None:
    """Publish the CRM's persona, unless nothing changed in the CRM or users edited the persona here."""
    note = "; ".join(["From the CRM", *found.remarks])[:200]
    persona = _persona(row)
    if persona is None:
        values = {"customer_id": row.customer_id, "slug": _slug(row), "origin": Persona.Origin.CRM}
        row.persona = Persona.create_published(found.spec, note=note, **values)
        row.synced_version = row.persona.published
        return
    row.persona = persona
    synced = _synced(row, persona)
    if synced and synced.persona_spec() == found.spec:
        return
    if _is_edited(persona, synced):
        logger.info(
            "kept the persona that users edited, not the one the CRM sent",
            extra={"digits": mask_phone(row.digits), "persona_id": persona.pk},
        )
        return
    persona.write_draft(found.spec)
    row.synced_version = persona.publish(by=None, note=note)


def _persona(row: CrmSnapshot) -> Persona | None:
    """Return the number's persona, locked against an admin who publishes meanwhile; None when there is none yet."""
    either = Q(pk=row.persona_id) | Q(slug=_slug(row))
    found: list[Persona] = list(
        Persona.objects.select_for_update(of=("self",)).filter(either, customer=row.customer_id)
    )
    return next((persona for persona in found if persona.pk == row.persona_id), found[0] if found else None)


def _slug(row: CrmSnapshot) -> str:
    return f"crm-{row.digits or 'unknown'}"


def _synced(row: CrmSnapshot, persona: Persona) -> PersonaVersion | None:
    """Return the version that came from the CRM last.

    The snapshot may have been deleted to force a new lookup: then what no user published came from the CRM.
    """
    version = row.synced_version or persona.published
    from_crm = (
        version and version.persona_id == persona.pk and version.by_id is None and persona.origin == Persona.Origin.CRM
    )
    return version if from_crm else None


def _is_edited(persona: Persona, synced: PersonaVersion | None) -> bool:
    """Whether users changed the draft or published something else since the CRM's last version.

    By content, not by version: a user who restores the CRM's version follows the CRM again.
    """
    if synced is None:
        return persona.origin != Persona.Origin.CRM or persona.published_id is not None
    live = persona.published.persona_spec() if persona.published else None
    return not (persona.draft() == live == synced.persona_spec())
