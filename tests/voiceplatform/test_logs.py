"""Does a log line carry its facts, for people and for machines?"""

import json
import logging
import sys

from voiceplatform.logs import JsonFormatter, ReadableFormatter, is_worth_a_line


def make_record(message: str = "Call opened", level: int = logging.INFO, exc_info=None, **facts) -> logging.LogRecord:
    return logging.getLogger("calls.opening").makeRecord("calls.opening", level, "f.py", 1, message, (), exc_info, extra=facts)


def failure():
    try:
        raise ValueError("no such room")
    except ValueError:
        return sys.exc_info()


def test_a_json_line_holds_message_and_facts():
    line = json.loads(JsonFormatter().format(make_record(call_id="0190", phone="+1555…34")))

    assert {k: v for k, v in line.items() if k != "at"} == {
        "level": "info",
        "logger": "calls.opening",
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

    assert text.partition(" ")[2] == "warning calls.opening: Dispatch refused  call_id=0190  status=503"


def test_people_see_the_traceback_below_the_line():
    first, *rest = ReadableFormatter().format(make_record(exc_info=failure())).splitlines()

    assert first.endswith("Call opened")
    assert rest[-1] == "ValueError: no such room"


def test_the_sdks_complaints_about_a_closed_room_are_left_out():
    record = logging.LogRecord("livekit", logging.ERROR, __file__, 1, "rtc_session - publisher data channel '_lossy' closed unexpectedly", None, None)

    assert not is_worth_a_line(record)
    record.msg = "signal connection lost"
    assert is_worth_a_line(record)
