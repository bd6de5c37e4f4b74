"""Who speaks? Customers, their personas with published versions, their numbers and routing rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from personas.scopes import SCOPES, find_unknown
from personas.spec import AGENT_NAME, LANGUAGE, AgentSpec, PersonaSpec, VoiceSpec, find_mistakes
from voiceplatform.encryption.field import EncryptedTextField
from voiceplatform.history import History
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164, parse_phone, possible_phones

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

DEFAULT_CUSTOMER = "default"


class CustomerOwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a customer through the field `customer`."""

    customer_path = "customer"

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> CustomerOwnedQuerySet:
        """Return the rows of the user's customers; superusers see all."""
        if getattr(user, "is_superuser", False):
            return self
        return self.filter(**{f"{self.customer_path}__memberships__user": user.pk})


class CustomerQuerySet(CustomerOwnedQuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> CustomerQuerySet:
        return self if getattr(user, "is_superuser", False) else self.filter(memberships__user=user.pk)

    def house(self) -> Customer:
        """Return the customer to whom calls belong that belong to nobody else; made again should somebody delete it."""
        defaults = {"name": "Default", "description": "Owns the calls to numbers that no customer has."}
        customer: Customer = self.get_or_create(slug=DEFAULT_CUSTOMER, defaults=defaults)[0]
        return customer


class Customer(models.Model):
    """A tenant: owns personas, numbers, rules and calls."""

    slug = models.SlugField(unique=True, help_text="Short name in addresses, e.g. “riverside-clinic”.")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    region = models.CharField(
        max_length=2,
        default="US",
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters, e.g. US or DE.")],
        help_text="Country in whose way phone numbers are written when they have no +, e.g. US.",
    )
    time_zone = models.CharField(max_length=50, default="UTC")
    default_persona = models.ForeignKey(
        "Persona",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="default_of",
        help_text="Answers when no rule, number or CRM names another one.",
    )
    crm_token = EncryptedTextField(
        "CRM token",
        help_text="Sent to the CRM for this customer's numbers instead of PERSONA_API_TOKEN. Kept encrypted; nobody can read it here again.",
    )

    history = History(excluded_fields=["crm_token"])
    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a user may do for a customer."""

    class Role(models.TextChoices):
        MANAGER = "manager"
        SUPERVISOR = "supervisor"
        VIEWER = "viewer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.customer}"


class Persona(models.Model):
    """How a voice behaves. These rows are the draft; calls run on the published version only."""

    class Provider(models.TextChoices):
        HOUSE = "", "what VOICE_PROVIDER says"
        GOOGLE = "google", "Google realtime"
        OFFLINE = "offline", "offline (scripted)"

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

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)  # its name outside: ids that leave the house are no sequences
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="personas")
    slug = models.SlugField()
    name = models.CharField(max_length=100, help_text="The name it introduces itself with.")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PEOPLE, editable=False)
    welcome_message = models.TextField(blank=True, help_text="The first words of every call. Empty: the model greets in its own words.")
    closing_message = models.TextField(blank=True, help_text="Said before the agent hangs up.")
    provider = models.CharField(max_length=10, choices=Provider, blank=True, default=Provider.HOUSE)
    model = models.CharField(max_length=100, blank=True, help_text="Empty: the provider's own default.")
    voice = models.CharField(max_length=50, default="Leda", help_text="A voice of the provider, e.g. Leda, Puck, Kore.")
    language = models.CharField(
        max_length=15,
        default="en-US",
        validators=[RegexValidator(LANGUAGE, "A BCP 47 tag such as en-US, de-DE or zh.")],
        help_text="BCP 47 tag, e.g. en-US, de-DE, fr-FR, pt-BR, ja-JP.",
    )
    emotion = models.CharField(max_length=12, choices=Emotion, default=Emotion.NEUTRAL)
    temperature = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.2"),
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        help_text="0 = always the same words, 2 = anything goes.",
    )
    entry_agent = models.ForeignKey(
        "Agent", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Speaks first. Empty: the first agent."
    )
    published = models.ForeignKey("PersonaVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False)

    history = History()
    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "slug"], name="persona_slug_once_per_customer"),
            models.CheckConstraint(condition=Q(temperature__gte=0, temperature__lte=2), name="persona_temperature_0_to_2"),
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
        )

    def has_unpublished_changes(self) -> bool:
        return self.published is None or self.published.persona_spec() != self.draft()

    @classmethod
    def create_published(cls, spec: PersonaSpec, *, note: str, **values: Any) -> Persona:
        """Create a persona whose first version speaks from the next call on: what `write_draft` and `publish` do, in a third of
        the queries, for a caller who waits. Needs a transaction. Raises IntegrityError when the customer has the slug already.
        """
        persona = cls(**values)
        persona._take_fields(spec)
        persona.save(force_insert=True)
        for place, agent in enumerate(spec.agents):
            row = Agent(persona=persona, name=agent.name, instructions=agent.instructions, on_enter_prompt=agent.on_enter_prompt, place=place)
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
        """Replace the draft and its short name. Raises IntegrityError when another persona of the customer has the slug."""
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
                raise ValidationError(mistakes)
            current: PersonaVersion | None = persona.published
            if current and current.persona_spec() == spec:
                self.published = current
                return current
            return self._freeze(spec, by=by, note=note)

    def bring_back(self, version: PersonaVersion, *, by: User | None) -> PersonaVersion:
        """Make the draft what an earlier version was and publish that as a new version.

        Raises ValidationError when the version is another persona's.
        """
        if version.persona_id != self.pk:
            raise ValidationError(f"Version {version.number} is of {version.persona}, not of {self}.")
        with transaction.atomic():
            # Important: the persona's row first, then its agents, in the order in which the admin saves, or the two wait for each other.
            Persona.objects.select_for_update(of=("self",)).get(pk=self.pk)
            self.write_draft(version.persona_spec())
            return self.publish(by=by, note=f"Brought back version {version.number}")

    def discard_draft(self) -> None:
        """Make the draft what speaks. Raises ValidationError when nothing was ever published."""
        with transaction.atomic():
            persona = Persona.objects.select_for_update(of=("self",)).select_related("published").get(pk=self.pk)
            if persona.published is None:
                raise ValidationError("Nothing was published yet, so there is nothing to go back to.")
            self.write_draft(persona.published.persona_spec())

    def duplicate(self, *, name: str, slug: str) -> Persona:
        """Create a persona of the same customer that says what this draft says, under another name. It does not speak until published.

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
                values = {"instructions": agent.instructions, "on_enter_prompt": agent.on_enter_prompt, "place": place}
                self.agents.update_or_create(name=agent.name, defaults=values)
            self.entry_agent = self.agents.filter(name=spec.entry_agent).first()
            # Not `published`: somebody else may have published since this row was read.
            texts = ["name", "welcome_message", "closing_message", "entry_agent"]
            self.save(update_fields=[*texts, "provider", "model", "voice", "language", "emotion", "temperature"])

    def _take_fields(self, spec: PersonaSpec) -> None:
        for field in ("name", "welcome_message", "closing_message"):
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
    instructions = models.TextField(help_text="Who the agent is, what it should achieve, what it must not do.")
    on_enter_prompt = models.TextField(blank=True, help_text="What to do when the conversation comes to this agent.")
    place = models.PositiveSmallIntegerField(default=0)

    history = History()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [models.UniqueConstraint(fields=["persona", "name"], name="agent_name_once_per_persona")]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> AgentSpec:
        return AgentSpec(name=self.name, instructions=self.instructions, on_enter_prompt=self.on_enter_prompt)


class PersonaVersion(models.Model):
    """A persona as it was published: never changed, kept for as long as calls refer to it.

    A trigger in the database refuses updates, whoever writes them.
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


class PhoneNumberQuerySet(CustomerOwnedQuerySet):
    def dialed_as(self, written: str) -> PhoneNumber | None:
        """Return the number of ours that somebody dialed, in whatever form the carrier wrote it.

        Cost: one query; a second one when the country is not written along.
        """
        phones = possible_phones(written, [""]) if parse_phone(written, "") else possible_phones(written, self._regions())
        found: list[PhoneNumber] = list(self.filter(phone__in=phones).order_by().select_related("customer", "persona__published"))
        return min(found, key=lambda number: phones.index(number.phone), default=None)

    def _regions(self) -> list[str]:
        """Return the countries in whose national form one of our numbers may be written."""
        owners = Customer.objects.values_list("region", flat=True)
        return sorted(owners.union(self.exclude(region="").values_list("region", flat=True)))


class PhoneNumber(models.Model):
    """A number of ours that people call."""

    class Loading(models.TextChoices):
        BLOCKING = "blocking", "wait for the CRM: the first sentence is already the persona's"
        BACKGROUND = "background", "answer at once: the CRM's persona follows during the call"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="numbers")
    phone = models.CharField(max_length=40, unique=True, help_text="As people write it; kept as +15551230100.")
    label = models.CharField(max_length=100, blank=True, help_text="For people, e.g. “Front desk”.")
    # RESTRICT, here and in a rule: a persona in use stays, but a customer goes with all that it has, which PROTECT refuses.
    persona = models.ForeignKey(
        Persona, null=True, blank=True, on_delete=models.RESTRICT, related_name="numbers", help_text="Empty: the CRM or the customer's default."
    )
    caller_lookup = models.BooleanField("ask the CRM by caller", default=False, help_text="Ask by who calls instead of by what was dialed.")
    loading = models.CharField(max_length=10, choices=Loading, default=Loading.BLOCKING)
    region = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters, e.g. US or DE.")],
        help_text="Country whose national form callers and carriers use here. Empty: the customer's.",
    )

    history = History()
    objects = PhoneNumberQuerySet.as_manager()

    class Meta:
        ordering = ["phone"]
        constraints = [models.CheckConstraint(condition=Q(phone__regex=E164.pattern), name="phone_is_e164")]

    def __str__(self) -> str:
        return f"{self.phone} {self.label}".strip()

    @property
    def national_region(self) -> str:
        """The region in whose way a number without + is read on this line."""
        return self.region or self.customer.region

    def clean(self) -> None:
        self.phone = clean_phone(self.phone, self.national_region if self.customer_id else self.region, field="phone")
        refuse_foreign(self.customer_id, persona=self.persona)


class RoutingRule(models.Model):
    """This caller is answered by this persona, on one number or on all of the customer's."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="routing_rules")
    caller = models.CharField(max_length=40, help_text="Who calls, as people write it; kept as +15551230100.")
    number = models.ForeignKey(
        PhoneNumber, null=True, blank=True, on_delete=models.CASCADE, related_name="routing_rules", help_text="Empty: all numbers of the customer."
    )
    persona = models.ForeignKey(Persona, on_delete=models.RESTRICT, related_name="routing_rules")
    note = models.CharField(max_length=200, blank=True)

    history = History()
    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["caller"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "caller", "number"],
                nulls_distinct=False,
                name="one_rule_per_caller_and_number",
                violation_error_message="There is a rule for this caller and number already.",
            ),
            models.CheckConstraint(condition=Q(caller__regex=E164.pattern), name="caller_is_e164"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} → {self.persona}"

    def clean(self) -> None:
        region = self.number.national_region if self.number else (self.customer.region if self.customer_id else "")
        self.caller = clean_phone(self.caller, region, field="caller")
        refuse_foreign(self.customer_id, persona=self.persona if self.persona_id else None, number=self.number)


