"""Everything a CRM may do: a real HTTP server on loopback that plays a script, one step a request."""

import gzip
import json
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class CrmServer(ThreadingHTTPServer):
    """Plays the script; its last step again for every request beyond."""

    daemon_threads = True

    def __init__(self, *script):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = list(script)
        self.requests = []  # (path, headers) in the order they came
        self.connections = 0
        self.stopping = threading.Event()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}/api"

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        """Say nothing: hanging up on this server is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: CrmServer

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self):
        self.server.requests.append((self.path, self.headers))
        step = self.server.script[min(len(self.server.requests), len(self.server.script)) - 1]
        with suppress(BrokenPipeError, ConnectionResetError):
            step(self)

    def log_message(self, *args):
        """Keep the tests' output readable."""


@contextmanager
def running(*script, certificate=None):
    """A server that runs meanwhile; with TLS when it has a certificate."""
    server = CrmServer(*script)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(status=200, body=b"", **headers):
    """Send one whole answer; a `dict` as JSON."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body

    def step(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return step


def packed(body):
    return answer(body=gzip.compress(body), Content_Encoding="gzip")


def make_certificate(directory):
    """A file with a certificate for localhost that is self-signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = directory / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption())
    )
    return path


def hang_up(handler):
    handler.close_connection = True


def break_off(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def speak_nonsense(handler):
    handler.wfile.write(b"220 mail.example ESMTP\r\n\r\n")


def say_nothing(handler):
    handler.server.stopping.wait(10)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def drip_body(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(handler)


def _drip(handler):
    while not handler.server.stopping.wait(0.02):
        handler.wfile.write(b" ")


def after(seconds, step):
    """Play the step late."""

    def late(handler):
        handler.server.stopping.wait(seconds)
        step(handler)

    return late
