"""Sets Django up in a job process. Import it before anything of ours that needs models.

A job's process imports the entrypoint's module before any set-up function of the framework runs, and LiveKit's
forkserver imports this module once so that all of them share it. It opens no connection: those do not survive a fork.
"""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")
if not apps.ready:
    django.setup()
