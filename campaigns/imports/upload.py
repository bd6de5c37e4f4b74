"""Accepts a lead file for a campaign: checks what was asked for, stores the file, finds its list. Imports nothing yet."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.imports.stored_file import store_file
from campaigns.lead_import.columns import MappingError
from campaigns.lead_import.importing import Duplicates, read_leads
from campaigns.lead_import.read import is_archive
from campaigns.models import Campaign, Lead, LeadImport, LeadList
from campaigns.models.lead_import import CHUNK_BYTES
from voiceplatform.countries import is_country
from voiceplatform.text import clean_line, clean_text

LONGEST_LIST_NAME = 150  # characters
LONGEST_SOURCE_NOTE = 1_000  # characters
MOST_OF_ONE_NAME = 10_000  # lists: prospects.csv, prospects (2).csv, …
_PATH = re.compile(r"[/\\]|^\.|^[A-Za-z]:")


def accept_upload(
    campaign: Campaign,
    *,
    file: BinaryIO,
    file_name: str,
    by: str,
    region: str = "",
    duplicates: str = Duplicates.SKIP.value,
    list_name: str = "",
    source_note: str = "",
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> LeadImport:
    """Store a file that is open for reading bytes from its beginning, ready to be previewed and started.

    `region`: ISO 3166, for numbers without a country; empty: the campaign's. `list_name`: the list that gets the leads,
    which may exist; empty: a new one, named after the file. The size is for the caller to limit. Raises ValidationError
    by field: `file`, `region`, `duplicates`, `list_name`, `source_note`, `mapping`.
    """
    name = clean_file_name(file_name)
    checked = check_options(campaign, region=region, duplicates=duplicates, mapping=mapping)
    beginning = file.read(CHUNK_BYTES)
    if not beginning:
        raise ValidationError({"file": f"“{name}” is empty. Choose a file with a header line and one lead a line."})
    check_mapping(file, beginning, mapping=checked["mapping"], region=checked["region"])
    file.seek(0)
    with transaction.atomic():
        lead_list = find_list(campaign, file_name=name, list_name=list_name, source_note=source_note)
        accepted = LeadImport.objects.create(
            customer=campaign.customer,
            campaign=campaign,
            lead_list=lead_list,
            created_by=by[:200],
            file_name=name,
            size=0,
            dry_run=dry_run,
            **checked,
        )
        accepted.size, accepted.digest = store_file(accepted, file)
        accepted.save(update_fields=["size", "digest"])
    return accepted


def clean_file_name(written: str) -> str:
    """Return the name of the file. Raises ValidationError on `file` for a path, for a hidden file and for no name."""
    name = clean_line(written)
    if not name or _PATH.search(name) or name != written.strip():
        shown = clean_line(written, 100)
        raise ValidationError(
            {"file": f"“{shown}” is not a file name. Use a name without folders, e.g. prospects.csv."}
        )
    if len(name) > LONGEST_LIST_NAME:
        raise ValidationError(
            {"file": f"A file name has at most {LONGEST_LIST_NAME} characters; this has {len(name)}."}
        )
    return name


def check_options(
    campaign: Campaign, *, region: str, duplicates: str, mapping: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the fields of the import that say how the file is read. Raises ValidationError by field."""
    code = region.strip().upper() or campaign.effective_region
    if not is_country(code):
        raise ValidationError({"region": f"“{clean_line(region, 20)}” is not a country code. Use one like US or DE."})
    if duplicates not in set(Duplicates):
        raise ValidationError({"duplicates": f"“{clean_line(duplicates, 20)}” is not allowed. Use skip or update."})
    return {"region": code, "duplicates": duplicates, "mapping": dict(mapping or {})}


def find_list(campaign: Campaign, *, file_name: str, list_name: str = "", source_note: str = "") -> LeadList:
    """Return the list that gets the leads: the named one, else an empty one of the file's name, else a new one.

    Raises ListHeldError, a ValidationError, while leads are being removed from it.
    """
    name, note = clean_line(list_name), clean_text(source_note).strip()
    if len(name) > LONGEST_LIST_NAME:
        raise ValidationError({"list_name": f"Use at most {LONGEST_LIST_NAME} characters; this has {len(name)}."})
    if len(note) > LONGEST_SOURCE_NOTE:
        raise ValidationError({"source_note": f"Use at most {LONGEST_SOURCE_NOTE} characters; this has {len(note)}."})
    with transaction.atomic():
        Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)  # one list of a name, one active list
        lists = LeadList.objects.filter(campaign=campaign)
        name = name or _free_name(file_name, lists)
        found: LeadList | None = lists.filter(name=name).first()
        if found is None:
            is_active = not lists.filter(is_active=True).exists()
            found = LeadList.objects.create(
                customer=campaign.customer, campaign=campaign, name=name, is_active=is_active
            )
        else:
            found.require_free()
        if note:
            found.source_note = note
            found.save(update_fields=["source_note"])
    return found


def _free_name(name: str, lists: QuerySet[LeadList]) -> str:
    """Return the file's name, numbered on when a list with leads is called so: prospects (2).csv."""
    has_leads = Exists(Lead.objects.filter(lead_list=OuterRef("pk")))
    taken = set(lists.filter(has_leads).values_list("name", flat=True))
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    numbered = (f"{stem[: LONGEST_LIST_NAME - 8 - len(ending)]} ({n}){ending}" for n in range(2, MOST_OF_ONE_NAME))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def check_mapping(file: BinaryIO, beginning: bytes, *, mapping: Mapping[str, str], region: str) -> None:
    """Refuse a mapping that does not fit the file, now and not in the middle of the work. Moves the file."""
    file.seek(0)
    source = file if is_archive(file) else io.BytesIO(beginning)  # a workbook's directory is at its end
    try:
        read_leads(source, region=region, mapping=mapping)
    except MappingError as refused:
        raise ValidationError({"mapping": str(refused)}) from refused
