"""What does a log line look like? A static message and its facts, as text for people or JSON for machines.

Facts travel in `extra`; phone numbers are masked by whoever logs them (`phone_numbers.mask_phone`); words said, prompts
and CRM answers are never logged.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the caller passed in `extra`."""
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether to write a line at all: LiveKit's SDK reports three errors for each call whose room we close to hang up."""
    return not (record.name == "livekit" and "data channel" in record.getMessage() and "closed unexpectedly" in record.getMessage())


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        } | facts_of(record)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class ReadableFormatter(logging.Formatter):
    """`12:00:01 warning calls.webhooks: message  key=value` for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = "".join(f"  {key}={value}" for key, value in facts_of(record).items() if key not in {"request", "server_time"})
        line = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
