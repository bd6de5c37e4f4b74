"""The do-not-call list: which phone numbers must not be called, for whom, why and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Collate, Reverse
from django.utils import timezone

from campaigns.do_not_call.listed_number import ListedNumber
from campaigns.do_not_call.number_range import PREFIX, explain_prefix, list_prefixes
from campaigns.models.blocked_leads import Reach, StoppedLeads, stop_leads, unmark_leads
from campaigns.models.module_name import LONGEST_CAMPAIGN, MODULE
from campaigns.models.phone_hash import hash_phones, read_key
from personas.models import Customer, CustomerOwnedQuerySet
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164, format_phone
from voiceplatform.text import clean_line

LONGEST_REASON = 500  # characters
LONGEST_AUTHOR = 200
BATCH = 1_000  # rows an INSERT


def names_one_of(phones: Iterable[str]) -> Q:
    """Return the condition for the entries of these E.164 numbers, erased ones too, and for the ranges that contain them."""
    listed = list(phones)
    prefixes = {prefix for phone in listed for prefix in list_prefixes(phone)}
    erased = Q(phone="", prefix="", phone_hash__in=sorted(hash_phones(listed).values()))
    # Both columns in each part: the index `one_active_entry` begins with them, and answers for all.
    return Q(phone__in=listed, prefix="") | Q(phone="", prefix__in=sorted(prefixes)) | erased


@dataclass(kw_only=True)
class Added:
    """What became of many numbers."""

    new: set[ListedNumber] = field(default_factory=set)  # all others were listed
    stopped: StoppedLeads = field(default_factory=StoppedLeads)


class DoNotCallQuerySet(CustomerOwnedQuerySet):
    def active(self) -> DoNotCallQuerySet:
        """Return the entries that block calls: those that were not removed."""
        return self.filter(removed_at=None)

    def removed(self) -> DoNotCallQuerySet:
        return self.filter(removed_at__isnull=False)

    def visible_to(self, user: Any) -> DoNotCallQuerySet:
        """Return the entries of the user's customers, and with them those for all customers; superusers see all."""
        if getattr(user, "is_superuser", False):
            return self
        return self.of(list(user.memberships.values_list("customer_id", flat=True)))

    def of(self, customer_ids: Iterable[int]) -> DoNotCallQuerySet:
        """Return the entries that block calls of one of these customers; without a customer, none."""
        ids = list(customer_ids)
        own = Q(customer__in=ids)
        return self.filter(own | Q(customer=None)) if ids else self.none()

    def naming(self, phones: Iterable[str]) -> DoNotCallQuerySet:
        """Return the entries of these E.164 numbers, and the ranges that contain them."""
        return self.filter(names_one_of(phones))

    def block(self, phone: str, *, customer_id: int, campaign: str = "") -> DoNotCallQuerySet:
        """Return the active entries that forbid this customer, in this campaign, to call an E.164 number.

        Entries of other campaigns do not count; without a campaign none of a campaign does. Cost: one query, three
        looks into the index `one_active_entry`.
        """
        scopes = Q(scope=DoNotCall.Scope.ALL) | Q(scope=DoNotCall.Scope.CUSTOMER, customer=customer_id)
        if campaign:
            scopes |= Q(scope=DoNotCall.Scope.CAMPAIGN, customer=customer_id, campaign=campaign)
        return self.active().naming([phone]).filter(scopes)

    def forget(self, phone: str) -> int:
        """Replace a number by its hash in all entries of it, which still block it. Returns how many entries.

        Call it on the entries of one customer, in the transaction that erases the person. Important: with the stored
        key, not with one that this process remembers.
        """
        read_key()
        hashed = {"phone": "", "phone_hash": hash_phones([phone])[phone]}
        entries = self.filter(phone=phone, prefix="")
        erased_before = self.active().filter(phone="", prefix="", phone_hash=hashed["phone_hash"])
        for scope, campaign in erased_before.values_list("scope", "campaign"):
            # The number was listed again since: the older entry blocks it, and there can be one.
            entries.active().filter(scope=scope, campaign=campaign).delete()
        return entries.update(**hashed)

    def backwards(self) -> DoNotCallQuerySet:
        """Name the reversed phone `backwards`, in the form that the index `do_not_call_backwards` has."""
        return cast(DoNotCallQuerySet, self.alias(backwards=Collate(Reverse("phone"), "C")))


