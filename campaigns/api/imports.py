"""The API's endpoints for imports of lead files: upload, retrieve, rejections, cancel, undo."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from campaigns.api import import_examples as examples
from campaigns.api.import_serializers import ImportSerializer, RejectionSerializer, UploadSerializer
from campaigns.api.named_campaign import CUSTOMER, find_campaign
from campaigns.api.uploads import UploadBody, UploadsPerMinute, require_file_size
from campaigns.imports.report import CONTENT_TYPE, name_rejections, write_rejections
from campaigns.imports.upload import accept_upload
from campaigns.models import (
    ImportRunsError,
    LeadImport,
    LeadImportRow,
    LeadsCalledError,
    ListHeldError,
    WrongImportStatusError,
)
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint, refusals
from voiceplatform.api.filters import refuse_unknown_parameters
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.rates import PerMinute
from voiceplatform.api.schema import answered, given
from voiceplatform.jobs.job import Job
from voiceplatform.web.problems import BadQueryError, ConflictError

AS_CSV = OpenApiParameter(
    "format", str, enum=["csv"], description="csv: the lines as they stand in the file, to be corrected and sent again."
)
_NO_LEADS = [LeadImportRow.Kind.REJECTED, LeadImportRow.Kind.DUPLICATE]


class ImportEndpoint(OwnedEndpoint):
    read_scope, write_scope = "campaigns:read", "campaigns:write"
    serializer_class: type[BaseSerializer[Any]] = ImportSerializer
    queryset = LeadImport.objects.all()
    lookup_url_kwarg = "id"
    noun = "import"

    def get_queryset(self) -> QuerySet[Any]:
        rows = LeadImport.objects.select_related("campaign", "customer", "lead_list", "job", "undo_job").defer("header")
        return Client.of(self.request).visible(rows)

    def shown(self, found: LeadImport) -> Response:
        """Answer with the import as it is in the database now."""
        return Response(ImportSerializer(self.get_queryset().get(pk=found.pk)).data)


class ImportUpload(ImportEndpoint):
    parser_classes = [UploadBody]
    throttle_classes = [PerMinute, UploadsPerMinute]
    serializer_class = UploadSerializer
    further_problems = {413: "The file is too large.", 415: "The body is not `multipart/form-data`."}

    @extend_schema(
        operation_id="imports_create",
        summary="Import a lead file",
        parameters=[CUSTOMER],
        responses={202: ImportSerializer},
        examples=[given("A file and the field of one column", examples.UPLOAD, UploadBody.media_type)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Store a file and import it in the background. `Location` says where to see how far it is.

        Rows that cannot be called are rejected one by one, never the file.
        """
        require_file_size(request)
        campaign = find_campaign(request, path["module"])
        self.may_create_for(campaign.customer)
        values, by = self.checked(), Client.of(request).name
        file = values.pop("file")
        with refusals():
            accepted = accept_upload(campaign, file=file, file_name=file.name, by=by, **values)
            accepted.start(by)
        location = f"/api/v1/imports/{accepted.pk}"
        return Response(ImportSerializer(accepted).data, status=202, headers={"Location": location})


class ImportDetail(ImportEndpoint):
    @extend_schema(
        operation_id="imports_retrieve", summary="Retrieve an import", examples=[answered("Done", examples.IMPORT)]
    )
    def get(self, request: Request, **path: str) -> Response:
        """How far it is, what its rows became, and how the file was read."""
        return Response(self.get_serializer(self.get_object()).data)


class ImportRejections(ImportEndpoint):
    serializer_class = RejectionSerializer
    orderings = (("line", "id"), ("-line", "-id"))

    def get_queryset(self) -> QuerySet[Any]:
        return self._find().report.filter(kind__in=_NO_LEADS)

    @extend_schema(
        operation_id="imports_rejections",
        summary="List the rejected lines of an import",
        parameters=[AS_CSV],
        responses={
            (200, "application/json"): RejectionSerializer(many=True),
            (200, CONTENT_TYPE): OpenApiResponse(str, description="The rejected lines below the file's header."),
        },
        examples=[answered("A page", examples.REJECTION)],
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """Lines that became no lead, and why; also those whose number was a lead already (`duplicate`)."""
        if "format" not in request.query_params:
            return self.page()
        refuse_unknown_parameters(request, ["format"])
        if request.query_params["format"] != "csv":
            raise BadQueryError({"format": ["Use csv, or leave it out for JSON."]})
        found = self._find()
        name = name_rejections(found).encode("ascii", "replace").decode().replace('"', "'")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(write_rejections(found), content_type=CONTENT_TYPE, headers=headers)

    def _find(self) -> LeadImport:
        found: LeadImport | None = super().get_queryset().filter(pk=self.kwargs["id"]).first()
        if found is None:
            raise Http404(f"There is no import {self.kwargs['id']}.")
        return found


class ImportUndo(ImportEndpoint):
    @extend_schema(
        operation_id="imports_undo",
        summary="Undo an import",
        request=None,
        responses={200: ImportSerializer, 202: ImportSerializer},
        examples=[answered("Undone", {**examples.IMPORT, "status": "undone"})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Delete the leads that it created, and give those that it updated their earlier values.

        409 when one of them was called since, and while it runs. More than 20,000 leads are removed in the background:
        202 with the import, whose `undo` says how far it is. Meanwhile no lead of its list is called. An undo that
        failed is continued by the same request.
        """
        found = self.get_object()
        try:
            job = _undo(found, Client.of(request).name)
        except (LeadsCalledError, WrongImportStatusError) as refused:
            raise ConflictError(str(refused)) from refused
        except ImportRunsError as refused:
            running = f"A file is being imported into {found.lead_list}. Cancel the import, or wait for its end."
            raise ConflictError(running) from refused
        except ListHeldError as refused:
            raise ConflictError(refused.messages[0]) from refused
        answer = self.shown(found)
        if job is not None:
            answer.status_code, answer["Location"] = 202, f"/api/v1/imports/{found.pk}"
        return answer


def _undo(found: LeadImport, by: str) -> Job | None:
    return found.continue_undo(by) if found.may("continue_undo") else found.undo(by)


class ImportCancel(ImportEndpoint):
    @extend_schema(
        operation_id="imports_cancel",
        summary="Cancel an import",
        request=None,
        responses={200: ImportSerializer},
        examples=[answered("Canceled", {**examples.IMPORT, "id": examples.QUEUED_IMPORT_ID, "status": "canceled"})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Stop after the batch at hand. Leads that are imported stay; `undo` deletes them. 409 when it has ended."""
        found = self.get_object()
        try:
            found.cancel(Client.of(request).name)
        except WrongImportStatusError as refused:
            raise ConflictError(str(refused)) from refused
        return self.shown(found)
