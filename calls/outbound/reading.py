"""Checks what the API, the form and the command want of a call; each error names the field, the value and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from calls.models import Trunk
from calls.outbound.lead_call import find_persona
from calls.outbound.request import LONGEST_AHEAD_DAYS, LONGEST_CALL_SECONDS, SHORTEST_CALL_SECONDS, CallRequest
from campaigns.models import Campaign, Lead
from personas.answering.routing import Source
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber
from personas.models.written_phone import explain_rejection
from personas.persona.languages import LANGUAGES, read_language
from personas.persona.prompt import EMOTIONS
from personas.persona.spec import LONGEST_INSTRUCTIONS
from voiceplatform.ids import is_uuid
from voiceplatform.text import clean_line, clean_text
from voiceplatform.written_numbers import Rejection, read_number

LONGEST_NAME = 200  # characters
LONGEST_PHONE = 64  # characters, as people write them
LONGEST_PARAMS_BYTES = 32_768
DEEPEST_PARAMS = 5
IN_THE_PAST = timedelta(minutes=1)  # clocks differ

Values = Mapping[str, Any]


def read_request(values: Values, *, customer: Customer, requested_by: str) -> CallRequest:
    """Return the call that is wanted, from values of the right types. Cost: about nine queries.

    Raises ValidationError with all that is wrong, by the names that the API's fields have.
    """
    read: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field, reader in _READERS.items():
        try:
            read[field] = reader({**values, **read}, customer)
        except ValueError as error:
            errors[field] = str(error)
    campaign, lead = read.get("campaign"), read.get("lead")
    if not errors and read["persona"] is None and not (campaign or read["dynamic_instruction"]):
        errors["dynamic_instruction"] = (
            "Say what the call is for, or name a persona: this customer has no default persona."
        )
    if errors:
        raise ValidationError(errors)
    version, source = read["persona"] or (None, Source.CAMPAIGN if campaign else Source.REQUEST)
    return CallRequest(
        customer=customer,
        phone=read["phone_number"],
        requested_by=requested_by,
        name=read["name"],
        instruction=read["dynamic_instruction"],
        version=version,
        version_source=source,
        language=read["language"],
        emotion=read["emotion"],
        params=read["additional_params"],
        trunk=read["trunk"],
        caller_id=read["from_number"],
        scheduled_at=read["schedule_at"],
        max_duration_seconds=read["max_duration"],
        override_hours=bool(values.get("override_hours")),
        campaign=campaign,
        lead=lead,
        variant=campaign.variant_for(lead.pk) if campaign and lead else None,
    )


def is_ours(phone: str) -> bool:
    """Whether a number rings here. Cost: two queries."""
    return PhoneNumber.objects.filter(phone=phone).exists() or Trunk.objects.filter(numbers__contains=[phone]).exists()


# -- one field each: (values, of which earlier ones are read already; the customer) -> what it means. Raises ValueError. --------


def _read_phone(values: Values, customer: Customer) -> str:
    written: str = values["phone_number"]
    number = read_number(written, customer.region)
    if isinstance(number, Rejection):
        raise ValueError(explain_rejection(number, written[:LONGEST_PHONE], customer.region))
    if number.other_phones:
        raise ValueError(f"“{written[:LONGEST_PHONE]}” has {1 + len(number.other_phones)} phone numbers. Give one.")
    if is_ours(number.e164):
        raise ValueError(f"“{written}” is one of this installation's own numbers. Call another one.")
    return number.e164


def _read_name(values: Values, customer: Customer) -> str:
    name = clean_line(values.get("name") or "")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{len(name)} characters are too many: {LONGEST_NAME} at most.")
    return name


def _read_instruction(values: Values, customer: Customer) -> str:
    instruction = clean_text(values.get("dynamic_instruction") or "").strip()
    if len(instruction) > LONGEST_INSTRUCTIONS:
        raise ValueError(f"{len(instruction):,} characters are too many: {LONGEST_INSTRUCTIONS:,} at most.")
    return instruction


def _read_language(values: Values, customer: Customer) -> str:
    written = values.get("language") or ""
    language = read_language(written)
    if written and not language:
        raise ValueError(
            f"“{written[:40]}” is not supported. Use one of: {', '.join(LANGUAGES)}, or its first part alone."
        )
    return language


def _read_emotion(values: Values, customer: Customer) -> str:
    written = (values.get("emotion") or "").strip()
    known = {emotion.lower(): emotion for emotion in EMOTIONS}
    if written and written.lower() not in known:
        raise ValueError(f"“{written[:40]}” is not known. Use one of: {', '.join(EMOTIONS)}.")
    return known.get(written.lower(), "")


def _read_params(values: Values, customer: Customer) -> dict[str, Any]:
    params = values.get("additional_params") or {}
    if not isinstance(params, dict):
        raise ValueError('Not an object. Example: {"customer_tier": "gold"}.')
    if _depth(params) > DEEPEST_PARAMS:
        raise ValueError(f"Nested too deeply: at most {DEEPEST_PARAMS} levels.")
    size = len(json.dumps(params, ensure_ascii=False).encode("utf-8", "replace"))
    if size > LONGEST_PARAMS_BYTES:
        raise ValueError(f"{size:,} bytes are too many: {LONGEST_PARAMS_BYTES:,} at most, as JSON.")
    return params


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, dict | list) else 0


def _find_campaign(values: Values, customer: Customer) -> Campaign | None:
    written = str(values.get("campaign") or "").strip()
    if not written:
        return None
    own = Campaign.objects.named(written).filter(customer=customer)
    campaign: Campaign | None = own.select_related("persona__published").first()
    if campaign is None:
        raise ValueError(f"This customer has no campaign “{written[:LONGEST_PHONE]}”. Give its module or its id.")
    return campaign


def _find_lead(values: Values, customer: Customer) -> Lead | None:
    """Return the campaign's lead with this number."""
    phone, campaign = values.get("phone_number"), values.get("campaign")
    if not isinstance(campaign, Campaign):
        return None
    lead: Lead | None = Lead.objects.filter(campaign=campaign, phone=phone).select_related("campaign", "place").first()
    return lead


