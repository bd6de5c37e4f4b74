"""The JSON of personas, numbers and rules. Shape only: the models decide what is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rest_framework import serializers

from personas.access.api_auth import Client
from personas.answering.routing import Source
from personas.api.fields import CustomerField, OwnedField
from personas.models import Persona, PersonaVersion, PhoneNumber, RoutingRule
from personas.persona.spec import (
    AGENT_NAME,
    LANGUAGE,
    LONGEST_INSTRUCTIONS,
    LONGEST_MESSAGE,
    AgentSpec,
    PersonaSpec,
    VoiceSpec,
)
from voiceplatform.api.bodies import StrictSerializer

MOST_AGENTS = 50
SOURCES = [source.value for source in Source]
VOICE_FIELDS = ("provider", "model", "voice", "language", "emotion", "temperature")


class OwnedSerializer(StrictSerializer):
    """Something that belongs to a customer, and stays with it."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            attrs["customer"] = attrs.get("customer") or self._only_customer()
        elif attrs.pop("customer", self.instance.customer) != self.instance.customer:
            raise serializers.ValidationError(
                {"customer": ["The customer cannot be changed. Create it for the other customer instead."]}
            )
        return attrs

    def _only_customer(self) -> Any:
        customers = list(Client.of(self.context["request"]).customers()[:2])
        if len(customers) != 1:
            raise serializers.ValidationError(
                {"customer": ["Name the customer by its slug: your key has none, or more than one."]}
            )
        return customers[0]


class AgentSerializer(StrictSerializer):
    name = serializers.RegexField(
        AGENT_NAME, max_length=50, help_text="A small letter, then small letters, digits or _."
    )
    instructions = serializers.CharField(
        max_length=LONGEST_INSTRUCTIONS,
        allow_blank=True,
        help_text="Who the agent is, what it should achieve, what it must not do.",
    )
    on_enter_prompt = serializers.CharField(
        max_length=LONGEST_MESSAGE,
        allow_blank=True,
        default="",
        help_text="What to do when the conversation comes to this agent.",
    )


class PersonaSerializer(OwnedSerializer):
    """The draft. Callers hear the published version."""

    id = serializers.UUIDField(source="uid", read_only=True)
    customer = CustomerField()
    slug = serializers.SlugField(max_length=50, help_text="Short name, unique for the customer.")
    name = serializers.CharField(max_length=100, help_text="The name it introduces itself with.")
    origin = serializers.ChoiceField(
        choices=Persona.Origin.choices, read_only=True, help_text="Who made it: people, or the CRM."
    )
    welcome_message = serializers.CharField(
        max_length=LONGEST_MESSAGE, allow_blank=True, required=False, help_text="The first words of every call."
    )
    closing_message = serializers.CharField(
        max_length=LONGEST_MESSAGE,
        allow_blank=True,
        required=False,
        help_text="Said before the agent hangs up. Empty: “Thank you for your call. Goodbye.” in the persona's language.",
    )
    provider = serializers.ChoiceField(
        choices=Persona.Provider.choices, required=False, allow_blank=True, help_text="Empty: what VOICE_PROVIDER says."
    )
    model = serializers.CharField(
        max_length=100, allow_blank=True, required=False, help_text="Empty: the provider's own default."
    )
    voice = serializers.CharField(max_length=50, required=False, help_text="A voice of the provider, e.g. Leda.")
    language = serializers.RegexField(LANGUAGE, max_length=15, required=False, help_text="BCP 47 tag, e.g. en-US.")
    emotion = serializers.ChoiceField(choices=Persona.Emotion.choices, required=False)
    temperature = serializers.FloatField(
        min_value=0, max_value=2, required=False, help_text="0 to 2; kept to two places."
    )
    recording = serializers.BooleanField(
        required=False, help_text="Record both sides of its calls; calls of campaigns as the campaign says."
    )
    entry_agent = serializers.CharField(
        max_length=50, allow_blank=True, required=False, help_text="Speaks first. Empty: the first agent."
    )
    agents = AgentSerializer(
        many=True, required=False, help_text=f"All of them, {MOST_AGENTS} at most: a list replaces the list before."
    )
    published_version = serializers.IntegerField(
        source="version_number", read_only=True, allow_null=True, help_text="The live version; null: not published."
    )
    has_unpublished_changes = serializers.BooleanField(read_only=True)

    def to_representation(self, instance: Persona) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        shown["entry_agent"] = instance.draft().entry_agent
        return shown

    def validate_agents(self, agents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(agents) > MOST_AGENTS:
            raise serializers.ValidationError(f"A persona has {MOST_AGENTS} agents at most.")
        names = [agent["name"] for agent in agents]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise serializers.ValidationError(f"Names are unique in a persona; used twice: {', '.join(twice)}.")
        return agents

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        self._refuse_taken_slug(attrs)
        attrs["spec"] = spec = self._spec(attrs)
        names = [agent.name for agent in spec.agents]
        if attrs.get("entry_agent") and spec.entry_agent not in names:
            raise serializers.ValidationError(
                {"entry_agent": [f"There is no such agent. Possible: {', '.join(names) or 'none yet'}."]}
            )
        return attrs

    def _refuse_taken_slug(self, attrs: dict[str, Any]) -> None:
        customer = self.instance.customer if self.instance else attrs["customer"]
        others = Persona.objects.filter(customer=customer, slug=attrs.get("slug")).exclude(
            pk=self.instance.pk if self.instance else None
        )
        if others.exists():
            raise serializers.ValidationError({"slug": ["Another persona of this customer has it."]})

    def _spec(self, attrs: dict[str, Any]) -> PersonaSpec:
        """Return the draft as it will be: what is there, changed by what was given."""
        spec = self.instance.draft() if self.instance else NOTHING
        given: dict[str, Any] = {
            field: attrs[field]
            for field in ("name", "welcome_message", "closing_message", "entry_agent", "recording")
            if field in attrs
        }
        voice = {field: attrs[field] for field in VOICE_FIELDS if field in attrs}
        if "temperature" in voice:
            voice["temperature"] = round(voice["temperature"], 2)
        if "agents" in attrs:
            given["agents"] = tuple(AgentSpec(**agent) for agent in attrs["agents"])
        return replace(spec, voice=replace(spec.voice, **voice), **given)


NOTHING = PersonaSpec(name="", voice=VoiceSpec(), welcome_message="", closing_message="", entry_agent="", agents=())


class VersionSerializer(serializers.ModelSerializer[PersonaVersion]):
    """What a persona was when it was published. It never changes."""

    by = serializers.CharField(
        source="by.username",
        allow_null=True,
        read_only=True,
        default=None,
        help_text="Who published it; null: a key, or a deleted user.",
    )
    spec = serializers.DictField(
        read_only=True, help_text="The whole persona: name, voice, messages, entry_agent, agents."
    )

    class Meta:
        model = PersonaVersion
        fields = ["number", "at", "by", "note", "spec"]
        read_only_fields = fields


class PublishSerializer(StrictSerializer):
    note = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="What changed, for people.")


