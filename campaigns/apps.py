"""The app of campaigns."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "Outbound"
    default_auto_field = "django.db.models.BigAutoField"
