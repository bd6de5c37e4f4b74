"""Runs a livekit-server and a Redis of its own on this machine, on loopback only.

For development and tests: keys lie in a file, nothing is kept when Redis stops, no telephone network reaches it.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

EVENTS = ("participant_joined", "participant_left", "participant_connection_aborted", "room_finished")
START_SECONDS = 15.0  # both are ready in 0.2 s on an idle machine
STOP_SECONDS = 5.0


class StartError(Exception):
    """A program did not start; the message holds the end of what it said."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Loopback ports of one LiveKit."""

    http: int
    rtc_tcp: int
    rtc_udp: int
    redis: int

    @classmethod
    def beside(cls, http: int) -> Ports:
        """Return the ports of development: the ones LiveKit's own documents use, counted from 7880."""
        return cls(http=http, rtc_tcp=http + 1, rtc_udp=http + 2, redis=http + 3)

    @classmethod
    def free(cls) -> Ports:
        """Return ports that are free now. Another process may take one before the servers do."""
        with contextlib.ExitStack() as held:
            return cls(http=_free(held), rtc_tcp=_free(held), rtc_udp=_free(held, socket.SOCK_DGRAM), redis=_free(held))


@dataclass(frozen=True, kw_only=True)
class DevelopmentKeys:
    """The key and secret with which all sign."""

    api_key: str
    api_secret: str

    @classmethod
    def kept_in(cls, path: Path) -> DevelopmentKeys:
        """Return the keys of the file, made on the first use."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(
                json.dumps({"api_key": f"dev{secrets.token_hex(4)}", "api_secret": secrets.token_urlsafe(36)})
            )
        return cls(**json.loads(path.read_text()))


class LocalLiveKit:
    """A running LiveKit: `with LocalLiveKit(...) as livekit:` starts Redis and livekit-server and stops both."""

    def __init__(
        self,
        directory: Path,
        *,
        livekit_server: Path,
        redis_server: Path,
        ports: Ports,
        keys: DevelopmentKeys,
        webhook_urls: Sequence[str],
    ) -> None:
        self.directory, self.ports, self.keys, self.webhook_urls = directory, ports, keys, tuple(webhook_urls)
        self._livekit_server, self._redis_server = livekit_server, redis_server
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.ports.http}"

    def environment(self) -> dict[str, str]:
        """Return what this product's processes need to find it."""
        return {
            "LIVEKIT_URL": self.url,
            "LIVEKIT_API_KEY": self.keys.api_key,
            "LIVEKIT_API_SECRET": self.keys.api_secret,
        }

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self._start_redis()
            self._start_livekit()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End both, livekit-server first. Asked once it waits for callers to leave, so it is asked twice."""
        for process in reversed(self._running):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.terminate()
            _end(process)
        self._running.clear()

    def restart_livekit(self) -> None:
        """Let livekit-server die and come back, with the rooms that Redis remembers. Returns when it answers."""
        process = self._running.pop()
        process.kill()
        process.wait()
        self._start_livekit()

    def restart_redis(self) -> None:
        """Let Redis die and come back with nothing, under a running livekit-server. Returns when it answers."""
        process = self._running.pop(0)
        process.kill()
        process.wait()
        self._start_redis()
        self._running.insert(0, self._running.pop())

    def has_ended(self) -> bool:
        """Whether one of the two stopped without being asked."""
        return any(process.poll() is not None for process in self._running)

    def said(self) -> str:
        """Return the end of both logs, for an error message."""
        return "\n".join(
            _end_of(log) for log in (self.directory / "redis-server.log", self.directory / "livekit-server.log")
        )

    def _start_redis(self) -> None:
        words = [
            "--port",
            str(self.ports.redis),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self.directory),
        ]
        log = self._start(self._redis_server, words)
        self._wait_until(self._redis_answers, log)

    def _start_livekit(self) -> None:
        config = self.directory / "livekit.yaml"
        config.touch(mode=0o600)
        config.write_text(json.dumps(self.config(), indent=2))  # JSON is YAML
        log = self._start(self._livekit_server, ["--config", str(config)])
        self._wait_until(self._livekit_answers, log)

    def _start(self, program: Path, words: list[str]) -> Path:
        log = self.directory / f"{program.name}.log"
        with log.open("wb") as out:
            # A session of its own: Ctrl-C in the terminal reaches us only, and we stop the two in order.
            process = subprocess.Popen(  # nosec B603 # livekit-server or redis-server, with words of ours
                [str(program), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        return log

    def _wait_until(self, answers: Any, log: Path) -> None:
        """Important: both print a start-up error and may exit 0, so only an answer counts."""
        process, deadline = self._running[-1], time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if answers():
                return
            time.sleep(0.02)
        how = "ended at once" if process.poll() is not None else f"did not answer within {START_SECONDS:.0f} s"
        raise StartError(f"{log.stem} {how} (ports {self.ports}). It said:\n{_end_of(log)}")

    def _redis_answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.ports.redis), timeout=1) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def _livekit_answers(self) -> bool:
        address = f"http://127.0.0.1:{self.ports.http}/"
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(address, timeout=1) as answer:  # nosec B310 # http
            return bool(answer.read(2) == b"OK")  # 406 until it has measured itself
        return False

    def config(self) -> dict[str, Any]:
        """Return livekit-server's configuration. It refuses keys that it does not know."""
        return {
            "port": self.ports.http,
            "bind_addresses": ["127.0.0.1"],
            "redis": {"address": f"127.0.0.1:{self.ports.redis}"},
            "keys": {self.keys.api_key: self.keys.api_secret},
            "rtc": {
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,  # else it listens on every interface but this one
                "interfaces": {"includes": ["lo"]},
                "ips": {"includes": ["127.0.0.0/8"]},
                "udp_port": self.ports.rtc_udp,
                "tcp_port": self.ports.rtc_tcp,
                "stun_servers": ["127.0.0.1:3478"],  # no server is there: clients must not ask Google's
            },
            "room": {"empty_timeout": 120, "departure_timeout": 5},
            "agents": {"target_load": 1},  # a busy small machine would refuse calls otherwise
            # Only what this product reads: a room's events are delivered one after the other, and each would delay the
            # next.
            "webhook": {
                "api_key": self.keys.api_key,
                "urls": list(self.webhook_urls),
                "filter_params": {"include_events": list(EVENTS)},
            },
            "logging": {"level": "info", "json": True},
        }


def _free(held: contextlib.ExitStack, kind: int = socket.SOCK_STREAM) -> int:
    taken = held.enter_context(socket.socket(socket.AF_INET, kind))
    taken.bind(("127.0.0.1", 0))
    port: int = taken.getsockname()[1]
    return port


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:].strip() if log.exists() else ""
