"""The app of transcripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig


class TranscriptsConfig(AppConfig):
    name = "transcripts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calls.admin.handed_in import ListPage
        from calls.admin.handed_in import hand_in as hand_in_pages
        from campaigns.admin import job_results
        from transcripts import metrics  # noqa: F401  importing declares them
        from transcripts.models import EXPORT_JOB

        link, file = "Export these transcripts (JSON lines)", "transcripts/<uuid:job_id>/"
        hand_in_pages(
            ListPage(path="transcripts/", name="transcripts_export", view=_page("export"), link=link),
            ListPage(path=file, name="transcripts_export_file", view=_page("download_export")),
        )
        job_results.hand_in(EXPORT_JOB, _page("find_file"))


def _page(name: str) -> Callable[..., Any]:
    """Return a function of `export_pages`, which is imported when it is first asked for: it needs REST framework."""

    def call(*args: Any, **kwargs: Any) -> Any:
        from transcripts import export_pages

        return getattr(export_pages, name)(*args, **kwargs)

    return call
