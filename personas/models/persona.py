"""Personas: the draft that people edit, and the published versions that calls run on."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from personas.models.customer import Customer, CustomerOwnedQuerySet
from personas.persona.spec import (
    AGENT_NAME,
    LANGUAGE,
    LONGEST_INSTRUCTIONS,
    LONGEST_MESSAGE,
    AgentSpec,
    PersonaSpec,
    VoiceSpec,
    describe_mistake,
    find_mistakes,
)
from voiceplatform.history import History
from voiceplatform.ids import uuid7

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Persona(models.Model):
    """How a voice behaves. These rows are the draft; calls run on the published version only."""

    class Provider(models.TextChoices):
        DEFAULT = "", "Default"
        GOOGLE = "google", "Google realtime"
        OFFLINE = "offline", "Offline test voice"

    class Emotion(models.TextChoices):
        NEUTRAL = "Neutral"
        CALM = "Calm"
        EXCITED = "Excited"
        SERIOUS = "Serious"
        FRIENDLY = "Friendly"
        EMPATHETIC = "Empathetic"

    class Origin(models.TextChoices):
        PEOPLE = "people"
        CRM = "crm", "CRM"

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)  # its name outside: public ids are no sequences
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="personas")
    slug = models.SlugField(help_text="Identifier. Used in the API and in exports.")
    name = models.CharField(max_length=100, help_text="Name the agent uses on the call.")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PEOPLE, editable=False)
    welcome_message = models.TextField(
        "greeting",
        max_length=LONGEST_MESSAGE,
        blank=True,
        help_text="Leave empty to let the agent greet in its own words.",
    )
    closing_message = models.TextField(
        max_length=LONGEST_MESSAGE,
        blank=True,
        help_text="Said before the agent hangs up. Leave empty for “Thank you for your call. Goodbye.”",
    )
    provider = models.CharField(max_length=10, choices=Provider, blank=True, default=Provider.DEFAULT)
    model = models.CharField(max_length=100, blank=True, help_text="Leave empty for the provider's default.")
    voice = models.CharField(
        max_length=50, default="Leda", help_text="How the agent sounds. Try a voice in a test call."
    )
    language = models.CharField(
        max_length=15,
        default="en-US",
        validators=[RegexValidator(LANGUAGE, "A BCP 47 tag such as en-US, de-DE or zh.")],
        help_text="The agent follows callers who speak another language.",
    )
    emotion = models.CharField(max_length=12, choices=Emotion, default=Emotion.NEUTRAL)
    temperature = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.2"),
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        help_text="0 = most consistent, 2 = most varied. 0.2 suits phone calls.",
    )
    recording = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Record both sides of its calls. Calls of campaigns are recorded where the campaign says so. "
        "Where the law wants the caller to know or to agree, say so in the greeting.",
    )
    entry_agent = models.ForeignKey(
        "Agent",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Speaks first. Empty: the first agent.",
    )
    published = models.ForeignKey(
        "PersonaVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    history = History()
    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "slug"], name="persona_slug_once_per_customer"),
            models.CheckConstraint(
                condition=Q(temperature__gte=0, temperature__lte=2), name="persona_temperature_0_to_2"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def version_number(self) -> int | None:
        """The number of the published version, None while there is only a draft."""
        return self.published.number if self.published else None

    def draft(self) -> PersonaSpec:
        """Return what publishing now would freeze. Cost: one query."""
        agents = list(self.agents.all())
        entry = next((a.name for a in agents if a.pk == self.entry_agent_id), agents[0].name if agents else "")
        return PersonaSpec(
            name=self.name,
            voice=VoiceSpec(
                provider=self.provider,
                model=self.model,
                voice=self.voice,
                language=self.language,
                emotion=self.emotion,
                temperature=float(self.temperature),
            ),
            welcome_message=self.welcome_message,
            closing_message=self.closing_message,
            entry_agent=entry,
            agents=tuple(a.spec() for a in agents),
            recording=self.recording,
        )

    def has_unpublished_changes(self) -> bool:
        return self.published is None or self.published.persona_spec() != self.draft()

    @classmethod
    def create_published(cls, spec: PersonaSpec, *, note: str, **values: Any) -> Persona:
        """Create a persona whose first version speaks from the next call on: what `write_draft` and `publish` do, in a
        third of the queries, for a caller who waits. Needs a transaction. Raises IntegrityError when the customer has
        the slug already.
        """
        persona = cls(**values)
        persona._take_fields(spec)
        persona.save(force_insert=True)
        for place, agent in enumerate(spec.agents):
            row = Agent(persona=persona, place=place, **Agent.values_of(agent))
            row.save(force_insert=True)
            if agent.name == spec.entry_agent:
                persona.entry_agent = row
        persona.published = PersonaVersion(persona=persona, number=1, spec=spec.to_json(), note=note)
        persona.published.save(force_insert=True)
        persona.save(update_fields=["entry_agent", "published"])
        return persona

    @classmethod
    def create_draft(cls, spec: PersonaSpec, **values: Any) -> Persona:
        """Create a persona that says nothing yet. Raises IntegrityError when the customer has the slug already."""
        with transaction.atomic():
            persona = cls(**values)
            persona._take_fields(spec)
            persona.save(force_insert=True)
            persona.write_draft(spec)
        return persona

    def change_draft(self, spec: PersonaSpec, *, slug: str) -> None:
        """Replace the draft and its short name.

        Raises IntegrityError when another persona of the customer has the slug.
        """
        with transaction.atomic():
            # Important: the persona's row first, then its agents, as everywhere, or two writers wait for each other.
            Persona.objects.select_for_update(of=("self",)).get(pk=self.pk)
            self.slug = slug
            self.save(update_fields=["slug"])
            self.write_draft(spec)

    def publish(self, *, by: User | None, note: str = "") -> PersonaVersion:
        """Freeze the draft as a new version and let it speak from the next call on.

        Returns the version; the published one again when nothing changed.
        Raises ValidationError listing everything that keeps the draft from being published.
        """
        with transaction.atomic():
            persona = Persona.objects.select_for_update(of=("self",)).get(pk=self.pk)
            spec = persona.draft()
            if mistakes := find_mistakes(spec):
                raise ValidationError([describe_mistake(mistake) for mistake in mistakes])
            current: PersonaVersion | None = persona.published
            if current and current.persona_spec() == spec:
                self.published = current
                return current
            return self._freeze(spec, by=by, note=note)

    def restore(self, version: PersonaVersion, *, by: User | None) -> PersonaVersion:
        """Make the draft what an earlier version was and publish that as a new version.

        Raises ValidationError when the version is another persona's.
        """
        if version.persona_id != self.pk:
            raise ValidationError(f"Version {version.number} is of {version.persona}, not of {self}.")
        with transaction.atomic():
            # Important: the persona's row first, then its agents, in the order in which the admin saves, or the two
            # wait for each other.
            Persona.objects.select_for_update(of=("self",)).get(pk=self.pk)
            self.write_draft(version.persona_spec())
            return self.publish(by=by, note=f"Restored version {version.number}")

    def discard_draft(self) -> None:
        """Make the draft what speaks. Raises ValidationError when nothing was ever published."""
        with transaction.atomic():
            persona = Persona.objects.select_for_update(of=("self",)).select_related("published").get(pk=self.pk)
            if persona.published is None:
                raise ValidationError("Nothing was published yet, so there is nothing to go back to.")
            self.write_draft(persona.published.persona_spec())

    def duplicate(self, *, name: str, slug: str) -> Persona:
        """Create a persona of the same customer that says what this draft says, under another name. It does not speak
        until published.

        Raises IntegrityError when the customer has the slug already.
        """
        with transaction.atomic():
            copy = Persona.objects.create(customer_id=self.customer_id, slug=slug, name=name)
            copy.write_draft(replace(self.draft(), name=name))
            return copy

    def write_draft(self, spec: PersonaSpec) -> None:
        """Replace the rows of the draft by what the spec says."""
        with transaction.atomic():
            self._take_fields(spec)
            self.agents.exclude(name__in=[a.name for a in spec.agents]).delete()
            for place, agent in enumerate(spec.agents):
                self.agents.update_or_create(name=agent.name, defaults={"place": place, **Agent.values_of(agent)})
            self.entry_agent = self.agents.filter(name=spec.entry_agent).first()
            # Not `published`: another user may have published since this row was read.
            texts = ["name", "welcome_message", "closing_message", "entry_agent", "recording"]
            self.save(update_fields=[*texts, "provider", "model", "voice", "language", "emotion", "temperature"])

    def _take_fields(self, spec: PersonaSpec) -> None:
        for field in ("name", "welcome_message", "closing_message", "recording"):
            setattr(self, field, getattr(spec, field))
        for field in ("provider", "model", "voice", "language", "emotion"):
            setattr(self, field, getattr(spec.voice, field))
        self.temperature = Decimal(str(spec.voice.temperature))

    def _freeze(self, spec: PersonaSpec, *, by: User | None, note: str) -> PersonaVersion:
        last = self.versions.aggregate(last=models.Max("number"))["last"] or 0
        version: PersonaVersion = self.versions.create(number=last + 1, spec=spec.to_json(), by=by, note=note)
        self.published = version
        self.save(update_fields=["published"])
        return version


class Agent(models.Model):
    """One prompt of a persona. A persona has one for now; edges between several come later."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="agents")
    name = models.CharField(
        max_length=50,
        default="main",
        validators=[RegexValidator(AGENT_NAME, "A small letter, then small letters, digits or _.")],
    )
    instructions = models.TextField(max_length=LONGEST_INSTRUCTIONS, help_text="Role, goals, facts, and what to avoid.")
    on_enter_prompt = models.TextField("prompt on handoff", max_length=LONGEST_MESSAGE, blank=True)
    tools = ArrayField(models.CharField(max_length=50), default=list, blank=True, editable=False)
    place = models.PositiveSmallIntegerField(default=0)

    history = History()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [models.UniqueConstraint(fields=["persona", "name"], name="agent_name_once_per_persona")]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> AgentSpec:
        values = {field.name: getattr(self, field.name) for field in fields(AgentSpec)}
        return AgentSpec(**{**values, "tools": tuple(self.tools)})

    @staticmethod
    def values_of(spec: AgentSpec) -> dict[str, Any]:
        """Return the row's values that say the same as the spec: the reverse of `spec`."""
        return asdict(spec) | {"tools": list(spec.tools)}


class PersonaVersion(models.Model):
    """A persona as it was published: never changed, kept for as long as calls refer to it.

    A trigger in the database refuses updates from any source.
    """

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["persona", "number"], name="version_number_once_per_persona")]

    def __str__(self) -> str:
        return f"{self.spec.get('name', '?')}, version {self.number}"

    def persona_spec(self) -> PersonaSpec:
        return PersonaSpec.from_json(self.spec)

    def before(self) -> PersonaVersion | None:
        """Return the version that this one replaced. Cost: one query."""
        return PersonaVersion.objects.filter(persona_id=self.persona_id, number__lt=self.number).first()
