"""Does a log line carry its facts, for people and for machines?"""

import json
import logging
import pickle
import sys

import pytest

from voiceplatform.observability.logs import (
    AddContext,
    JsonFormatter,
    ReadableFormatter,
    Redact,
    is_worth_a_line,
    log_context,
    note_context,
    process_name,
)


def make_record(message: str = "Call opened", level: int = logging.INFO, exc_info=None, **facts) -> logging.LogRecord:
    return logging.getLogger("calls.inbound.opening").makeRecord(
        "calls.inbound.opening", level, "f.py", 1, message, (), exc_info, extra=facts
    )


def failure():
    try:
        raise ValueError("no such room")
    except ValueError:
        return sys.exc_info()


def test_a_json_line_holds_message_and_facts():
    line = json.loads(JsonFormatter().format(make_record(call_id="0190", phone="+1555…34")))

    assert {k: v for k, v in line.items() if k != "at"} == {
        "level": "info",
        "logger": "calls.inbound.opening",
        "message": "Call opened",
        "call_id": "0190",
        "phone": "+1555…34",
    }


def test_a_json_line_says_when_in_utc():
    record = make_record()
    record.created = 1795262400.25

    assert json.loads(JsonFormatter().format(record))["at"] == "2026-11-21T12:00:00.250+00:00"


def test_json_is_one_line_even_with_an_exception():
    text = JsonFormatter().format(make_record(exc_info=failure()))

    assert "\n" not in text
    assert "ValueError: no such room" in json.loads(text)["exception"]


def test_a_fact_that_json_does_not_know_is_written_as_text():
    assert json.loads(JsonFormatter().format(make_record(error=ValueError("bad"))))["error"] == "bad"


def test_people_read_level_logger_message_and_facts():
    text = ReadableFormatter().format(make_record("Dispatch refused", logging.WARNING, call_id="0190", status=503))

    assert text.partition(" ")[2] == "warning calls.inbound.opening: Dispatch refused  call_id=0190  status=503"


def test_people_see_the_traceback_below_the_line():
    first, *rest = ReadableFormatter().format(make_record(exc_info=failure())).splitlines()

    assert first.endswith("Call opened")
    assert rest[-1] == "ValueError: no such room"


def test_the_sdks_complaints_about_a_closed_room_are_left_out():
    record = logging.LogRecord(
        "livekit",
        logging.ERROR,
        __file__,
        1,
        "rtc_session - publisher data channel '_lossy' closed unexpectedly",
        None,
        None,
    )

    assert not is_worth_a_line(record)
    record.msg = "signal connection lost"
    assert is_worth_a_line(record)


def write(record: logging.LogRecord) -> dict:
    """Return the line as production writes it."""
    for each in (AddContext("web"), Redact()):
        each.filter(record)
    line: dict = json.loads(JsonFormatter().format(record))
    return line


def test_every_line_says_from_which_process_request_and_call_it_is():
    with log_context(request_id="r-1"):
        note_context(call_id="c-1")
        line = write(make_record())

    assert (line["process"], line["request_id"], line["call_id"]) == ("web", "r-1", "c-1")
    assert "request_id" not in write(make_record())


def test_what_a_line_says_of_its_call_goes_before_the_context():
    with log_context(call_id="c-1"):
        assert write(make_record(call_id="c-2"))["call_id"] == "c-2"


def test_what_a_user_forgot_to_mask_is_masked():
    line = write(make_record("Called +15550100001", phone="+15550100001", tried=["ana@example.org"]))

    assert (line["message"], line["phone"], line["tried"]) == ("Called [number]", "[number]", ["[e-mail]"])


def test_a_record_handed_on_by_a_job_process_keeps_its_call_and_its_exception():
    record = make_record(exc_info=failure())
    with log_context(call_id="c-1"):
        for each in (AddContext("call"), Redact()):
            each.filter(record)
    record.exc_info = None  # what LiveKit does before it pickles the record
    line = write(pickle.loads(pickle.dumps(record)))

    assert (line["process"], line["call_id"]) == ("call", "c-1")
    assert line["exception"].endswith("ValueError: no such room")


def test_every_handler_redacts(settings):
    assert all("redact" in handler["filters"] for handler in settings.LOGGING["handlers"].values())
    names = [None, *logging.root.manager.loggerDict]
    ours = [name for name in names if name is None or name.startswith(("django", "gunicorn", "calls", "personas"))]
    handlers = [
        handler
        for name in ours
        for handler in logging.getLogger(name).handlers
        if type(handler) is logging.StreamHandler
    ]
    assert handlers
    assert all(any(isinstance(each, Redact) for each in handler.filters) for handler in handlers)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["manage.py", "run_agent"], "worker"),
        (["manage.py", "procrastinate", "worker"], "background"),
        (["/x/bin/gunicorn", "voiceplatform.wsgi"], "web"),
        (["/x/gunicorn/__main__.py"], "web"),
        (["manage.py", "migrate"], "migrate"),
    ],
)
def test_a_process_knows_its_name(monkeypatch, words, name):
    monkeypatch.setattr("sys.argv", words)

    assert process_name() == name


@pytest.mark.parametrize(
    ("given", "kept"), [("a1b2c3d4-e5f6", True), ("15550100001", False), ("short", False), ("no spaces", False)]
)
@pytest.mark.django_db
def test_a_request_keeps_the_id_of_the_proxy_when_it_is_one(client, given, kept):
    assert (client.get("/health/process", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given) is kept
