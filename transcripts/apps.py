"""The app of transcripts."""

from django.apps import AppConfig


class TranscriptsConfig(AppConfig):
    name = "transcripts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from transcripts import metrics  # noqa: F401  importing declares them
