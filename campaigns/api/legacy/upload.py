"""The older dialer's endpoint for uploads: a small file is imported before the answer, a larger one in the background."""

from __future__ import annotations

from contextlib import nullcontext

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.legacy import examples
from campaigns.api.legacy.endpoint import OlderEndpoint
from campaigns.api.legacy.list_serializers import OlderUploadForm, UploadedSerializer
from campaigns.api.legacy.rows import name_module
from campaigns.api.uploads import UploadsPerMinute, require_file_size
from campaigns.imports.upload import accept_upload
from campaigns.lead_import.importing import Duplicates
from campaigns.lead_import.read import is_archive
from campaigns.models import ImportStatus, LeadImport
from personas.access.api_auth import Client
from personas.api.owned_endpoint import refusals
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.rates import PerMinute
from voiceplatform.api.schema import given
from voiceplatform.jobs.running import run

SMALL_BYTES = 500_000  # about 5,000 leads


class ImportFailedError(APIException):
    status_code = 422
    default_code = "import_failed"
    default_detail = "The file was stored, and could not be imported."


class OlderUpload(OlderEndpoint):
    throttle_classes = [PerMinute, UploadsPerMinute]
    serializer_class = OlderUploadForm
    further_problems = {
        413: "The file is too large.",
        415: "The body is not a form.",
        422: "The import failed, or the Idempotency-Key came with another request before.",
    }

    @extend_schema(
        operation_id="older_lists_upload",
        summary="Upload a lead file (older dialer)",
        request={"multipart/form-data": OlderUploadForm},
        responses={200: UploadedSerializer},
        examples=[given("A file", examples.UPLOAD, "multipart/form-data")],
    )
    @answers_once(nullcontext)  # the import commits batch by batch, and a repeated one doubles nothing
    def post(self, request: Request) -> Response:
        """Import a file into the list of its name. Leads that the campaign has already get the file's values.

        A file of up to 500 kB is imported before the answer; a larger one, and a workbook, in the background.
        """
        require_file_size(request)
        values = self.checked()
        customer, file, by = self.own_customer(), values["file"], Client.of(request).name
        is_small = file.size <= SMALL_BYTES and not is_archive(file)
        file.seek(0)
        with refusals():
            accepted = accept_upload(
                self.get_or_make_campaign(customer, values["campaign"]),
                file=file,
                file_name=file.name,
                list_name=file.name,
                by=by,
                region=values["region"],
                duplicates=Duplicates.UPDATE.value,
            )
            job = accepted.start(by)  # queued in any case: a worker continues when this process is killed
        if is_small:
            run(job)
        return _show_import(accepted)


def _show_import(accepted: LeadImport) -> Response:
    done = LeadImport.objects.select_related("job", "campaign", "lead_list").get(pk=accepted.pk)
    if done.status is ImportStatus.FAILED and done.job:
        raise ImportFailedError(f"The import failed with “{done.job.failure}”. See /api/v1/imports/{done.pk}.")
    counts = {
        "rows": done.rows,
        "created": done.created,
        "updated": done.updated,
        "duplicates": done.duplicate_rows,
        "rejected": done.rejected,
        "do_not_call": done.do_not_call,
    }
    about = {"name": done.lead_list.name, "campaign": name_module(done.campaign), "active": done.lead_list.is_active}
    return Response({"ok": True, **about, "import_id": str(done.pk), "status": done.status.value, **counts})
