"""What the worker takes from the settings."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """What the worker takes from the settings."""

    livekit_url: str
    livekit_api_key: str
    livekit_api_secret: str
    agent_name: str
    google_api_key: str
    google_base_url: str  # "" = Google's own
    noise_cancellation: bool
    base_dir: str  # where the code lies: job processes must import it whatever the working directory


def worker_settings() -> WorkerSettings:
    return WorkerSettings(
        livekit_url=settings.LIVEKIT_URL,
        livekit_api_key=settings.LIVEKIT_API_KEY,
        livekit_api_secret=settings.LIVEKIT_API_SECRET,
        agent_name=settings.LIVEKIT_AGENT_NAME,
        google_api_key=settings.GOOGLE_API_KEY,
        google_base_url=settings.GOOGLE_BASE_URL,
        noise_cancellation=settings.NOISE_CANCELLATION == "telephony",
        base_dir=str(settings.BASE_DIR),
    )
