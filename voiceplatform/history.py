"""Names the API key in the history of a row that no person changed."""

from __future__ import annotations

from typing import Any, cast

from simple_history.models import HistoricalRecords


class History(HistoricalRecords):  # type: ignore[misc]
    """simple_history's records, whose reason says which API key wrote.

    The authentication of a key notes it on the request.
    """

    def get_change_reason_for_object(self, instance: Any, history_type: str, using: str) -> str | None:
        given = cast("str | None", super().get_change_reason_for_object(instance, history_type, using))
        request = getattr(HistoricalRecords.context, "request", None)
        return given or getattr(request, "change_reason", None)
