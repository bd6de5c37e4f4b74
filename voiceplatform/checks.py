"""What is missing before this installation can take real calls? `manage.py check --deploy` says it in words."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

LEAST_SECRET = 32  # characters; livekit-server says the same of its API secrets when it starts


def complain(number: int, what: str, *, hint: str) -> checks.Warning:
    return checks.Warning(what, hint=hint, id=f"voiceplatform.W{number:03}")


@checks.register(deploy=True)
def find_what_is_missing(app_configs: Any, **kwargs: Any) -> Sequence[checks.CheckMessage]:
    """Return one warning for each thing that keeps calls from being answered well."""
    return [warning for find in FINDERS if (warning := find())]


def _livekit() -> checks.Warning | None:
    if settings.LIVEKIT_CONFIGURED:
        return None
    return complain(1, "LIVEKIT_URL is not set: calls are off.", hint="Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.")


def _livekit_secret() -> checks.Warning | None:
    length = len(settings.LIVEKIT_API_SECRET)
    if not settings.LIVEKIT_CONFIGURED or length >= LEAST_SECRET:
        return None
    what = f"LIVEKIT_API_SECRET has {length} characters: whoever guesses it can forge LiveKit's webhooks and join every call."
    return complain(2, what, hint=f"Take {LEAST_SECRET} or more, here and in livekit.yaml.")


def _voice() -> checks.Warning | None:
    if settings.VOICE_PROVIDER != "offline":
        return None
    what = "VOICE_PROVIDER is offline: callers hear scripted sounds, not a model."
    return complain(3, what, hint="Set GOOGLE_API_KEY; VOICE_PROVIDER follows.")


def _noise_cancellation() -> checks.Warning | None:
    host = urlsplit(settings.LIVEKIT_URL).hostname or ""
    if settings.NOISE_CANCELLATION == "off" or host.endswith(".livekit.cloud"):
        return None
    what = f"NOISE_CANCELLATION={settings.NOISE_CANCELLATION} works with LiveKit Cloud only; LIVEKIT_URL points to {host or 'nothing'}."
    return complain(4, what, hint="Set NOISE_CANCELLATION=off.")


def _crm() -> checks.Warning | None:
    if not (settings.PERSONA_API_TOKEN and settings.PERSONA_API_BASE.startswith("http://")):
        return None
    what = "PERSONA_API_TOKEN travels unencrypted: PERSONA_API_BASE begins with http://."
    return complain(5, what, hint="Use an https:// address.")


def _proxies() -> checks.Warning | None:
    if settings.DEBUG or settings.TRUSTED_PROXIES:
        return None
    what = "TRUSTED_PROXIES is 0: everybody seems to come from the proxy's address, so five wrong passwords for a name lock it for all."
    return complain(21, what, hint="Set it to the number of proxies in front that append to X-Forwarded-For; mostly 1.")


def _plain_http() -> checks.Warning | None:
    if settings.DEBUG or (settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS):
        return None
    names = [name for name, value in (("SSL_REDIRECT", settings.SECURE_SSL_REDIRECT), ("HSTS_SECONDS", settings.SECURE_HSTS_SECONDS)) if not value]
    what = f"{' and '.join(names)} switched off: a browser may talk to the admin without TLS."
    return complain(22, what, hint="Leave them unset, unless the proxy in front redirects to https and sends Strict-Transport-Security itself.")


FINDERS: tuple[Callable[[], checks.Warning | None], ...] = (
    _livekit,
    _livekit_secret,
    _voice,
    _noise_cancellation,
    _crm,
    _proxies,
    _plain_http,
)
