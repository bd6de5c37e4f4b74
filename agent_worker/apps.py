"""How is this app called?"""

from django.apps import AppConfig


class AgentWorkerConfig(AppConfig):
    name = "agent_worker"
    default_auto_field = "django.db.models.BigAutoField"
