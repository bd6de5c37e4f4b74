"""The forms and answers of the older dialer's endpoints, for campaigns. Shape only."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models.module_name import LONGEST_CAMPAIGN
from campaigns.older_prompts.prompt_module import (
    AGENT_NAME,
    LARGEST_MODULE,
    SESSION_NAME,
    PromptModule,
    PromptModuleError,
)
from campaigns.older_prompts.words import explain_module
from personas.persona.spec import LONGEST_INSTRUCTIONS
from voiceplatform.text import clean_line, clean_text

LONGEST_NAME = 100  # characters


@extend_schema_field({"type": "string", "maxLength": LONGEST_INSTRUCTIONS})
class PromptField(serializers.Field[str, Any, str, Any]):
    """A text, or a file with the text: of a Python prompt module (*.py), the string of one constant."""

    def __init__(self, *, constant: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.constant = constant

    def to_internal_value(self, data: Any) -> str:
        text = clean_text(self._read_file(data) if isinstance(data, UploadedFile) else str(data))
        if len(text) > LONGEST_INSTRUCTIONS:
            raise serializers.ValidationError(
                f"Use at most {LONGEST_INSTRUCTIONS:,} characters; this has {len(text):,}."
            )
        return text

    def _read_file(self, file: UploadedFile[Any]) -> str:
        name = clean_line(file.name or "", 100)
        content: bytes = file.read(LARGEST_MODULE + 1)
        file.seek(0)  # both fields may be one file
        if name.lower().endswith(".py"):
            try:
                return PromptModule(content).text(self.constant)
            except PromptModuleError as error:
                raise serializers.ValidationError(explain_module(error, name)) from error
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise serializers.ValidationError(
                f"{name} is not UTF-8 text. Send text, or a Python module (*.py)."
            ) from error

    def to_representation(self, value: str) -> str:
        return value


class CampaignForm(serializers.Serializer[Any]):
    """A campaign as the older dialer writes it."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False, help_text="As people see it.")
    module = serializers.CharField(
        max_length=LONGEST_CAMPAIGN + 50,
        required=False,
        help_text="Identifier, e.g. q4_sales. Left out: made of the name.",
    )
    agent_text = PromptField(
        constant=AGENT_NAME,
        required=False,
        help_text="Agent instructions: text, or a file, also a Python module with the older constants. Parsed, never run.",
    )
    session_text = PromptField(constant=SESSION_NAME, required=False, help_text="Call script, in the same ways.")
    customer = serializers.CharField(max_length=50, required=False, allow_blank=True, help_text="Slug, where needed.")


class NewCampaignForm(CampaignForm):
    name = serializers.CharField(max_length=LONGEST_NAME, help_text="As people see it.")


class CampaignUpdateForm(CampaignForm):
    module = serializers.CharField(max_length=LONGEST_CAMPAIGN + 50, help_text="Which campaign.")


class OkSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField(help_text="true; false with `error` when the request was refused.")


class SavedCampaignSerializer(OkSerializer):
    name = serializers.CharField()
    module = serializers.CharField()


class BuiltInSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    module = serializers.CharField()
    builtin = serializers.BooleanField()
    key = serializers.CharField(help_text="How the older dialer's pages name it.")


class CustomSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    module = serializers.CharField()


class CampaignsSerializer(OkSerializer):
    builtin = BuiltInSerializer(many=True)
    custom = CustomSerializer(many=True)


class CampaignTextsSerializer(serializers.Serializer[Any]):
    module = serializers.CharField()
    name = serializers.CharField()
    agent_text = serializers.CharField(allow_blank=True)
    session_text = serializers.CharField(allow_blank=True)


class CampaignItemsSerializer(OkSerializer):
    items = CampaignTextsSerializer(many=True)
