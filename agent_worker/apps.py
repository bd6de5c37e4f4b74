"""The app of the worker: no tables, two commands."""

from django.apps import AppConfig


class AgentWorkerConfig(AppConfig):
    name = "agent_worker"
    default_auto_field = "django.db.models.BigAutoField"