class RestoreSerializer(StrictSerializer):
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="The number of the version to restore."
    )


class NumberSerializer(OwnedSerializer):
    phone = serializers.CharField(
        max_length=40, help_text="In any format; comes back as +15551230100. It cannot be changed later."
    )
    customer = CustomerField()
    label = serializers.CharField(
        max_length=100, allow_blank=True, required=False, help_text="Internal name, e.g. “Front desk”."
    )  # type: ignore[assignment]
    persona = OwnedField(
        slug_field="uid",
        queryset=Persona.objects.all(),
        allow_null=True,
        required=False,
        help_text="The persona that answers. null: the CRM's, then the customer's default.",
    )
    caller_lookup = serializers.BooleanField(
        required=False, help_text="Look up the caller in the CRM instead of the dialed number."
    )
    loading = serializers.ChoiceField(choices=PhoneNumber.Loading.choices, required=False)
    region = serializers.RegexField(
        r"^[A-Z]{2}$",
        max_length=2,
        allow_blank=True,
        required=False,
        help_text="ISO 3166 code of the country in whose national form its callers are written. Empty: the customer's.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if self.instance and attrs.pop("phone", self.instance.phone) != self.instance.phone:
            raise serializers.ValidationError(
                {"phone": ["The number cannot be changed. Delete it and create the other one."]}
            )
        return attrs


class RuleSerializer(OwnedSerializer):
    id = serializers.UUIDField(source="uid", read_only=True)
    customer = CustomerField()
    caller = serializers.CharField(
        max_length=40, help_text="Caller's number, in any format; comes back as +15551230100."
    )
    number = OwnedField(
        slug_field="phone",
        queryset=PhoneNumber.objects.all(),
        allow_null=True,
        required=False,
        help_text="On which number; null: on all of the customer's.",
    )
    persona = OwnedField(slug_field="uid", queryset=Persona.objects.all(), help_text="Who answers.")
    note = serializers.CharField(max_length=200, allow_blank=True, required=False)

    class Meta:
        model = RoutingRule


class SkippedSerializer(serializers.Serializer[Any]):
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]
    reason = serializers.CharField()


class RoutingTestSerializer(serializers.Serializer[Any]):
    customer = serializers.CharField(help_text="Slug.")
    dialed = serializers.CharField(help_text="E.164, or as it was given.")
    caller = serializers.CharField(help_text="E.164, or as it was given; empty: caller ID withheld.")
    persona = serializers.UUIDField(allow_null=True, help_text="null: the built-in persona.")
    persona_name = serializers.CharField()
    persona_version = serializers.IntegerField(allow_null=True)
    source = serializers.ChoiceField(choices=SOURCES, help_text="Which rule of the order decided.")  # type: ignore[assignment]
    skipped = SkippedSerializer(many=True, help_text="Earlier steps of the order that did not answer, with the reason.")
    passed_over = SkippedSerializer(many=True, help_text="Deprecated: the same as skipped, under its old name.")