class CrmSnapshot(models.Model):
    """What the CRM said about a number: the raw answer, the persona it became, and the cache of both.

    One row for a customer and a number (digits without +): a caller may call two customers, and neither may speak with the
    other's persona. All processes share the row; `fetching_until` lets one of them ask at a time.
    """

    class Outcome(models.TextChoices):
        FOUND = "found"
        NOT_FOUND = "not_found", "not found"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="crm_snapshots")
    digits = models.CharField(max_length=20, help_text="The number that was asked for, without +.")
    url = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    body = models.TextField(blank=True, help_text="The CRM's answer as it came.")
    fetched_at = models.DateTimeField(null=True, blank=True)
    fresh_until = models.DateTimeField(null=True, blank=True)
    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL, related_name="crm_snapshots")
    synced_version = models.ForeignKey(PersonaVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    fetching_until = models.DateTimeField(null=True, blank=True, help_text="A process is asking the CRM; others wait until then.")
    last_error = models.CharField(max_length=200, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    objects = CustomerOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-fetched_at"]
        verbose_name = "CRM answer"
        constraints = [models.UniqueConstraint(fields=["customer", "digits"], name="one_crm_answer_per_customer_and_number")]

    def __str__(self) -> str:
        return f"CRM answer for {self.digits}"

    def is_usable(self) -> bool:
        """Whether the CRM ever answered, and what it named is still there: people may have deleted the persona."""
        return self.outcome == self.Outcome.NOT_FOUND or (self.outcome == self.Outcome.FOUND and self.persona_id is not None)

    def is_fresh(self, now: datetime) -> bool:
        return bool(self.is_usable() and self.fresh_until and now < self.fresh_until)

    def claim_fetch(self, now: datetime, *, until: datetime) -> bool:
        """Win the right to ask the CRM, or return False: somebody is asking, or has brought news since this row was read.

        A holder that dies loses the right at `until`.
        """
        idle = Q(fetching_until=None) | Q(fetching_until__lte=now)
        unchanged = CrmSnapshot.objects.filter(idle, pk=self.pk, fetched_at=self.fetched_at, last_error_at=self.last_error_at)
        return unchanged.update(fetching_until=until) == 1

    def record_failure(self, now: datetime, reason: str) -> None:
        """Note why the CRM brought nothing. What it said before stays, and the next call asks again."""
        self.last_error, self.last_error_at, self.fetching_until = reason[:200], now, None
        self.save(update_fields=["last_error", "last_error_at", "fetching_until"])

    def record_answer(self, now: datetime, *, outcome: Outcome, url: str, body: str, fresh_until: datetime) -> None:
        """Note what came, with the persona and version it became, and let the next one ask."""
        self.outcome, self.url, self.body = outcome, url[:500], body
        self.fetched_at, self.fresh_until, self.fetching_until = now, fresh_until, None
        self.save()


def refuse_unknown_scopes(scopes: object) -> None:
    if unknown := find_unknown(scopes):
        raise ValidationError(f"“{', '.join(unknown)}” is no scope. There are: {', '.join(SCOPES)}.")


class ApiKeyManager(BaseAPIKeyManager.from_queryset(CustomerOwnedQuerySet)):  # type: ignore[misc]
    def assign_key(self, obj: ApiKey) -> str:
        """Give the row its prefix and hash, and return the key: nobody can read it later.

        The id is the prefix alone: the library's holds the hash, and ids show in addresses.
        """
        key: str = super().assign_key(obj)
        obj.id = obj.prefix
        return key


class ApiKey(AbstractAPIKey):
    """What a program shows instead of a password. Only a hash is kept.

    Without a customer it is a house key, which reaches all customers; only superusers make those.
    """

    USE_NOTED_EVERY = timedelta(minutes=1)

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys", help_text="Empty: a house key, for all customers."
    )
    scopes = models.JSONField(default=list, validators=[refuse_unknown_scopes], help_text="What the key may do.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute.")

    history = History(excluded_fields=["hashed_key", "last_used_at"])
    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    @property
    def client_name(self) -> str:
        """What limits and repeated requests are counted by: never the key, which is a secret."""
        return f"key:{self.prefix}"

    def record_use(self, now: datetime) -> None:
        """Note that the key was used, at most once a minute: a busy client must not write a row with each request."""
        if self.last_used_at is None or now - self.last_used_at >= self.USE_NOTED_EVERY:
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)
            self.last_used_at = now


def clean_phone(written: str, region: str, *, field: str) -> str:
    """Return the E.164 form. Raises ValidationError on the field when the text is no phone number there."""
    phone = parse_phone(written, region)
    if phone is None:
        where = f" in {region}" if region else ""
        raise ValidationError({field: f"“{written}” is not a phone number{where}. Write it with + and country code, e.g. +15551230100."})
    return phone


def refuse_foreign(customer_id: int | None, **owned: Persona | PhoneNumber | None) -> None:
    """Raise ValidationError for whatever belongs to another customer than the row that refers to it."""
    foreign: Iterable[tuple[str, Persona | PhoneNumber]] = [(f, o) for f, o in owned.items() if o and o.customer_id != customer_id]
    if errors := {field: f"“{row}” belongs to another customer." for field, row in foreign}:
        raise ValidationError(errors)
