"""The endpoint that says whether a person may be called."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api import examples
from calls.api.may_call_values import AskMayCallSerializer, MayCallSerializer
from calls.outbound.permission import attempts_to
from campaigns.calling_rules.zones import Place
from campaigns.may_call import Question, answer
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.api.schema import given


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
