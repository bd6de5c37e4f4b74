"""How is this app called, and what does it check?"""

from django.apps import AppConfig


class VoiceplatformConfig(AppConfig):
    name = "voiceplatform"

    def ready(self) -> None:
        from voiceplatform import checks  # noqa: F401  importing registers them
