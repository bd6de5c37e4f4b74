"""The older dialer's endpoints for lead lists: list, preview, select, delete, and the prospects of the active one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.legacy import examples
from campaigns.api.legacy.endpoint import CAMPAIGN, CUSTOMER, OlderEndpoint
from campaigns.api.legacy.list_serializers import (
    FilesSerializer,
    ListNameForm,
    NamedListSerializer,
    OlderPreviewSerializer,
    ProspectsSerializer,
    SelectedListSerializer,
)
from campaigns.api.legacy.rows import name_module, show_prospect, show_table
from campaigns.imports.upload import clean_file_name
from campaigns.models import (
    ImportRunsError,
    Lead,
    LeadImport,
    LeadInCallError,
    LeadList,
    ListHeldError,
    find_active_list,
)
from campaigns.models.campaign import BUILT_IN_MODULE
from campaigns.older_prompts.module_names import BUILT_IN_OLDER_MODULE
from personas.access.api_auth import Client
from personas.models import Customer
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.web.problems import BadQueryError, ConflictError

PAGE_SIZE = 10  # prospects, when the client does not say
LARGEST_PAGE = 200
HIGHEST_PAGE = 1_000_000
MOST_LISTS = 1_000  # shown, the newest
ANY_CAMPAIGN = OpenApiParameter("campaign", str, description="Module name, where two campaigns have such a list.")
LIMIT = OpenApiParameter("limit", int, description=f"How many, 1 to {LARGEST_PAGE}; {PAGE_SIZE} when left out.")
PAGE = OpenApiParameter("page", int, description="From 1.")
NAME = OpenApiParameter("name", str, required=True, description="The list's name, usually that of its file.")


class OlderListEndpoint(OlderEndpoint):
    queryset: QuerySet[Any] = LeadList.objects.all()

    def lists(self, customer: Customer) -> QuerySet[Any]:
        rows = LeadList.objects.filter(customer=customer).select_related("campaign")
        if written := self.given("campaign"):
            rows = rows.filter(campaign=self.find_campaign(customer, written))
        return rows

    def find_list(self, customer: Customer, name: str) -> LeadList:
        """Return the list of this name: of the campaign that is named, of the built-in one, of the only one.

        Raises ValidationError (400) for a path, Http404 when there is none, BadQueryError when two campaigns have one.
        """
        try:
            cleaned = clean_file_name(name)
        except ModelValidationError as error:
            raise ValidationError({"name": error.messages}) from error
        found = list(self.lists(customer).filter(name=cleaned).order_by("pk")[:MOST_LISTS])
        if not found:
            raise Http404(f"There is no list {cleaned}.")
        built_in = [row for row in found if row.campaign.module == BUILT_IN_MODULE]
        if len(found) > 1 and not built_in:
            modules = ", ".join(row.campaign.module for row in found[:5])
            raise BadQueryError({"campaign": [f"Several campaigns have such a list. Use one of {modules}."]})
        chosen: LeadList = (built_in or found)[0]
        return chosen

    def read_number(self, name: str, *, default: int, highest: int) -> int:
        written = self.request.query_params.get(name) or str(default)
        if not (written.isascii() and written.isdigit() and len(written) < 10 and 1 <= int(written) <= highest):
            raise BadQueryError({name: [f"A whole number from 1 to {highest:,}."]})
        return int(written)


class OlderLists(OlderListEndpoint):
    serializer_class = FilesSerializer

    @extend_schema(
        operation_id="older_lists",
        summary="List lead lists (older dialer)",
        parameters=[CUSTOMER, OpenApiParameter("campaign", str, description="Module name. Left out: all campaigns.")],
        examples=[answered("The lists of a customer", examples.FILES)],
    )
    def get(self, request: Request) -> Response:
        """Every list of the customer, newest first, and which is its campaign's active one."""
        imports = LeadImport.objects.filter(lead_list=OuterRef("pk")).order_by("-created_at")
        last = Lead.objects.filter(lead_list=OuterRef("pk")).order_by("-position")  # along lead_place_in_list
        rows = self.lists(self.customer()).annotate(
            size=Subquery(imports.values("size")[:1]),
            imported_at=Subquery(imports.values("created_at")[:1]),
            last_index=Subquery(last.values("position")[:1]),
        )
        return Response(
            {"ok": True, "files": [_show_file(row) for row in rows.order_by("-created_at", "-pk")[:MOST_LISTS]]}
        )


