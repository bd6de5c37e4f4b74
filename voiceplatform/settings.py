"""The settings of this installation. The only place where the environment is read.

`.env.example` lists every variable. A wrong value stops the start with its name and what is allowed.
"""

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from voiceplatform.environment import Environment, require_fernet_keys, wrong
from voiceplatform.observability.logs import logging_config
from voiceplatform.zone_database import use_newest_zones

use_newest_zones()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = Environment(BASE_DIR / ".env")

# -- the installation ---------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=True)
if not DEBUG:
    env.required(
        ["SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "FIELD_ENCRYPTION_KEYS"], because="when DEBUG is False"
    )


def _made_once(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """Return a development secret kept in `var/`, made on the first start."""
    path = VAR_DIR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(make())
        # Important: link, not rename. Two first starts at once must agree on one key.
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    return path.read_text().strip()


SECRET_KEY = env.text("SECRET_KEY") or _made_once("secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
FIELD_ENCRYPTION_KEYS = require_fernet_keys(
    "FIELD_ENCRYPTION_KEYS", env.words("FIELD_ENCRYPTION_KEYS")
) or [  # newest first
    _made_once("encryption_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
]

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
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "axes",
    "csp",
    "voiceplatform",
    "personas",
    "campaigns",
    "calls",
    "transcripts",
    "agent_worker",
]

MIDDLEWARE = [
    "voiceplatform.observability.request_log.RequestLogMiddleware",  # first: what the others log belongs to the request too
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "voiceplatform.web.browser_headers.BrowserHeaders",
    "voiceplatform.web.bad_values.BadValues",
    "voiceplatform.web.chunked_bodies.ChunkedBodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "voiceplatform.web.session_lifetime.SessionLifetime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "personas.access.time_zones.TimeZoneMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as it asks: it answers in place of the login page
]

ROOT_URLCONF = "voiceplatform.urls"
WSGI_APPLICATION = "voiceplatform.wsgi.application"
APPEND_SLASH = True  # the webhook answers with and without one: a redirect would turn LiveKit's POST into an empty GET

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "voiceplatform" / "templates"],  # before the apps': ours stand in for some of unfold's
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
            "ENGINE": "voiceplatform.processes.embedded_postgres_backend",
            "NAME": "postgres",
            "OPTIONS": {"data_directory": str(VAR_DIR / "postgres")},
        }
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:
        # Its text may hold a piece of the password: what follows a `/` in it is taken for the port.
        raise wrong(
            "DATABASE_URL", "…", "postgres://user:password@host:5432/name, with %2F for a / in the password"
        ) from None
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise wrong("DATABASE_URL", url.split("@")[-1], "a URL beginning with postgres://")
    # A database that went away without a word must not hold a caller for the minutes that TCP takes to notice.
    config["OPTIONS"] = {"connect_timeout": 5, "tcp_user_timeout": 10_000, **config.get("OPTIONS", {})}  # s, ms
    return config


DATABASES = {"default": _database(env.text("DATABASE_URL")) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- pages ----------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "voiceplatform" / "locale"]  # our words for some of Django's and unfold's
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "voiceplatform.date_formats"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
LOGIN_REDIRECT_URL = "/admin/"
LOGIN_URL = "/admin/login/"
WHITENOISE_USE_FINDERS = True  # `make run` serves the admin's files without collectstatic
WHITENOISE_AUTOREFRESH = DEBUG  # tests set DEBUG to False afterwards and have nothing collected

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "voiceplatform.web.problems.answer_with_problem",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "personas.access.api_auth.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["personas.access.api_auth.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an unknown parameter like any other
    "DEFAULT_SCHEMA_CLASS": "voiceplatform.api.schema.ApiSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", default=600, low=1, high=1_000_000)
