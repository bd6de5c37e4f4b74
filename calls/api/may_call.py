"""The endpoints that say whether a person, or a lead, may be called."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api import examples
from calls.api.may_call_values import AskLeadSerializer, AskMayCallSerializer, MayCallSerializer
from calls.outbound.permission import attempts_to, check_lead
from campaigns.calling_rules.zones import Place
from campaigns.models import Lead
from campaigns.permission.may_call import Question, answer
from personas.access.api_auth import Client
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.api.schema import answered, given


class MayCall(Endpoint):
    """Nothing is changed by it: the scope to read calls is enough."""

    read_scope = write_scope = "calls:read"
    serializer_class = MayCallSerializer

    @extend_schema(
        operation_id="may_call",
        summary="May a person be called?",
        request=AskMayCallSerializer,
        responses={200: MayCallSerializer},
        examples=[given("A phone alone", examples.MAY_CALL), given("Where and when", examples.MAY_CALL_THERE)],
    )
    def post(self, request: Request) -> Response:
        """Asks the do-not-call list, the calling hours where the person is, and how often they were called.

        The same question is asked before each call. It is no legal advice: see the calling rules in the documentation.
        """
        body = AskMayCallSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        values = body.validated_data
        at = values.get("at") or timezone.now()
        place = Place(
            phone=values["phone"],
            state=values["state"],
            postal_code=values["postal_code"],
            given=values["time_zone"],
        )
        question = Question(
            customer=values["customer"],
            place=place,
            campaign=values["campaign"],
            attempts=attempts_to(values["phone"], values["customer"], at),
        )
        return Response(self.get_serializer(answer(question, at)).data)


class LeadMayCall(Endpoint):
    read_scope = write_scope = "campaigns:read"
    serializer_class = MayCallSerializer
    queryset = Lead.objects.all()
    filter_backends = []  # the question's own parameter is read here
    lookup_url_kwarg = "id"
    noun = "lead"

    def get_queryset(self) -> QuerySet[Any]:
        return Client.of(self.request).visible(Lead.objects.select_related("customer", "campaign__customer", "place"))

    @extend_schema(
        operation_id="leads_may_call",
        summary="May a lead be called?",
        parameters=[AskLeadSerializer],
        responses={200: MayCallSerializer},
        examples=[answered("In the evening", examples.LEAD_OUTSIDE_HOURS)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """Asks what is asked before each call: the campaign's hours, dates and limits, consent, the do-not-call list, the law.

        It is no legal advice: see the calling rules in the documentation.
        """
        query = AskLeadSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        at = query.validated_data.get("at") or timezone.now()
        return Response(self.get_serializer(check_lead(self.get_object(), at)).data)
