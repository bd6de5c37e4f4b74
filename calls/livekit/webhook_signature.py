"""Decides whether a webhook was signed by LiveKit with our key, over exactly these bytes, and just now."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
from django.conf import settings

from calls.livekit.event import NotAnEventError

CLOCKS_APART_SECONDS = 60  # LiveKit's clock and ours may differ by this much


class BadSignatureError(Exception):
    """The delivery is not signed by LiveKit with our key, or not these bytes, or not now."""


def verify_webhook(body: bytes, authorization: str) -> dict[str, Any]:
    """Return the JSON object that LiveKit signed.

    Raises BadSignatureError (401) when these bytes are not signed by our key now, NotAnEventError (400) when they are
    but hold no JSON object. Important: the hash is over the raw bytes; protojson spaces its output at random, so it
    cannot be written again. PyJWT does this rather than livekit-api's WebhookReceiver, which raises a dozen unrelated
    types (a bare Exception among them), wants text instead of bytes, refuses a `Bearer ` prefix, and costs 2 s to
    import. Source: livekit/protocol webhook/resource_url_notifier.go and verifier.go, read November 2026.
    """
    claims = _read_claims(authorization.strip().removeprefix("Bearer ").strip())
    signed = claims.get("sha256")
    real = base64.b64encode(hashlib.sha256(body).digest())
    if not isinstance(signed, str) or not hmac.compare_digest(signed.encode(errors="replace"), real):
        raise BadSignatureError("the signature is for another body")
    return _read_object(body)


def _read_claims(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings.LIVEKIT_API_SECRET,
            algorithms=["HS256"],
            issuer=settings.LIVEKIT_API_KEY,
            leeway=CLOCKS_APART_SECONDS,
            options={"require": ["exp", "iss"]},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise BadSignatureError(explain_clocks(_signed_at(token), time.time())) from error
    except jwt.PyJWTError as error:
        raise BadSignatureError(f"the token is not valid: {type(error).__name__}") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        # What PyJWT lets through of a malformed token, e.g. an expiry of 1e400.
        raise BadSignatureError(f"the token cannot be read: {type(error).__name__}") from error
    return claims


def _signed_at(token: str) -> float | None:
    """Return when LiveKit signed, by its own clock, of a token whose signature is right; None when it does not say so."""
    claims = jwt.decode(
        token,
        settings.LIVEKIT_API_SECRET,
        algorithms=["HS256"],
        issuer=settings.LIVEKIT_API_KEY,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    stamp = claims.get("nbf", claims.get("iat"))
    return float(stamp) if isinstance(stamp, int | float) else None


def explain_clocks(signed_at: float | None, now: float) -> str:
    """Return why a token with the right signature is refused all the same. Both moments in seconds since 1970."""
    if signed_at is None:
        return "the signature is right, but has expired: the clocks differ, or an old delivery was sent again"
    apart = round(now - signed_at)
    if apart < 0:
        said = f"the signature is right, but LiveKit's clock is {-apart} s ahead of ours"
        return f"{said}: at most {CLOCKS_APART_SECONDS} s are allowed. Set both machines' clocks (NTP)"
    said = f"the signature is right, but {apart} s old by LiveKit's clock"
    return f"{said}: it is behind ours, or an old delivery was sent again. Set both machines' clocks (NTP)"


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotAnEventError("the body is not JSON") from error
    if not isinstance(data, dict):
        raise NotAnEventError("the body is not a JSON object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