class OlderListPreview(OlderListEndpoint):
    serializer_class = OlderPreviewSerializer

    @extend_schema(
        operation_id="older_lists_preview",
        summary="Preview a lead list (older dialer)",
        parameters=[NAME, LIMIT, ANY_CAMPAIGN, CUSTOMER],
        examples=[answered("The first leads", examples.PREVIEW)],
    )
    def get(self, request: Request) -> Response:
        """The first leads of a list, with the columns of the older file and the further ones. Rejected lines are left out."""
        name, limit = self.given("name"), self.read_number("limit", default=PAGE_SIZE, highest=LARGEST_PAGE)
        if not name:
            raise BadQueryError({"name": ["Say which list, e.g. name=prospects.csv."]})
        found = self.find_list(self.customer(), name)
        columns, rows = show_table(Lead.objects.filter(lead_list=found).order_by("position")[:limit])
        answer = {"columns": columns, "rows": rows, "total": find_last_index(found)}
        return Response({"ok": True, "name": found.name, "campaign": name_module(found.campaign), **answer})


class OlderListSelect(OlderListEndpoint):
    serializer_class = ListNameForm

    @extend_schema(
        operation_id="older_lists_select",
        summary="Select a lead list (older dialer)",
        responses={200: SelectedListSerializer},
        examples=[given("By name", {"name": examples.LIST}, "application/x-www-form-urlencoded")],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Make a list its campaign's active one: “call lead 5” and the prospects mean it from now on."""
        values = self.checked()
        found = self.find_list(self.own_customer(), values["name"])
        found.make_active()
        return Response({"ok": True, "name": found.name, "campaign": name_module(found.campaign), "active": True})


class OlderListDelete(OlderListEndpoint):
    serializer_class = NamedListSerializer

    @extend_schema(
        operation_id="older_lists_delete",
        summary="Delete a lead list (older dialer)",
        parameters=[ANY_CAMPAIGN, CUSTOMER, OpenApiParameter("name", str, OpenApiParameter.PATH)],
        responses={200: NamedListSerializer},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete a list with its leads and imports. 409 while one of them is in a call, and while an import runs.

        A list of more than 20,000 leads is deleted in the background, after the answer; none of them is called meanwhile.
        """
        found = self.find_list(self.own_customer(), name)
        try:
            found.remove(Client.of(request).name)
        except ListHeldError as error:
            raise ConflictError(error.messages[0]) from error
        except ImportRunsError as error:
            running = f"A file is being imported into {found}. Cancel the import, or wait for its end."
            raise ConflictError(running) from error
        except LeadInCallError as error:
            raise ConflictError(f"A lead of {found} is in a call. Try again when it has ended.") from error
        return Response({"ok": True, "name": found.name, "campaign": name_module(found.campaign)})


class OlderProspects(OlderListEndpoint):
    serializer_class = ProspectsSerializer

    @extend_schema(
        operation_id="older_prospects",
        summary="List the prospects of the active list (older dialer)",
        parameters=[PAGE, LIMIT, CAMPAIGN, CUSTOMER],
        examples=[answered("A page", examples.PROSPECTS)],
    )
    def get(self, request: Request) -> Response:
        """A page of the list that calls use: the campaign's active one, else the built-in campaign's.

        An index stays with its lead: where leads were deleted, a page has fewer.
        """
        page = self.read_number("page", default=1, highest=HIGHEST_PAGE)
        size = self.read_number("limit", default=PAGE_SIZE, highest=LARGEST_PAGE)
        campaign = self.find_campaign(self.customer(), self.given("campaign"))
        active = find_active_list(campaign) if campaign else None
        # By index, not by OFFSET: the last page of a million leads costs as much as the first.
        leads = Lead.objects.filter(lead_list=active, position__gt=(page - 1) * size, position__lte=page * size)
        total = find_last_index(active) if active else 0
        answer: dict[str, Any] = {
            "name": active.name if active else None,
            "campaign": name_module(campaign) if campaign else BUILT_IN_OLDER_MODULE,
            "page": page,
            "pages": -(-total // size),
            "page_size": size,
            "total": total,
            "prospects": [show_prospect(lead) for lead in leads.order_by("position")] if active else [],
        }
        return Response({"ok": True, **answer})


def find_last_index(lead_list: LeadList) -> int:
    """Return the place of the list's last lead; 0 when it has none. Cost: one look into the index of places."""
    places = Lead.objects.filter(lead_list=lead_list).order_by("-position").values_list("position", flat=True)
    return places.first() or 0


def _show_file(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "campaign": name_module(row.campaign),
        "active": row.is_active,
        "size": row.size or 0,
        "mtime": int((row.imported_at or row.created_at).timestamp() * 1_000),
        "prospects": row.last_index or 0,
    }