def _read_moment(values: Values, customer: Customer) -> datetime | None:
    moment: datetime | None = values.get("schedule_at")
    now = timezone.now()
    if moment and moment < now - IN_THE_PAST:
        raise ValueError(f"{moment.isoformat()} is in the past: it is {now.isoformat(timespec='seconds')}.")
    if moment and moment > now + timedelta(days=LONGEST_AHEAD_DAYS):
        raise ValueError(f"{moment.isoformat()} is more than {LONGEST_AHEAD_DAYS} days ahead.")
    return moment


def _read_duration(values: Values, customer: Customer) -> float | None:
    seconds = values.get("max_duration")
    if seconds is not None and not SHORTEST_CALL_SECONDS <= seconds <= LONGEST_CALL_SECONDS:
        raise ValueError(f"{seconds} is not allowed: {SHORTEST_CALL_SECONDS} to {LONGEST_CALL_SECONDS} seconds.")
    return None if seconds is None else float(seconds)


def _find_version(values: Values, customer: Customer) -> tuple[PersonaVersion, Source] | None:
    """Return the published version that speaks; None when the call brings its own instructions."""
    named = str(values.get("persona") or "").strip()
    if not named and isinstance(campaign := values.get("campaign"), Campaign):
        version, source = find_persona(campaign)
        return (version, source) if version else None
    if not named:
        default = None if values["dynamic_instruction"] else customer.default_persona
        return (default.published, Source.CUSTOMER_DEFAULT) if default and default.published else None
    personas = Persona.objects.filter(customer=customer).select_related("published__persona")
    persona = personas.filter(**({"uid": named} if is_uuid(named) else {"slug": named})).first()
    if persona is None:
        raise ValueError(f"This customer has no persona “{named[:60]}”. Give its id or its slug.")
    if persona.published is None:
        raise ValueError(f"“{persona.name}” is a draft. Publish it first.")
    return persona.published, Source.REQUEST


def _find_trunk(values: Values, customer: Customer) -> Trunk | None:
    named = values.get("trunk")
    if not named:
        return None
    trunk: Trunk | None = (
        Trunk.objects.usable_by(customer.pk).filter(uid=named).first() if is_uuid(str(named)) else None
    )
    if trunk is None:
        raise ValueError(f"This customer has no enabled trunk “{str(named)[:60]}”.")
    return trunk


def _find_caller_id(values: Values, customer: Customer) -> str:
    """Return the caller ID that was asked for; "" when none was."""
    written = (values.get("from_number") or "").strip()
    if not written:
        return ""
    trunk = values.get("trunk")
    trunks = [trunk] if isinstance(trunk, Trunk) else Trunk.objects.usable_by(customer.pk)
    ours = [number for trunk in trunks for number in trunk.numbers]
    number = read_number(written, customer.region)
    found = written if isinstance(number, Rejection) else number.e164
    if found not in ours:
        allowed = ", ".join(ours[:10]) or "none, for there is no enabled trunk"
        raise ValueError(f"“{written[:LONGEST_PHONE]}” is not a number of the trunk. Possible: {allowed}.")
    return found


# In this order: a later one may need what an earlier one found.
_READERS: dict[str, Callable[[Values, Customer], Any]] = {
    "phone_number": _read_phone,
    "name": _read_name,
    "dynamic_instruction": _read_instruction,
    "language": _read_language,
    "emotion": _read_emotion,
    "additional_params": _read_params,
    "campaign": _find_campaign,
    "lead": _find_lead,
    "schedule_at": _read_moment,
    "max_duration": _read_duration,
    "persona": _find_version,
    "trunk": _find_trunk,
    "from_number": _find_caller_id,
}
