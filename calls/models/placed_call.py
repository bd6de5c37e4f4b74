"""What a call has besides when we place it: when it is due, over which trunk, and how dialing went."""

from __future__ import annotations

from django.db import models

from calls.outcomes import InstructionsSource, PickedUp
from campaigns.models import Campaign, Lead


class PlacedCall(models.Model):
    """The fields of an outbound call; an inbound one leaves them empty.

    Important: each has a default in the database. While an installation is updated, processes of the older version go on
    inserting calls without them.
    """

    name = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="The name of the person called."
    )
    caller_id = models.CharField(
        max_length=16, blank=True, default="", db_default="", help_text="Our number that was shown, E.164."
    )
    trunk = models.ForeignKey("calls.Trunk", null=True, blank=True, on_delete=models.SET_NULL, related_name="calls")
    # Neither has an index of its own: Call.Meta has those that its lists follow.
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls", db_index=False
    )
    # Its constraint is made by the migration: the database empties it, for leads are deleted without the ORM too.
    lead = models.ForeignKey(
        Lead,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="calls",
        db_index=False,
        db_constraint=False,
    )
    variant = models.CharField(
        max_length=50, blank=True, default="", db_default="", help_text="Name of the campaign's variant that was used."
    )
    instructions_source = models.CharField(
        max_length=30,
        blank=True,
        choices=InstructionsSource.choices,
        default="",
        db_default="",
        help_text="Of a call we placed.",
    )
    requested_by = models.CharField(
        max_length=150, blank=True, default="", db_default="", help_text="The user or API key."
    )
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="1 = the first call to this lead.")
    override_hours = models.BooleanField(
        default=False, db_default=False, help_text="May be placed outside the calling hours."
    )
    permission = models.JSONField(
        null=True, blank=True, help_text="Whether the call was allowed right before dialing, by which rules."
    )

    scheduled_at = models.DateTimeField(null=True, blank=True, help_text="When it was wanted; empty = at once.")
    next_dial_at = models.DateTimeField(null=True, blank=True, help_text="When it is due to be dialed.")
    dialing_at = models.DateTimeField(null=True, blank=True, help_text="When it was last dialed.")
    dials = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often: a trunk may refuse and be tried again."
    )
    sip_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The carrier's last SIP status.")
    sip_reason = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="The carrier's own words for it."
    )

    disclosed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person had heard the whole disclosure."
    )
    machine = models.CharField(
        max_length=10,
        blank=True,
        choices=PickedUp.choices,
        default="",
        db_default="",
        help_text="Who or what picked up.",
    )

    class Meta:
        abstract = True
