"""The app of the project: checks, health, metrics, and the tables behind them."""

from django.apps import AppConfig


class VoiceplatformConfig(AppConfig):
    name = "voiceplatform"

    def ready(self) -> None:
        from voiceplatform import checks  # noqa: F401  importing registers them
        from voiceplatform.observability import job_gauges  # noqa: F401  importing declares them
