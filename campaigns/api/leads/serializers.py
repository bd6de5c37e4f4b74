"""The JSON of leads and lists. A lead's values are read by the import's own reader, which decides what is allowed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.api.serializers import LONGEST_PHONE
from campaigns.imports.upload import LONGEST_LIST_NAME, LONGEST_SOURCE_NOTE
from campaigns.lead_import.clean import LONGEST_EXTRA, LONGEST_FIELD
from campaigns.models import Lead
from campaigns.models.module_name import LONGEST_CAMPAIGN
from voiceplatform.api.bodies import StrictSerializer
from voiceplatform.jobs.job import Job

MOST_EXTRA = 200  # columns
LONGEST_HEADER = 80
CAMPAIGN_HELP = "Its module name."


def text(help_text: str = "Empty: not known.", source: str | None = None) -> serializers.CharField:
    return serializers.CharField(
        max_length=LONGEST_FIELD, allow_blank=True, required=False, source=source, help_text=help_text
    )


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class ExtraField(serializers.JSONField):
    """Other columns, by their names."""


class LeadRemovalSerializer(serializers.Serializer[Job]):
    """Leads that are being removed in the background."""

    status = serializers.ChoiceField(choices=Job.Status.choices, read_only=True)
    done = serializers.IntegerField(read_only=True, help_text="Leads.")
    total = serializers.IntegerField(read_only=True, allow_null=True, help_text="null: not known yet.")


class LeadListSerializer(StrictSerializer):
    """Leads that came together, usually from one file."""

    id = serializers.UUIDField(source="uid", read_only=True)
    customer = serializers.CharField(source="customer.slug", read_only=True)
    campaign = serializers.CharField(source="campaign.module", read_only=True, help_text=CAMPAIGN_HELP)
    name = serializers.CharField(max_length=LONGEST_LIST_NAME)
    active = serializers.BooleanField(
        source="is_active",
        help_text="The list that “lead 5” means. A campaign has one at most: the others become inactive.",
    )
    source_note = serializers.CharField(max_length=LONGEST_SOURCE_NOTE, allow_blank=True, required=False)
    removal = LeadRemovalSerializer(
        source="removal_job",
        read_only=True,
        allow_null=True,
        help_text="While the list is deleted, or a large import into it undone: none of its leads is called then.",
    )
    created_at = serializers.DateTimeField(read_only=True)


class LeadSerializer(StrictSerializer):
    """A person in a campaign."""

    id = serializers.UUIDField(read_only=True)
    customer = serializers.CharField(
        source="customer.slug", required=False, help_text="Slug, when two of your customers have such a campaign."
    )
    campaign = serializers.CharField(
        source="campaign.module",
        max_length=LONGEST_CAMPAIGN,
        help_text="Module name or id. It cannot be changed later.",
    )
    list = serializers.UUIDField(
        source="lead_list.uid",
        required=False,
        help_text="Left out: the campaign's active list. It cannot be changed later.",
    )
    position = serializers.IntegerField(read_only=True, help_text="Its place in the list, from 1.")
    phone = serializers.CharField(max_length=LONGEST_PHONE, help_text="In any format; comes back as +15551230100.")
    other_phones = serializers.ListField(child=serializers.CharField(), read_only=True)
    extension = text()
    name = text()
    first_name = text()
    last_name = text()
    company = text()
    title = text("Job title.")
    email = text()
    resource_name = text("In whose name the agent calls.")
    time_zone = text("In any writing; comes back as IANA. Empty: several are possible.")
    region = text("State or province.", source="region_name")
    postal_code = text()
    country = text("In any writing; comes back as ISO 3166.")
    extra = ExtraField(required=False, help_text="Other columns: an object of texts.")
    consent_on = serializers.DateField(
        required=False, allow_null=True, help_text="When the person agreed to be called."
    )
    state = serializers.ChoiceField(choices=Lead.State.choices, read_only=True)
    stop_reason = serializers.ChoiceField(choices=[("", ""), *Lead.StopReason.choices], read_only=True)
    do_not_call = serializers.BooleanField(read_only=True, help_text="Its number is on the do-not-call list.")
    attempts = serializers.IntegerField(read_only=True)
    next_call_at = serializers.DateTimeField(read_only=True, help_text="Not before; of leads that are new or waiting.")
    last_called_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_result = serializers.CharField(read_only=True, allow_null=True)
    disposition = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Lead) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {"last_result": instance.last_result or None}

    def validate_extra(self, extra: Any) -> dict[str, str]:
        is_texts = isinstance(extra, dict) and all(isinstance(value, str) for value in extra.values())
        if not is_texts or len(extra) > MOST_EXTRA:
            raise serializers.ValidationError(f"Give an object of at most {MOST_EXTRA} columns whose values are texts.")
        if long := [name for name, value in extra.items() if len(name) > LONGEST_HEADER or len(value) > LONGEST_EXTRA]:
            raise serializers.ValidationError(
                f"Too long: {long[0][:LONGEST_HEADER]}. A name has at most {LONGEST_HEADER} characters, a value {LONGEST_EXTRA}."
            )
        checked: dict[str, str] = extra
        return checked

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None:
            fixed = [name for name in ("customer", "campaign", "list") if name in self.initial_data]
            if fixed:
                why = "It cannot be changed. Create the lead in the other campaign or list instead."
                raise serializers.ValidationError({name: [why] for name in fixed})
        return attrs
