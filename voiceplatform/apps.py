"""How is this app called?"""

from django.apps import AppConfig


class VoiceplatformConfig(AppConfig):
    name = "voiceplatform"