class DoNotCall(models.Model):
    """A phone number, or a range of them, that must not be called. A removed entry stays, and no longer blocks."""

    class Scope(models.TextChoices):
        ALL = "all", "All customers"
        CUSTOMER = "customer", "Customer"
        CAMPAIGN = "campaign", "Campaign"

    class Source(models.TextChoices):
        MANUAL = "manual", "By hand"
        API = "api", "API"
        IMPORT = "import", "Import"
        CALLER_ASKED = "caller_asked", "Asked in a call"
        REGISTER = "register", "Register"

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.CUSTOMER)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="do_not_call_entries"
    )
    campaign = models.CharField(
        max_length=LONGEST_CAMPAIGN,
        blank=True,
        validators=[MODULE],
        help_text="Module name of the campaign, e.g. q4_sales.",
    )
    phone = models.CharField(max_length=16, blank=True)  # E.164; "" for a range, and once the person was erased
    prefix = models.CharField(max_length=16, blank=True)  # E.164 without its last digits; "" for a number
    # In place of the phone once the person was erased: campaigns/models/phone_hash.py.
    phone_hash = models.CharField(max_length=64, blank=True, db_default="", default="", editable=False)
    reason = models.CharField(max_length=LONGEST_REASON)
    source = models.CharField(max_length=12, choices=Source, default=Source.MANUAL)
    at = models.DateTimeField("since", default=timezone.now, editable=False)
    added_by = models.CharField(max_length=LONGEST_AUTHOR, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.CharField(max_length=LONGEST_AUTHOR, blank=True, editable=False)
    removal_reason = models.CharField(max_length=LONGEST_REASON, blank=True, editable=False)

    objects = DoNotCallQuerySet.as_manager()

    # What `add` and `remove` did to leads, for those who tell people of it.
    stopped = StoppedLeads()
    unmarked = 0

    class Meta:
        ordering = ["-pk"]
        verbose_name = "do-not-call entry"
        verbose_name_plural = "do-not-call entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="all", customer=None, campaign="")
                | Q(scope="customer", customer__isnull=False, campaign="")
                | (Q(scope="campaign", customer__isnull=False) & ~Q(campaign="")),
                name="do_not_call_scope_names_its_owner",
            ),
            models.CheckConstraint(
                condition=Q(phone__regex=E164.pattern, prefix="", phone_hash="")
                | Q(phone="", prefix__regex=PREFIX.pattern, phone_hash="")
                | (Q(phone="", prefix="") & ~Q(phone_hash="")),
                name="do_not_call_phone_or_prefix",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="do_not_call_has_a_reason"),
            models.CheckConstraint(
                condition=Q(source__in=["manual", "api", "import", "caller_asked", "register"]),
                name="do_not_call_source_is_known",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by="", removal_reason="")
                | (Q(removed_at__isnull=False) & ~Q(removed_by="") & ~Q(removal_reason="")),
                name="do_not_call_removal_is_explained",
            ),
            # Also what `block` searches before every call: the number comes first, then the range.
            models.UniqueConstraint(
                fields=["phone", "prefix", "phone_hash", "customer", "scope", "campaign"],
                condition=Q(removed_at=None),
                nulls_distinct=False,
                name="one_active_entry",
            ),
        ]
        indexes = [
            # For the search of the admin's list: people know a number by its last digits.
            models.Index(Collate(Reverse("phone"), "C"), name="do_not_call_backwards"),
            # For the filters of lists: few rows of a kind among many are found without reading all.
            models.Index(fields=["scope"], name="do_not_call_scope"),
            models.Index(fields=["source"], name="do_not_call_source"),
            models.Index(fields=["campaign"], condition=~Q(campaign=""), name="do_not_call_campaign"),
            models.Index(fields=["removed_at"], condition=Q(removed_at__isnull=False), name="do_not_call_removed"),
        ]

    def __str__(self) -> str:
        if self.phone_hash:
            return "Erased number"
        return format_phone(self.phone) if self.phone else f"{self.prefix}*"

    @classmethod
    def add_many(cls, numbers: Sequence[ListedNumber], **values: Any) -> Added:
        """List many numbers that share scope, reason and so on, and stop the leads that have them.

        `values`: the fields of `add`, checked by the caller. Cost: four queries for each 1,000 numbers, two for a range.
        """
        added = Added()
        shared = cls(**values)
        for first in range(0, len(numbers), BATCH):
            batch = numbers[first : first + BATCH]
            entries = [cls(phone=each.phone, prefix=each.prefix, **values) for each in batch]
            with transaction.atomic():
                cls._default_manager.bulk_create(entries, ignore_conflicts=True)
                stored = cls.objects.filter(uid__in=[entry.uid for entry in entries]).values_list("phone", "prefix")
                added.new.update(ListedNumber(phone=phone, prefix=prefix) for phone, prefix in stored)
                added.stopped += stop_leads(batch, shared.reach, by=shared.added_by, now=shared.at)
        return added

    @property
    def reach(self) -> Reach:
        """Whose leads it concerns."""
        return Reach(customer_id=self.customer_id, campaign=self.campaign)

    @property
    def number(self) -> ListedNumber:
        return ListedNumber(phone=self.phone, prefix=self.prefix)

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None

    @property
    def owner_in_words(self) -> str:
        """Whose calls it blocks: `all customers`, `Riverside`, or `Riverside, campaign q4_sales`."""
        if self.scope == self.Scope.CAMPAIGN:
            return f"{self.customer}, campaign {self.campaign}"
        return str(self.customer) if self.customer else "all customers"

    def clean(self) -> None:
        """Refuse a customer or a campaign that the scope does not have, and require the one that it has."""
        errors = {}
        if self.scope == self.Scope.ALL and self.customer_id:
            errors["customer"] = "An entry for all customers has no customer. Leave it empty."
        if self.scope in (self.Scope.CUSTOMER, self.Scope.CAMPAIGN) and not self.customer_id:
            errors["customer"] = "Choose the customer whose calls this blocks."
        if self.scope == self.Scope.CAMPAIGN and not self.campaign:
            errors["campaign"] = "Enter the module name of the campaign, e.g. q4_sales."
        if self.scope != self.Scope.CAMPAIGN and self.campaign:
            errors["campaign"] = (
                f"“{self.campaign}” was given without the scope “campaign”. Choose it or leave this empty."
            )
        if errors:
            raise ValidationError(errors)

    @classmethod
    def add(
        cls,
        *,
        reason: str,
        source: str,
        added_by: str,
        now: datetime,
        phone: str = "",
        prefix: str = "",
        scope: str = Scope.CUSTOMER,
        customer: Customer | None = None,
        campaign: str = "",
    ) -> tuple[DoNotCall, bool]:
        """List a number or a range. Returns the active entry, and whether it is new: an equal one is left as it is.

        Every lead with the number is stopped in the same transaction; the entry's `stopped` says how many.

        `phone` and `prefix` are E.164 already, and one of them is given: the number of a caller who asked not to be called
        is listed even where a form would refuse it. Two processes may add the same at once. Raises ValidationError by
        field. Cost: five queries.
        """
        same: dict[str, Any] = {
            "phone": phone,
            "prefix": prefix,
            "customer": customer,
            "scope": scope,
            "campaign": campaign,
        }
        told = {"reason": clean_line(reason), "source": source, "at": now, "added_by": added_by[:LONGEST_AUTHOR]}
        entry = cls(**same, **told)
        entry._require_one_number()
        entry.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            stored, is_new = cls.objects.get_or_create(**same, removed_at=None, defaults=told)
            stored.stopped = stop_leads([stored.number], stored.reach, by=entry.added_by, now=now)
        return stored, is_new

    def remove(self, *, by: str, reason: str, now: datetime) -> bool:
        """Let the number be called again. The entry stays, with who removed it and why. False: it was removed before.

        Leads stay stopped; those that no other entry blocks lose their mark, and `unmarked` says how many.

        Raises ValidationError on `reason` when it is empty or too long.
        """
        words = clean_line(reason)
        if not words or len(words) > LONGEST_REASON:
            wrong = f"A reason has at most {LONGEST_REASON} characters." if words else "Enter why it is removed."
            raise ValidationError({"reason": wrong})
        removal = {"removed_at": now, "removed_by": by[:LONGEST_AUTHOR], "removal_reason": words}
        with transaction.atomic():
            if not type(self).objects.active().filter(pk=self.pk).update(**removal):
                return False
            self.unmarked = unmark_leads([self.number], self.reach, by=by, now=now)
        for name, value in removal.items():
            setattr(self, name, value)
        return True

    def _require_one_number(self) -> None:
        if bool(self.phone) == bool(self.prefix):
            raise ValidationError({"phone": "Give either a phone number or the prefix of a range."})
        if self.phone and not E164.match(self.phone):
            raise ValidationError({"phone": f"“{self.phone}” is not a phone number like +15551230100."})
        if self.prefix and not PREFIX.match(self.prefix):
            raise ValidationError({"prefix": explain_prefix(self.prefix)})


def find_block(phone: str, *, customer: Customer, campaign: str = "") -> DoNotCall | None:
    """Return the entry that forbids this customer, in this campaign, to call an E.164 number; None when none does.

    Of several the oldest. Cost: one query; see `DoNotCallQuerySet.block`.
    """
    found = DoNotCall.objects.block(phone, customer_id=customer.pk, campaign=campaign)
    # In Python: with ORDER BY and LIMIT PostgreSQL may walk the whole primary key instead.
    return min(found.order_by(), key=lambda entry: (entry.at, entry.pk), default=None)
