"""The app of transcripts."""

from django.apps import AppConfig


class TranscriptsConfig(AppConfig):
    name = "transcripts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calls.admin.handed_in import ListPage
        from calls.admin.handed_in import hand_in as hand_in_pages
        from campaigns.admin import job_results
        from transcripts import (
            export_pages,
            metrics,  # noqa: F401  importing declares them
        )
        from transcripts.export import JOB_KIND

        hand_in_pages(
            ListPage(
                path="transcripts/",
                name="transcripts_export",
                view=export_pages.export,
                link="Export these transcripts (JSON lines)",
            ),
            ListPage(
                path="transcripts/<uuid:job_id>/", name="transcripts_export_file", view=export_pages.download_export
            ),
        )
        job_results.hand_in(JOB_KIND, export_pages.find_file)
