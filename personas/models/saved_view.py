"""Saved views: the filters, the search and the order of a list, under a name."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from personas.models.customer import Customer

LONGEST_NAME = 60  # characters
LONGEST_QUERY = 2_000


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> SavedViewQuerySet:
        """Return the user's own, and those that are shared with the members of a customer of theirs."""
        shared = Customer.objects.visible_to(user).order_by().values("pk")
        return self.filter(Q(user=user.pk) | Q(shared_with__in=shared))


class SavedView(models.Model):
    """What a user wants to see again in a list. It holds no rows: who opens it sees those of their own customers."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", editable=False
    )
    shared_with = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="saved_views",
        help_text="Whose members see it too.",
    )
    page = models.CharField(max_length=100, help_text="The list, as app.model.")
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, help_text="As in the list's address.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
