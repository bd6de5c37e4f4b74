"""The forms and answers of the older dialer's endpoints, for lead lists and prospects. Shape only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from campaigns.api.import_serializers import STATUSES
from campaigns.api.legacy.serializers import OkSerializer
from campaigns.imports.upload import LONGEST_LIST_NAME
from campaigns.models import Lead


class OlderUploadForm(serializers.Serializer[Any]):
    """A lead file, as the older dialer sends it."""

    file = serializers.FileField(help_text="CSV in any encoding, or XLSX. Its name becomes the list's.")
    campaign = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="Module name. Left out: the built-in campaign.",
    )
    region = serializers.CharField(
        max_length=2, required=False, default="", allow_blank=True, help_text="Country of numbers without one: US."
    )
    customer = serializers.CharField(max_length=50, required=False, allow_blank=True, help_text="Slug, where needed.")


class ListNameForm(serializers.Serializer[Any]):
    """Which list."""

    name = serializers.CharField(max_length=LONGEST_LIST_NAME, help_text="The list's name, usually that of its file.")
    campaign = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="Module name, where two campaigns have such a list."
    )
    customer = serializers.CharField(max_length=50, required=False, allow_blank=True, help_text="Slug, where needed.")


class NamedListSerializer(OkSerializer):
    name = serializers.CharField()
    campaign = serializers.CharField(help_text="Its module name.")


class SelectedListSerializer(NamedListSerializer):
    active = serializers.BooleanField(help_text="Whether “call lead 5” means this list.")


class UploadedSerializer(SelectedListSerializer):
    import_id = serializers.UUIDField(help_text="See /api/v1/imports/{id}.")
    status = serializers.ChoiceField(choices=STATUSES, help_text="`queued` and `running` for files that take longer.")
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Lines that became no lead: /api/v1/imports/{id}/rejections.")
    do_not_call = serializers.IntegerField()


class FileSerializer(SelectedListSerializer):
    ok = None  # type: ignore[assignment]
    size = serializers.IntegerField(help_text="Bytes of the newest file; 0 when there was none.")
    mtime = serializers.IntegerField(help_text="Milliseconds since 1970, of the newest file.")
    prospects = serializers.IntegerField(help_text="Index of the last prospect.")


class FilesSerializer(OkSerializer):
    files = FileSerializer(many=True)


class OlderPreviewSerializer(NamedListSerializer):
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField(child=serializers.CharField(allow_blank=True)))
    total = serializers.IntegerField(help_text="Index of the last prospect.")


class ProspectSerializer(serializers.Serializer[Any]):
    """A lead under the older dialer's names."""

    index = serializers.IntegerField(help_text="Its place in the list, from 1; stays when others are deleted.")
    prospect_name = serializers.CharField(allow_blank=True)
    company_name = serializers.CharField(allow_blank=True)
    job_title = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(help_text="E.164.")
    email = serializers.CharField(allow_blank=True)
    timezone = serializers.CharField(allow_blank=True, help_text="IANA; empty when several are possible.")
    resource_name = serializers.CharField(allow_blank=True)
    extra = serializers.DictField(child=serializers.CharField(allow_blank=True), help_text="Other columns of the file.")
    state = serializers.ChoiceField(choices=Lead.State.values)
    do_not_call = serializers.BooleanField()


class ProspectsSerializer(OkSerializer):
    name = serializers.CharField(allow_null=True, help_text="The active list; null when there is none.")
    campaign = serializers.CharField(help_text="Its module name.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Index of the last prospect.")
    prospects = ProspectSerializer(many=True)
