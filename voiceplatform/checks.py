"""Finds what is missing before this installation can take real calls, for `manage.py check --deploy`."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from voiceplatform.web import demo_user

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
    return complain(
        1, "LIVEKIT_URL is not set: calls are off.", hint="Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
    )


def _livekit_secret() -> checks.Warning | None:
    length = len(settings.LIVEKIT_API_SECRET)
    if not settings.LIVEKIT_CONFIGURED or length >= LEAST_SECRET:
        return None
    what = f"LIVEKIT_API_SECRET has {length} characters: anyone who guesses it can forge LiveKit's webhooks and join every call."
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


def _allowed_hosts() -> checks.Warning | None:
    if "*" not in settings.ALLOWED_HOSTS:
        return None
    what = "ALLOWED_HOSTS is *: pages answer to any host name, so a foreign one can stand in the links they make."
    return complain(6, what, hint="List your host names, and the one in LiveKit's webhook URL.")


def _plain_livekit() -> checks.Warning | None:
    url = urlsplit(settings.LIVEKIT_URL)
    if url.scheme not in ("ws", "http") or is_nearby(url.hostname or ""):
        return None
    what = f"LIVEKIT_URL is {url.scheme}://{url.hostname}: what is said and LiveKit's tokens travel unencrypted."
    return complain(7, what, hint="Use wss://, or reach LiveKit over a private address.")


def _plain_database() -> checks.Warning | None:
    database = settings.DATABASES["default"]
    host, mode = str(database.get("HOST", "")), str(database.get("OPTIONS", {}).get("sslmode", "prefer"))
    if is_nearby(host) or mode in ("require", "verify-ca", "verify-full"):
        return None
    what = f"The database on {host} is reached with sslmode={mode}: transcripts may travel unencrypted."
    return complain(8, what, hint="Add ?sslmode=verify-full to DATABASE_URL.")


def _known_keys() -> checks.Warning | None:
    if settings.LIVEKIT_API_KEY != "devkey" and not settings.LIVEKIT_API_SECRET.startswith(
        ("devsecret", "testsecret", "secret")
    ):
        return None
    return complain(
        9,
        "LIVEKIT_API_KEY and its secret are those of examples: they are public.",
        hint="Make new ones: livekit-server generate-keys.",
    )


def _same_key_twice() -> checks.Warning | None:
    secrets = [settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEYS, *filter(None, [settings.LIVEKIT_API_SECRET])]
    if len(set(secrets)) == len(secrets):
        return None
    what = "SECRET_KEY, FIELD_ENCRYPTION_KEYS and LIVEKIT_API_SECRET are not all different: anyone who learns one has another."
    return complain(10, what, hint="Make each separately; docs/operations.md says how.")


def _demo_user() -> checks.Warning | None:
    """Also says when there is no database to ask. Cost: one query."""
    try:
        found = demo_user.may_sign_in()
    except DatabaseError as error:
        what = f"The database does not answer, or is not migrated ({type(error).__name__}): nothing in it could be checked."
        return complain(11, what, hint="Start it, check DATABASE_URL, and run manage.py migrate.")
    what = "The demo user “demo” can sign in and change everything."
    return (
        complain(12, what, hint="Make a user of your own with manage.py createsuperuser and delete “demo”.")
        if found
        else None
    )


def is_nearby(host: str) -> bool:
    """Whether traffic to the host stays on this machine or in a private network; a name with dots does not tell."""
    try:
        address = ip_address(host)
    except ValueError:
        # A Unix socket, localhost, a container.
        return "." not in host or host.endswith((".internal", ".local", ".localhost"))
    return address.is_private or address.is_loopback


def _proxies() -> checks.Warning | None:
    if settings.DEBUG or settings.TRUSTED_PROXIES:
        return None
    what = "TRUSTED_PROXIES is 0: all clients seem to come from the proxy's address, so five wrong passwords for a name lock it for all."
    return complain(21, what, hint="Set it to the number of proxies in front that append to X-Forwarded-For; mostly 1.")


def _plain_http() -> checks.Warning | None:
    if settings.DEBUG or (settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS):
        return None
    names = [
        name
        for name, value in (
            ("SSL_REDIRECT", settings.SECURE_SSL_REDIRECT),
            ("HSTS_SECONDS", settings.SECURE_HSTS_SECONDS),
        )
        if not value
    ]
    what = f"{' and '.join(names)} switched off: a browser may talk to the admin without TLS."
    return complain(
        22,
        what,
        hint="Leave them unset, unless the proxy in front redirects to https and sends Strict-Transport-Security itself.",
    )


FINDERS: tuple[Callable[[], checks.Warning | None], ...] = (
    _livekit,
    _livekit_secret,
    _voice,
    _noise_cancellation,
    _crm,
    _allowed_hosts,
    _plain_livekit,
    _plain_database,
    _known_keys,
    _same_key_twice,
    _demo_user,
    _proxies,
    _plain_http,
)
