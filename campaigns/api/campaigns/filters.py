"""The filters of the list of campaigns."""

import django_filters

from campaigns.models import Campaign
from personas.api.filters import OwnedFilters


class CampaignFilters(OwnedFilters):
    status = django_filters.ChoiceFilter(choices=Campaign.Status.choices, help_text="Its status.")
