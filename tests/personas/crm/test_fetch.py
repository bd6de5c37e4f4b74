"""Fetching one address from the CRM, against a real server on loopback."""

import socket
import threading
import time

import pytest

from personas.crm.answer import CrmError, CrmReason
from personas.crm.deadline import Deadline
from personas.crm.fetch import MAX_BYTES, fetch
from tests.personas.crm.crm_server import (
    after,
    answer,
    break_off,
    drip_body,
    drip_headers,
    hang_up,
    packed,
    running,
    say_nothing,
)

OK = answer(body=b'{"a": 1}')


def ask(server, budget=5.0, token=""):
    return fetch(f"{server.base}/15550100001", token=token, deadline=Deadline.after(budget))


def refusal(server, budget=5.0):
    with pytest.raises(CrmError) as refused:
        ask(server, budget)
    return refused.value.reason, refused.value.detail


def fetching_threads():
    return [thread for thread in threading.enumerate() if thread.name == "crm-fetch"]


def test_the_body_comes_as_it_was_sent():
    with running(OK) as server:
        assert ask(server) == b'{"a": 1}'

    path, headers = server.requests[0]
    assert path == "/api/15550100001"
    assert headers["Accept"] == "application/json"
    assert "Authorization" not in headers


def test_the_token_is_sent_where_there_is_one():
    with running(OK) as server:
        ask(server, token="s3cret")

    assert server.requests[0][1]["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("step", [answer(404, b"<html>no</html>"), answer(204), answer(200), answer(200, b" \n")])
def test_the_crm_may_say_that_it_knows_nothing(step):
    with running(step) as server:
        assert ask(server) == b""

    assert len(server.requests) == 1


@pytest.mark.parametrize("trouble", [answer(500), answer(503), answer(429, Retry_After="60"), hang_up])
def test_a_passing_trouble_is_tried_again(trouble):
    with running(trouble, OK) as server:
        assert ask(server) == b'{"a": 1}'

    assert len(server.requests) == 2


def test_a_lasting_trouble_is_tried_four_times():
    with running(answer(503)) as server:
        assert refusal(server) == (CrmReason.HTTP_STATUS, "503")

    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 410, 501])
def test_a_refusal_is_not_tried_again(status):
    with running(answer(status, b"secret")) as server:
        assert refusal(server) == (CrmReason.HTTP_STATUS, str(status))

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with running(OK) as elsewhere, running(answer(status, Location=f"{elsewhere.base}/x")) as server:
        assert refusal(server) == (CrmReason.REDIRECT, str(status))

    assert elsewhere.requests == []


@pytest.mark.parametrize("step", [answer(body=b"x" * 5_000_000), packed(b"x" * 5_000_000)])
def test_an_enormous_answer_is_refused(step):
    with running(step) as server:
        assert refusal(server) == (CrmReason.TOO_LARGE, "1,000,000")


def test_the_largest_answer_allowed_is_taken():
    with running(answer(body=b"x" * MAX_BYTES)) as server:
        assert len(ask(server)) == MAX_BYTES


def test_an_answer_that_breaks_off_is_refused():
    with running(break_off) as server:
        assert refusal(server) == (CrmReason.CUT_OFF, "")


def test_a_crm_that_always_hangs_up_is_not_there():
    with running(hang_up) as server:
        assert refusal(server) == (CrmReason.UNREACHABLE, "")


def test_a_crm_that_is_not_there_is_no_surprise():
    with socket.socket() as reserved:  # bound and not listening: refuses
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/1"
        with pytest.raises(CrmError) as refused:
            fetch(url, token="", deadline=Deadline.after(5))

    assert refused.value.reason is CrmReason.UNREACHABLE


@pytest.mark.parametrize("step", [say_nothing, drip_headers, drip_body, after(0.6, OK)])
def test_however_slow_the_crm_is_the_deadline_holds(step):
    with running(step) as server:
        began = time.monotonic()
        assert refusal(server, budget=0.3) == (CrmReason.TIMED_OUT, "0.3")
        assert 0.25 < time.monotonic() - began < 1


@pytest.mark.parametrize("step", [say_nothing, drip_headers, drip_body])
def test_whoever_was_left_waiting_for_the_crm_goes_too(step):
    with running(step) as server:
        refusal(server, budget=0.2)
        for thread in fetching_threads():
            thread.join(timeout=1)

        assert fetching_threads() == []
        assert len(server.requests) == 1


def test_no_attempt_begins_after_the_deadline():
    with running(after(0.2, answer(503))) as server:
        refusal(server, budget=0.3)
        for thread in fetching_threads():
            thread.join(timeout=1)

        assert server.connections == 2


def test_without_time_nobody_is_asked():
    with running(OK) as server:
        assert refusal(server, budget=0) == (CrmReason.TIMED_OUT, "0")

    assert server.requests == []


def test_a_proxy_of_the_surroundings_does_not_get_the_token(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")

    with running(OK) as server:
        assert ask(server, token="s3cret") == b'{"a": 1}'


def test_an_invalid_address_is_refused():
    with pytest.raises(CrmError) as refused:
        fetch("http://[::1/1", token="", deadline=Deadline.after(1))

    assert (refused.value.reason, refused.value.detail) == (CrmReason.FAILED, "InvalidURL")
