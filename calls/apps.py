"""How is this app called?"""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "calls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calls import checks, gauges, health, metrics  # noqa: F401  importing declares them
