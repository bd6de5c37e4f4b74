"""The app of personas."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    name = "personas"
    verbose_name = "Agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import personas.answering.metrics
        import personas.crm.checks
        import personas.crm.metrics  # noqa: F401  importing declares them
