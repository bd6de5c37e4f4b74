"""Django's PostgreSQL backend, which starts the embedded server before the first connection."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from voiceplatform.processes.embedded_postgres import connection_parameters


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose socket is known only once the embedded server runs."""

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        directory = Path(params.pop("data_directory"))
        return params | connection_parameters(directory)