LEAD_UPLOADS_PER_MINUTE = env.number("LEAD_UPLOADS_PER_MINUTE", default=10, low=1, high=1_000_000)
LEAD_UPLOAD_LARGEST_BYTES = env.number("LEAD_UPLOAD_LARGEST_BYTES", default=10_000_000, low=1_000, high=1_000_000_000)
SPECTACULAR_SETTINGS = {
    "TITLE": "voiceplatform API",
    "VERSION": "1",
    "DESCRIPTION": "REST API for personas, phone numbers, routing and calls. Create a key in the admin or with `manage.py create_api_key`.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # what may be sent is not all that comes back
    "ENUM_NAME_OVERRIDES": {
        "PersonaSourceEnum": "personas.api.serializers.SOURCES",
        "DoNotCallSourceEnum": "campaigns.models.do_not_call.DoNotCall.Source",
        "CallStatusEnum": "calls.models.call.Call.Status",
        "CampaignStatusEnum": "campaigns.models.campaign.Campaign.Status",
        "ImportStatusEnum": "campaigns.api.import_serializers.STATUSES",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None, "defaultModelsExpandDepth": 0},
}

# -- safety: docs/security.md says against whom -----------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
TRUSTED_PROXIES = int(env.number("TRUSTED_PROXIES", default=0, low=0, high=10))
REST_FRAMEWORK["NUM_PROXIES"] = TRUSTED_PROXIES

# Each job's counts are stored when it is done
PROCRASTINATE_ON_APP_READY = "voiceplatform.processes.background.prepare"

# Five wrong passwords for a name from an address. Both: else anyone could lock out any user from anywhere.
AXES_HANDLER = "voiceplatform.web.login_limits.LoginLimits"  # and further limits for a name and for an address alone
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# A user who keeps trying still gets in after a quarter of an hour
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "voiceplatform.web.locked_out.answer_locked_out"
AXES_CLIENT_IP_CALLABLE = "voiceplatform.web.client_address.counted_address"
AXES_ENABLE_ADMIN = False  # voiceplatform.admin shows both tables in our style
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]  # in logs

SESSION_COOKIE_AGE = int(env.number("SESSION_HOURS", default=12, low=1, high=720) * 3600)
SESSION_IDLE_SECONDS = int(env.number("SESSION_IDLE_MINUTES", default=120, low=5, high=1440) * 60)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# The session's cookie cannot be read by scripts (Django's default). The CSRF one may be: it proves nothing to who
# cannot read pages.

SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=not DEBUG)
# LiveKit and monitoring stand inside, behind the proxy, and come without TLS; LiveKit would follow a redirect by GET.
SECURE_REDIRECT_EXEMPT = [r"^livekit-webhook/?$", r"^health(/|$)", r"^metrics/?$"]
# Sent over https only, so what stands inside never sees it.
SECURE_HSTS_SECONDS = int(env.number("HSTS_SECONDS", default=0 if DEBUG else 31_536_000, low=0, high=63_072_000))
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whether other names under this domain have TLS too is for the domain's owner to know, not for one of its hosts.
# W004 and W008, on HSTS and the redirect, are said in our own words (voiceplatform.W022).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W008", "security.W021"]

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # addresses hold ids of calls and searched phone numbers
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'unsafe-eval'"],  # Alpine, in unfold, evaluates the attributes of its own templates
        "style-src": ["'self'", "'unsafe-inline'"],  # unfold and the charts write style attributes
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes of a request body that is not a file
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # the longest form is a customer with its members, some 4 fields each
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # a larger file goes to a temporary one
FILE_UPLOAD_PERMISSIONS = 0o600


