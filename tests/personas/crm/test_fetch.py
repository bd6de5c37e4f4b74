"""Fetching one address from the CRM, against a real server on loopback."""

import os
import socket
import threading
import time
from contextlib import suppress

import psutil
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
    make_certificate,
    packed,
    running,
    say_nothing,
    speak_nonsense,
)

OK = answer(body=b'{"a": 1}')


def ask(server, budget=5.0, token=""):
    return fetch(f"{server.base}/15550100001", token=token, deadline=Deadline.after(budget))


def refusal(server, budget=5.0):
    with pytest.raises(CrmError) as refused:
        ask(server, budget)
    return refused.value.reason, refused.value.detail


def open_connections(server):
    """The connections of this process to the server."""
    port = server.server_address[1]
    found = psutil.Process().net_connections("tcp4")
    return [c for c in found if c.raddr and c.raddr.port == port and c.status == psutil.CONN_ESTABLISHED]


def wait_until_closed(server):
    until = time.monotonic() + 2
    while open_connections(server) and time.monotonic() < until:
        time.sleep(0.01)
    assert open_connections(server) == []


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


@pytest.mark.parametrize("failure", [answer(500), answer(503), answer(429, Retry_After="60"), hang_up])
def test_a_transient_failure_is_retried(failure):
    with running(failure, OK) as server:
        assert ask(server) == b'{"a": 1}'

    assert len(server.requests) == 2


def test_a_lasting_failure_is_tried_four_times():
    with running(answer(503)) as server:
        assert refusal(server) == (CrmReason.HTTP_STATUS, "503")

    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 410, 501])
def test_a_refusal_is_not_retried(status):
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
def test_after_the_deadline_the_connection_is_closed(step):
    with running(step) as server:
        refusal(server, budget=0.2)

        wait_until_closed(server)
        assert len(server.requests) == 1


def test_no_attempt_begins_after_the_deadline():
    with running(after(0.2, answer(503))) as server:
        refusal(server, budget=0.3)
        wait_until_closed(server)

        assert server.connections == 2


def test_the_deadline_holds_while_the_name_is_being_resolved(monkeypatch):
    resolved = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved.wait(10) and [])
    began = time.monotonic()

    with pytest.raises(CrmError) as refused:
        fetch("http://crm.example/1", token="", deadline=Deadline.after(0.3))

    resolved.set()
    assert refused.value.reason is CrmReason.TIMED_OUT
    assert time.monotonic() - began < 1


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    def refuse(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    with pytest.raises(CrmError) as refused:
        fetch("http://crm.example/1", token="", deadline=Deadline.after(5))

    assert refused.value.reason is CrmReason.UNREACHABLE


def test_a_certificate_that_cannot_be_verified_is_refused_without_a_request(tmp_path):
    with running(OK, certificate=make_certificate(tmp_path)) as server:
        with pytest.raises(CrmError) as refused:
            fetch(server.base.replace("http:", "https:"), token="s3cret", deadline=Deadline.after(5))

        assert refused.value.reason is CrmReason.CERTIFICATE
        assert server.connections == 1
        assert server.requests == []


@pytest.mark.parametrize("status", [201, 202, 206])
def test_another_success_than_200_is_no_answer(status):
    with running(answer(status, b"{}")) as server:
        assert refusal(server) == (CrmReason.HTTP_STATUS, str(status))


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (answer(body=b"not gzip", Content_Encoding="gzip"), CrmReason.CUT_OFF),
        (speak_nonsense, CrmReason.FAILED),
    ],
)
def test_a_broken_answer_is_refused(step, reason):
    with running(step) as server:
        assert refusal(server)[0] is reason


def test_a_fetch_in_a_forked_process_has_a_loop_of_its_own():
    with running(OK) as server:
        ask(server)
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os._exit(0 if ask(server) == b'{"a": 1}' else 1)
            os._exit(2)

        assert os.waitpid(child, 0)[1] == 0
        assert ask(server) == b'{"a": 1}'


def test_without_time_no_request_is_sent():
    with running(OK) as server:
        assert refusal(server, budget=0) == (CrmReason.TIMED_OUT, "0")

    assert server.requests == []


def test_a_proxy_of_the_environment_does_not_get_the_token(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")

    with running(OK) as server:
        assert ask(server, token="s3cret") == b'{"a": 1}'


def test_an_invalid_address_is_refused():
    with pytest.raises(CrmError) as refused:
        fetch("http://[::1/1", token="", deadline=Deadline.after(1))

    assert (refused.value.reason, refused.value.detail) == (CrmReason.FAILED, "InvalidUrlClientError")
