"""The app of calls."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "calls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calls import metrics  # noqa: F401  importing declares them
        from calls.monitoring import (
            checks,  # noqa: F401  importing declares them
            gauges,  # noqa: F401  importing declares them
            health,  # noqa: F401  importing declares them
        )
        from calls.outbound.campaign_facts import CallFactsOfCampaigns
        from calls.recordings.of_person import RecordingsOfPeople
        from campaigns.leads import recordings
        from campaigns.preflight.call_facts import hand_in

        hand_in(CallFactsOfCampaigns())
        recordings.hand_in(RecordingsOfPeople())