UNFOLD = {
    "SITE_TITLE": "voiceplatform",
    "SITE_HEADER": "voiceplatform",
    "SITE_SYMBOL": "graphic_eq",
    "DASHBOARD_CALLBACK": "calls.dashboard.page.add_to_index",
    "SHOW_HISTORY": True,
    "ACCOUNT": {
        "navigation": [
            {"title": "Time zone", "link": reverse_lazy("time_zone")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("voiceplatform/admin.css")],
    "SCRIPTS": [lambda request: static("voiceplatform/keyboard.js")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("voiceplatform/favicon.svg")}
    ],
    "SITE_URL": None,  # “View site” would lead back to the dashboard
    "SIDEBAR": {"show_search": False, "navigation": "voiceplatform.navigation.list_groups"},
    "TABS": [
        {
            "models": ["campaigns.lead", "campaigns.leadlist", "campaigns.leadimport"],
            "items": [
                {"title": "Leads", "link": reverse_lazy("admin:campaigns_lead_changelist")},
                {"title": "Lists", "link": reverse_lazy("admin:campaigns_leadlist_changelist")},
                {"title": "Imports", "link": reverse_lazy("admin:campaigns_leadimport_changelist")},
            ],
        }
    ],
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
WEBHOOK_MAX_BYTES = 1_000_000  # a real event is about 2 kB; attributes are limited to 64 KiB by LiveKit

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

# -- recordings of calls: docs/recordings.md -----------------------------------------------------------------------------

RECORDINGS_DIR = Path(env.text("RECORDINGS_DIR", str(VAR_DIR / "recordings")))
RECORDINGS_UNFINISHED_DIR = RECORDINGS_DIR / "unfinished"  # on the worker's disk, until the storage has them
RECORDINGS_KEPT_DAYS = int(env.number("RECORDINGS_KEPT_DAYS", default=90, low=1, high=3_650))
RECORDING_LINK_SECONDS = int(env.number("RECORDING_LINK_SECONDS", default=300, low=10, high=86_400))
RECORDINGS_STORAGE = env.choice("RECORDINGS_STORAGE", ["local", "s3"], default="local")
if RECORDINGS_STORAGE == "s3":
    env.required(["RECORDINGS_S3_BUCKET"], because="when RECORDINGS_STORAGE is s3")
RECORDINGS_S3_ENDPOINT = env.url("RECORDINGS_S3_ENDPOINT", ["https", "http"])


def _recordings_storage() -> dict[str, Any]:
    if RECORDINGS_STORAGE == "local":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": RECORDINGS_DIR / "kept",
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    options = {
        "bucket_name": env.text("RECORDINGS_S3_BUCKET"),
        "endpoint_url": RECORDINGS_S3_ENDPOINT or None,
        "region_name": env.text("RECORDINGS_S3_REGION") or None,
        "access_key": env.text("RECORDINGS_S3_ACCESS_KEY") or None,  # None: as boto3 finds them, e.g. a role's
        "secret_key": env.text("RECORDINGS_S3_SECRET_KEY") or None,
        "querystring_expire": RECORDING_LINK_SECONDS,
        "default_acl": None,  # private
        "file_overwrite": True,  # a file that was sent halfway is sent again
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": _recordings_storage(),
}
# Where a browser that listens is sent to
RECORDINGS_ORIGIN = env.url("RECORDINGS_S3_ORIGIN", ["https", "http"]) or RECORDINGS_S3_ENDPOINT
if RECORDINGS_STORAGE == "s3":
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["media-src"] += [RECORDINGS_ORIGIN or "https://*.amazonaws.com"]

# -- the CRM --------------------------------------------------------------------------------------------------------

PERSONA_API_BASE = env.url("PERSONA_API_BASE", ["http", "https"]).rstrip("/")
PERSONA_API_TOKEN = env.text("PERSONA_API_TOKEN")
PERSONA_API_SHARED_TOKEN = env.flag("PERSONA_API_SHARED_TOKEN", default=False)
PERSONA_API_BUDGET_SECONDS = env.number("PERSONA_API_BUDGET_SECONDS", default=2, low=0.1, high=10)
PERSONA_API_CACHE_SECONDS = env.number("PERSONA_API_CACHE_SECONDS", default=300, low=0, high=86_400)

WITHHELD_CALLER_IDS = env.words("WITHHELD_CALLER_IDS")
DEFAULT_CALLER = env.text("DEFAULT_CALLER")
if DEFAULT_CALLER and not DEBUG:
    raise ImproperlyConfigured(
        "DEFAULT_CALLER is for testing: unset it, or it would stand in for real callers when DEBUG is False."
    )

# -- campaigns ------------------------------------------------------------------------------------------------------

# For the check before a campaign starts, while there are too few calls to measure.
ASSUMED_ANSWER_RATE = env.number("ASSUMED_ANSWER_RATE", default=0.3, low=0.01, high=1)
ASSUMED_TALK_MINUTES = env.number("ASSUMED_TALK_MINUTES", default=2, low=0.1, high=60)
PRICE_PER_MINUTE = env.number("PRICE_PER_MINUTE", default=0.1, low=0, high=100)

# -- logs -----------------------------------------------------------------------------------------------------------

LOGGING = logging_config(for_people=DEBUG)
