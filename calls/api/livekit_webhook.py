"""Answers LiveKit's webhooks: 200 = done or not ours, 4xx = do not deliver again, 5xx = deliver again."""

from __future__ import annotations

import logging
from typing import IO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from calls.inbound.webhooks import receive
from calls.livekit.event import NotAnEventError
from calls.livekit.gateway import LiveKitError
from calls.livekit.webhook_signature import BadSignatureError, verify_webhook
from calls.metrics import WEBHOOK_LAG, WEBHOOK_TIME, WEBHOOKS
from calls.outcomes import WebhookOutcome
from voiceplatform.observability.metrics import OTHER, stopwatch
from voiceplatform.web.problems import problem

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 65_536


class TooLargeError(Exception):
    """The body is longer than any event of LiveKit."""


class BrokenBodyError(Exception):
    """The body ended early, or its chunks are no chunks."""


@csrf_exempt
def livekit_webhook(request: HttpRequest) -> HttpResponse:
    """Take one signed event of LiveKit.

    A plain view: DRF answers 415 to `application/webhook+json`, and LiveKit does not come again after that.
    """
    if request.method != "POST":
        return _refuse(405, "Method not allowed", "LiveKit sends its events with POST", Allow="POST")
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        return _refuse(
            401,
            "Not signed",
            "There is no Authorization header; LiveKit sends a signed token in it",
            WWW_Authenticate="Bearer",
        )
    if not settings.LIVEKIT_CONFIGURED:
        return _refuse(
            503,
            "LiveKit is not configured",
            "Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, then start again",
        )
    try:
        event = verify_webhook(_read_body(request), authorization)
    except TooLargeError:
        return _refuse(413, "Too large", f"An event has at most {settings.WEBHOOK_MAX_BYTES} bytes")
    except BrokenBodyError as error:
        return _refuse(400, "Broken body", str(error))
    except BadSignatureError as error:
        return _refuse(401, "Not signed by LiveKit", str(error), WWW_Authenticate="Bearer")
    except NotAnEventError as error:
        return _refuse(400, "Not an event", str(error))
    with stopwatch() as seconds:
        response, outcome = _answer(event)
        _measure(event, outcome, seconds())
    return response


def _measure(event: dict[str, object], outcome: WebhookOutcome, seconds: float) -> None:
    if outcome is WebhookOutcome.REFUSED:
        return
    WEBHOOKS.add(event=str(event.get("event")), outcome=outcome)
    WEBHOOK_TIME.observe(seconds)
    made_at = str(event.get("createdAt", ""))
    if made_at.isascii() and made_at.isdigit() and len(made_at) < 12:
        WEBHOOK_LAG.observe(timezone.now().timestamp() - seconds - int(made_at))


def _answer(event: dict[str, object]) -> tuple[HttpResponse, WebhookOutcome]:
    """Handle the event; return the answer and what came of it, as counted.

    The edge where every exception becomes a 500: LiveKit then delivers the event again.
    """
    try:
        outcome = receive(event, timezone.now())
        return JsonResponse({"outcome": outcome}), outcome
    except NotAnEventError as error:
        return _refuse(400, "Not an event", str(error)), WebhookOutcome.REFUSED
    except LiveKitError as error:
        logger.error("No agent could be requested", extra={"event_id": event.get("id"), "reason": str(error)})
        return _problem(
            500, "No agent could be requested", "Deliver the event again: the same call will be completed"
        ), WebhookOutcome.NO_AGENT
    except Exception:
        logger.exception(
            "A webhook could not be handled", extra={"event_id": event.get("id"), "event": event.get("event")}
        )
        return _problem(
            500, "The event could not be handled", "Deliver it again: nothing is done twice"
        ), WebhookOutcome.BROKE


def _read_body(request: HttpRequest) -> bytes:
    """Return the body. Raises TooLargeError as soon as it is known to be, BrokenBodyError when the sender stops in the
    middle.
    """
    longest = settings.WEBHOOK_MAX_BYTES
    if _announced_length(request) > longest:
        raise TooLargeError
    stream, parts, size = _stream(request), [], 0
    while part := _read_part(stream, min(_CHUNK_BYTES, longest + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > longest:
            raise TooLargeError
    return b"".join(parts)


def _read_part(stream: IO[bytes] | HttpRequest, size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:
        # Each server has exceptions of its own here; gunicorn's for a chunk of no size is not even an OSError.
        raise BrokenBodyError(f"The body could not be read to its end: {type(error).__name__}") from error


def _announced_length(request: HttpRequest) -> int:
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 20 else 0


def _stream(request: HttpRequest) -> IO[bytes] | HttpRequest:
    """Return where the body is read from.

    Important: without a Content-Length Django takes the body for empty; gunicorn marks a chunked one as ending by
    itself.
    """
    chunked = not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated")
    return request.META["wsgi.input"] if chunked else request


def _refuse(status: int, title: str, reason: str, **headers: str) -> HttpResponse:
    logger.warning("A webhook was refused", extra={"status": status, "reason": reason})
    WEBHOOKS.add(event=OTHER, outcome=WebhookOutcome.REFUSED)
    return _problem(status, title, reason, **headers)


def _problem(status: int, title: str, reason: str, **headers: str) -> HttpResponse:
    response = problem(status, title, reason)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    # Said above with its reason: Django need not log it a second time.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
