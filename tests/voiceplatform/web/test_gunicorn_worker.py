"""Do slow clients keep others from being answered? Under real gunicorn with eight threads."""

import json
import runpy
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from django.conf import settings
from django.utils.module_loading import import_string

from tests.conftest import make_key
from tests.gunicorn_server import gunicorn_running
from voiceplatform.web.gunicorn_worker import BufferingWorker

pytestmark = pytest.mark.django_db(transaction=True)
IMPATIENT = ("--worker-class", "tests.voiceplatform.web.impatient_worker.BufferingWorker")
HEAD = "POST /livekit-webhook HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n"
SLOW = {
    "nothing": "",
    "half a header": HEAD[:60],
    "half a body": HEAD + "Content-Length: 1000\r\n\r\n{",
    "half a chunk": HEAD + "Transfer-Encoding: chunked\r\n\r\n10\r\n{",
    "a body that is never sent": HEAD + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("gunicorn") / "web.log"


@pytest.fixture
def server(log, transactional_db):
    with gunicorn_running(log, *IMPATIENT) as running:
        yield running


def connect(server, text: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    client.sendall(text.encode())
    return client


def read_to_end(client: socket.socket) -> bytes:
    """Return what the server sends until it disconnects. Raises TimeoutError when it does not."""
    parts = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def is_cut(client: socket.socket, text: bytes) -> bool:
    time.sleep(0.2)
    try:
        client.sendall(text)
    except OSError:
        return True
    return False


def test_the_product_runs_this_worker():
    configured = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["worker_class"]

    assert import_string(configured) is BufferingWorker


def test_silent_connections_hold_up_no_one_and_are_cut(server):
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(server, text)) for text in SLOW.values() for _ in range(16)]
        time.sleep(0.5)

        health = requests.get(server.url("/health/process"), timeout=2)
        webhook = requests.post(server.url("/livekit-webhook"), data=b"{}", timeout=2)
        assert (health.status_code, webhook.status_code) == (200, 401)
        with ThreadPoolExecutor(16) as pool:
            said = list(pool.map(read_to_end, silent))
    assert {each.partition(b"\r\n")[0] for each in said} <= {b"", b"HTTP/1.1 100 Continue"}


def test_a_trickle_of_bytes_does_not_keep_a_connection(server):
    with connect(server, "GET /health/process HTTP/1.1\r\nHost: localhost\r\nX: ") as client:
        assert any(is_cut(client, b"y") for _ in range(100))


def test_clients_that_read_no_answer_hold_up_no_one(server):
    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(connect(server, "GET /health/process HTTP/1.0\r\nHost: localhost\r\n\r\n"))

        assert requests.get(server.url("/health/process"), timeout=10).status_code == 200


def test_requests_in_pieces_in_a_row_and_in_chunks_are_answered(server):
    get = "GET /health/process HTTP/1.1\r\nHost: localhost\r\n"
    with connect(server, get + "\r\n" + get + "Connection: close\r\n\r\n") as client:
        assert read_to_end(client).count(b"HTTP/1.1 200") == 2
    with connect(server, get) as client:
        time.sleep(0.5)
        client.sendall(b"Connection: close\r\n\r\n")
        assert read_to_end(client).startswith(b"HTTP/1.1 200")
    with requests.Session() as session:
        assert [session.get(server.url("/health/process"), timeout=5).status_code for _ in range(3)] == [200] * 3


def test_a_large_body_that_its_client_announces_first_arrives(server):
    body = b" " * 2_000_000 + b"{}"
    head = f"POST /api/v1/personas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Api-Key: {make_key()}\r\n"
    with connect(
        server, head + f"Expect: 100-continue\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    ) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(body)
        answer = read_to_end(client)

    assert b"HTTP/1.1 403" in answer
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["status"] == 403
