"""The JSON of imports: what an upload is asked for, how an import is shown, why a line was rejected."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.api.leads.serializers import LeadRemovalSerializer
from campaigns.imports.as_json import import_as_json
from campaigns.imports.upload import LONGEST_LIST_NAME, LONGEST_SOURCE_NOTE
from campaigns.imports.words import explain_code
from campaigns.lead_import.importing import Duplicates
from campaigns.models import ImportStatus, LeadImport, LeadImportRow
from voiceplatform.api.bodies import StrictSerializer
from voiceplatform.text import clean_line

LONGEST_MAPPING = 100_000  # characters of JSON
MOST_MAPPED = 1_000  # columns


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class MappingField(serializers.Field[dict[str, str], str, Any, Any]):
    """A JSON object in a form, column name to field. The reader decides which columns and fields there are."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        try:
            mapping: Any = json.loads(data) if isinstance(data, str) and len(data) <= LONGEST_MAPPING else None
        except (ValueError, RecursionError):
            mapping = None
        is_mapping = isinstance(mapping, dict) and all(isinstance(field, str) for field in mapping.values())
        if not is_mapping or len(mapping) > MOST_MAPPED:
            raise serializers.ValidationError(
                f"This is no mapping. Send a JSON object of at most {MOST_MAPPED:,} columns, such as {{“Tel.”: “phone”}}."
            )
        return {clean_line(column): field for column, field in mapping.items()}


STATUSES = [status.value for status in ImportStatus]


class UploadSerializer(StrictSerializer):
    """A lead file and how to read it, as a form."""

    file = serializers.FileField(help_text="CSV in any encoding, or XLSX.")
    duplicates = serializers.ChoiceField(
        choices=[each.value for each in Duplicates],
        default=Duplicates.SKIP.value,
        help_text="What to do with numbers that are leads of the campaign already.",
    )
    region = serializers.CharField(
        max_length=2, required=False, default="", allow_blank=True, help_text="Country of numbers without one: US."
    )
    mapping = MappingField(required=False, default=dict, help_text="Column to field, where a guess is wrong.")
    dry_run = serializers.BooleanField(default=False, help_text="Count and report, and write no lead.")
    list_name = serializers.CharField(
        max_length=LONGEST_LIST_NAME,
        required=False,
        default="",
        allow_blank=True,
        help_text="The list that gets the leads; left out: a new one, named after the file.",
    )
    source_note = serializers.CharField(
        max_length=LONGEST_SOURCE_NOTE,
        required=False,
        default="",
        allow_blank=True,
        help_text="Where these people come from, and how they agreed to be called.",
    )


class ImportSerializer(serializers.Serializer[LeadImport]):
    """One file on its way into a campaign."""

    id = serializers.UUIDField(read_only=True)
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    campaign = serializers.CharField(read_only=True, help_text="Its module name.")
    customer = serializers.CharField(read_only=True, help_text="Its slug.")
    list = serializers.CharField(read_only=True)
    file_name = serializers.CharField(read_only=True)
    dry_run = serializers.BooleanField(read_only=True)
    region = serializers.CharField(read_only=True)
    policy = serializers.CharField(read_only=True, help_text="skip or update.")
    rows = serializers.IntegerField(read_only=True, help_text="So far; headers and blank lines are in no count.")
    created = serializers.IntegerField(read_only=True)
    updated = serializers.IntegerField(read_only=True)
    duplicates = serializers.IntegerField(read_only=True)
    rejected = serializers.IntegerField(read_only=True)
    do_not_call = serializers.IntegerField(read_only=True, help_text="Of the created and updated.")
    mapping = serializers.DictField(child=serializers.CharField(), read_only=True)
    encoding = serializers.CharField(read_only=True)
    delimiter = serializers.CharField(read_only=True)
    last_line = serializers.IntegerField(read_only=True, help_text="Up to here everything is committed.")
    failure = serializers.CharField(read_only=True, help_text="Why it failed, as a code.")
    failure_detail = serializers.CharField(read_only=True)
    undo = LeadRemovalSerializer(read_only=True, allow_null=True, help_text="Of a large import that is undone.")
    created_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def to_representation(self, instance: LeadImport) -> dict[str, Any]:
        return import_as_json(instance)


class RejectionSerializer(serializers.ModelSerializer[LeadImportRow]):
    """A line that became no lead."""

    message = serializers.SerializerMethodField(help_text="The reason in words, and what to do.")

    class Meta:
        model = LeadImportRow
        fields = ["line", "column", "value", "reason", "message"]

    def get_message(self, row: LeadImportRow) -> str:
        advice = explain_code(row.reason)
        return f"{advice.said} {advice.to_do}".strip()
