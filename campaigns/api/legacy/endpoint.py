"""The base of the older dialer's endpoints: whose rows they are about, and how a refusal looks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from campaigns.api.legacy.bodies import FormWithFiles, PlainForm
from campaigns.models import Campaign
from campaigns.models.campaign import BUILT_IN_MODULE
from campaigns.older_prompts.module_names import is_built_in, read_module_name
from personas.access.api_auth import Client
from personas.api.owned_endpoint import OwnedEndpoint
from personas.models import Customer
from personas.models.customer import DEFAULT_CUSTOMER
from voiceplatform.text import clean_line
from voiceplatform.web.problems import BadQueryError

CUSTOMER = OpenApiParameter(
    "customer", str, description="Slug. Needed by clients that reach several customers; a form may have it as a field."
)
CAMPAIGN = OpenApiParameter("campaign", str, description="Module name. Left out: the built-in campaign.")


class FormsEndpoint(OwnedEndpoint):
    """Takes forms, and adds the older dialer's `ok` and `error` to a problem."""

    parser_classes: list[type[BaseParser]] = [PlainForm, FormWithFiles]

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.data |= {"ok": False, "error": response.data["detail"]}
        return response


class OlderEndpoint(FormsEndpoint):
    """Unknown parameters and fields are ignored: older programs send what they always sent."""

    read_scope, write_scope = "campaigns:read", "campaigns:write"
    queryset: QuerySet[Any] = Campaign.objects.all()

    def customer(self) -> Customer:
        """Return the customer that the request names, else the client's only one.

        Raises Http404 for one that does not exist for the client, BadQueryError when there are several.
        """
        customers = Client.of(self.request).customers()
        if slug := clean_line(self.given("customer"), 50):
            named: Customer | None = customers.filter(slug=slug).first()
            if named is None:
                raise Http404(f"There is no customer {slug}.")
            return named
        only = find_only_customer(customers)
        if only is None:
            raise BadQueryError({"customer": ["Name the customer by its slug: your key has none, or more than one."]})
        return only

    def own_customer(self) -> Customer:
        """As `customer`, for a request that writes. Raises PermissionDenied (403) unless the client may."""
        customer = self.customer()
        self.may_create_for(customer)
        return customer

    def given(self, name: str) -> str:
        """Return a parameter of the address, else a field of the form; empty when there is none."""
        value = self.request.query_params.get(name) or self._form().get(name)
        return value if isinstance(value, str) else ""

    def campaigns(self, customer: Customer) -> QuerySet[Any]:
        return Campaign.objects.filter(customer=customer)

    def find_campaign(self, customer: Customer, written: str) -> Campaign | None:
        """Return the campaign that the older dialer names so. None: the built-in one was not used yet.

        Raises Http404 for any other that does not exist.
        """
        module = read_older_module(written)
        found: Campaign | None = self.campaigns(customer).filter(module=module).first()
        if found is None and module != BUILT_IN_MODULE:
            raise Http404(f"There is no campaign {module}.")
        return found

    def get_or_make_campaign(self, customer: Customer, written: str) -> Campaign:
        """As `find_campaign`, for a request that writes: the built-in campaign is made."""
        return self.find_campaign(customer, written) or Campaign.objects.built_in_of(customer)

    def _form(self) -> Any:
        return self.request.data if self.request.method == "POST" else {}


def find_only_customer(customers: QuerySet[Customer]) -> Customer | None:
    """Return the only one of a client's customers; None when there are several.

    The one for calls to numbers of no customer does not count: every installation has it beside its own.
    """
    found = list(customers.exclude(slug=DEFAULT_CUSTOMER)[:2]) or list(customers[:2])
    return found[0] if len(found) == 1 else None


def read_older_module(written: str) -> str:
    """Return the module name of the campaign that the older dialer names so; empty means the built-in one."""
    return BUILT_IN_MODULE if not written or is_built_in(written) else read_module_name(clean_line(written, 100))
