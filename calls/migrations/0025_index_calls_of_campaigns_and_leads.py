"""Indexes for a campaign's and a lead's calls. Made while calls go on: no lock is held."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0024_calls_of_campaigns_and_leads")]

    operations = [
        AddIndexConcurrently(
            "call",
            models.Index(
                fields=["campaign", "-queued_at", "-id"], name="call_campaign_page", condition=~Q(campaign=None)
            ),
        ),
        AddIndexConcurrently(
            "call",
            models.Index(fields=["lead", "-queued_at", "-id"], name="call_lead_page", condition=~Q(lead=None)),
        ),
    ]
