"""Frees leads that are said to be in a call that is not there.

A lead's claim and its call begin and end in one transaction each, so this finds something only after calls were deleted,
or a part of the database was restored.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from calls.models import Call
from campaigns.models import Campaign, Lead

AT_ONCE = 500


def release_leads(now: datetime) -> int:
    """Let leads that are in no live call wait again. Returns how many. Cost: two queries when there is none."""
    live = Call.objects.live().filter(lead=OuterRef("pk"))
    # By campaign: the index `lead_campaign_state` begins with it.
    campaigns = list(Campaign.objects.values_list("pk", flat=True))
    lost = Lead.objects.filter(~Exists(live), campaign__in=campaigns, state=Lead.State.CALLING)
    return sum(_release(lead, now) for lead in lost.only("pk")[:AT_ONCE])


def _release(lead: Lead, now: datetime) -> bool:
    """Look again under the lead's lock: it may have been called in between."""
    with transaction.atomic():
        locked = Lead.objects.select_for_update().filter(pk=lead.pk, state=Lead.State.CALLING).first()
        if locked is None or Call.objects.live().filter(lead=locked).exists():
            return False
        locked.release_claim(now)
    return True
