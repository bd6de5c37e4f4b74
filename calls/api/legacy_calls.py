"""The older dialer's endpoints for calling leads one by one. Paths, fields and answers are those of its clients.

Bodies may be JSON or forms. A refusal is a problem as elsewhere, with `ok: false` and `error` beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.placing import call_refusals
from calls.api.views import LiveKitUnavailableError
from calls.livekit.gateway import LiveKitError
from calls.one_by_one.calling import (
    CallRunningError,
    NoLeadError,
    Status,
    call_next,
    call_place,
    end_call,
    find_session,
    status_of,
    switch_auto_next,
)
from campaigns.api.legacy.endpoint import FormsEndpoint, find_only_customer, read_older_module
from campaigns.models import Campaign
from campaigns.models.campaign import BUILT_IN_MODULE
from personas.access.api_auth import Client
from personas.models import Customer
from voiceplatform.api.bodies import JsonBody
from voiceplatform.api.idempotency import answers_once
from voiceplatform.web.problems import ConflictError


class LegacyValues(serializers.Serializer[Any]):
    """What an older client sends. It may send more, which never mattered."""

    lead_index = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    campaign = serializers.CharField(max_length=200, allow_blank=True, default="")
    auto_next = serializers.BooleanField(required=False, allow_null=True, default=None)
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)
    customer = serializers.CharField(max_length=50, allow_blank=True, default="")


class LegacyCallEndpoint(FormsEndpoint):
    """Knows for which customer and campaign a request is, and answers with the status."""

    read_scope, write_scope = "calls:read", "calls:write"
    parser_classes = [JsonBody, *FormsEndpoint.parser_classes]
    serializer_class = LegacyValues
    schema = None

    def values(self) -> dict[str, Any]:
        request: Request = self.request
        read = self.get_serializer(data=request.query_params if request.method == "GET" else request.data)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def customer(self, slug: str) -> Customer:
        """Return the customer that is named, or the client's only one."""
        customers = Client.of(self.request).customers()
        found = customers.filter(slug=slug).first() if slug else find_only_customer(customers)
        if found is None:
            raise serializers.ValidationError({"customer": ["Name one of your customers by its slug."]})
        return found

    def own_customer(self, slug: str) -> Customer:
        """Return the customer, if the client may make calls for it."""
        customer = self.customer(slug)
        self.may_create_for(customer)
        return customer

    def campaign(self, written: str, customer: Customer) -> Campaign:
        """Return the campaign that is named, also as `backend.campaigns_prompts.q4_sales`; without a name the one that was
        used last, else the built-in one.
        """
        if not written and (session := find_session(customer)):
            return session.campaign
        return self.named_campaign(written, customer) or Campaign.objects.built_in_of(customer)

    def named_campaign(self, written: str, customer: Customer) -> Campaign | None:
        """Return the campaign; None for the built-in one while the customer has none."""
        module = read_older_module(written)
        found: Campaign | None = Campaign.objects.filter(customer=customer).named(module).first()
        if found is None and module != BUILT_IN_MODULE:
            raise serializers.ValidationError({"campaign": [f"This customer has no campaign “{written[:100]}”."]})
        return found

    def status(self, customer: Customer, campaign: Campaign | None = None) -> Response:
        return Response(_as_json(status_of(customer, campaign)))


class CallStart(LegacyCallEndpoint):
    @answers_once(nullcontext)
    def post(self, request: Request) -> Response:
        """Call the lead at a place of the active list."""
        values = self.values()
        customer = self.own_customer(values["customer"])
        if values.get("lead_index") is None:
            raise serializers.ValidationError({"lead_index": ["Give the lead's place in the active list, from 1."]})
        campaign = self.campaign(values["campaign"], customer)
        with lead_refusals():
            call_place(campaign, values["lead_index"], by=Client.of(request).name)
        return self.status(customer)


class CallNext(LegacyCallEndpoint):
    @answers_once(nullcontext)
    def post(self, request: Request) -> Response:
        """Call the next lead of the active list that may be called now."""
        values = self.values()
        customer = self.own_customer(values["customer"])
        campaign = self.campaign(values["campaign"], customer)
        with lead_refusals():
            call_next(campaign, by=Client.of(request).name)
        return self.status(customer)


class CallEndLegacy(LegacyCallEndpoint):
    @answers_once(nullcontext)
    def post(self, request: Request) -> Response:
        """End the call that runs."""
        customer = self.own_customer(self.values()["customer"])
        try:
            ended = end_call(customer, by=Client.of(request).name)
        except LiveKitError as error:
            raise LiveKitUnavailableError(f"{error}. The call continues.") from error
        if not ended:
            raise ConflictError("No call is running.")
        return self.status(customer)


class AutoNext(LegacyCallEndpoint):
    @answers_once(nullcontext)
    def post(self, request: Request) -> Response:
        """Switch on or off that the end of each call is followed by the next lead."""
        values = self.values()
        customer = self.own_customer(values["customer"])
        on = values["auto_next"] if values["auto_next"] is not None else values["enabled"]
        if on is None:
            raise serializers.ValidationError({"enabled": ["Give true or false."]})
        campaign = self.campaign(values["campaign"], customer)
        switch_auto_next(campaign, on, by=Client.of(request).name)
        return self.status(customer, campaign)


class CallStatus(LegacyCallEndpoint):
    def get(self, request: Request) -> Response:
        """Say how far calling one by one is."""
        values = self.values()
        customer = self.customer(values["customer"])
        return self.status(customer, self.named_campaign(values["campaign"], customer) if values["campaign"] else None)


@contextmanager
def lead_refusals() -> Iterator[None]:
    """As `call_refusals`, and 409 when there is no lead or a call is running."""
    try:
        with call_refusals():
            yield
    except (NoLeadError, CallRunningError) as error:
        raise ConflictError(str(error)) from error


def _as_json(status: Status) -> dict[str, Any]:
    return {
        "ok": True,
        "status": status.state.value,
        "lead_index": status.lead_index,
        "campaign": status.campaign,
        "call_id": str(status.call.pk) if status.call else None,
        "auto_next": status.auto_next,
    }
