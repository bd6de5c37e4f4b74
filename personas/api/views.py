"""The API's endpoints for personas, numbers and routing: what managers do in the admin, by the same verbs."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from personas.access.api_auth import Client
from personas.access.number_claims import require_claimable
from personas.answering.who_answers import Answer, find_who_answers, identify
from personas.answering.words import describe_skipped
from personas.api import examples, filters
from personas.api import schema as _schema  # noqa: F401  registers itself
from personas.api.owned_endpoint import OwnedEndpoint, refusals, save_checked
from personas.api.serializers import (
    NumberSerializer,
    PersonaSerializer,
    PublishSerializer,
    RestoreSerializer,
    RoutingTestSerializer,
    RuleSerializer,
    VersionSerializer,
)
from personas.crm.lookup import read_cache
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule
from voiceplatform.api.filters import refuse_unknown_parameters
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.phone_numbers import only_digits
from voiceplatform.web.problems import BadQueryError

LONGEST_PHONE = 64  # characters, as people and carriers write them


class PersonasEndpoint(OwnedEndpoint):
    """Personas, numbers and rules share their scopes."""

    read_scope, write_scope = "personas:read", "personas:write"


# -- personas


class PersonaEndpoint(PersonasEndpoint):
    serializer_class: type[BaseSerializer[Any]] = PersonaSerializer
    queryset = Persona.objects.all()
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    noun = "persona"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Persona.objects.select_related("customer", "published").prefetch_related("agents")
        return Client.of(self.request).visible(rows)

    def seen_again(self, persona: Persona) -> Persona:
        """Return the persona as it is in the database now."""
        return cast(Persona, self.get_queryset().get(pk=persona.pk))


class PersonaList(PersonaEndpoint):
    filterset_class = filters.PersonaFilters
    orderings = (("uid",), ("-uid",))

    @extend_schema(
        operation_id="personas_list", summary="List personas", examples=[answered("A page", examples.PERSONA)]
    )
    def get(self, request: Request) -> Response:
        """Drafts, with the live version of each, oldest first."""
        return self.page()

    @extend_schema(
        operation_id="personas_create",
        summary="Create a persona",
        responses={201: PersonaSerializer},
        examples=[given("A persona with one agent", examples.NEW_PERSONA)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Create a draft. Callers reach it after it is published."""
        values = self.checked()
        self.may_create_for(values["customer"])
        with refusals():
            persona = Persona.create_draft(values["spec"], customer=values["customer"], slug=values["slug"])
        return self.created(self.seen_again(persona), str(persona.uid))


class PersonaDetail(PersonaEndpoint):
    @extend_schema(
        operation_id="personas_retrieve", summary="Retrieve a persona", examples=[answered("Nora", examples.PERSONA)]
    )
    def get(self, request: Request, **path: str) -> Response:
        """The draft, and which version is live."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="personas_update",
        summary="Update a persona",
        examples=[given("Another greeting", {"welcome_message": "Good day, this is Nora."})],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Change the fields that are given.

        Callers hear it once it is published; calls in progress keep their version.
        """
        persona = self.get_object()
        values = self.checked(persona)
        with refusals():
            persona.change_draft(values["spec"], slug=values.get("slug", persona.slug))
        return Response(self.get_serializer(self.seen_again(persona)).data)

    @extend_schema(operation_id="personas_delete", summary="Delete a persona", responses={204: None})
    def delete(self, request: Request, **path: str) -> Response:
        """Delete it with its versions. Refused while a number or a rule uses it."""
        persona = self.get_object()
        with refusals():
            persona.delete()
        return Response(status=204)


class PersonaPublish(PersonaEndpoint):
    serializer_class = PublishSerializer

    @extend_schema(
        operation_id="personas_publish",
        summary="Publish a persona",
        responses={200: VersionSerializer},
        examples=[given("With a note", {"note": "Friendlier greeting"})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Publish the draft as a new version, live from the next call.

        When nothing changed, the answer is the live version.
        """
        persona, note = self.get_object(), self.checked()["note"]
        with refusals():
            version = persona.publish(by=_person(request), note=note)
        return Response(VersionSerializer(version).data)


class PersonaVersions(PersonaEndpoint):
    serializer_class = VersionSerializer
    orderings = (("-number",), ("number",))

    def get_queryset(self) -> QuerySet[Any]:
        persona = super().get_queryset().filter(uid=self.kwargs["id"]).first()
        if persona is None:
            raise Http404(f"There is no persona {self.kwargs['id']}.")
        return PersonaVersion.objects.filter(persona=persona).select_related("by")

    @extend_schema(
        operation_id="personas_versions",
        summary="List a persona's versions",
        examples=[answered("A page", examples.VERSION)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """All published versions, newest first, each complete."""
        return self.page()


class PersonaRestore(PersonaEndpoint):
    serializer_class = RestoreSerializer

    @extend_schema(
        operation_id="personas_restore",
        summary="Restore a version",
        responses={200: VersionSerializer},
        examples=[given("The first one", {"version": 1})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, **path: str) -> Response:
        """Publish an earlier version again, as a new version. The draft is replaced by it."""
        persona, number = self.get_object(), self.checked()["version"]
        version = persona.versions.filter(number=number).first()
        if version is None:
            raise ValidationError({"version": [f"There is no version {number} of {persona}."]})
        with refusals():
            return Response(VersionSerializer(persona.restore(version, by=_person(request))).data)


def _person(request: Request) -> Any:
    """Return the member of staff, or None for a key: it is no user."""
    return request.user if request.user.is_authenticated else None


# -- numbers


class NumberEndpoint(PersonasEndpoint):
    serializer_class = NumberSerializer
    queryset = PhoneNumber.objects.all()
    lookup_field = "phone"
    noun = "number"

    def get_queryset(self) -> QuerySet[Any]:
        return Client.of(self.request).visible(PhoneNumber.objects.select_related("customer", "persona"))


class NumberList(NumberEndpoint):
    filterset_class = filters.NumberFilters
    orderings = (("phone",), ("-phone",))

    @extend_schema(operation_id="numbers_list", summary="List numbers", examples=[answered("A page", examples.NUMBER)])
    def get(self, request: Request) -> Response:
        """Your numbers and the persona of each."""
        return self.page()

    @extend_schema(
        operation_id="numbers_create",
        summary="Create a number",
        responses={201: NumberSerializer},
        examples=[
            given(
                "With its persona",
                {"customer": "riverside", "phone": "+1 555 123 0177", "persona": examples.PERSONA_ID},
            )
        ],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Add a number to a customer, with who answers it.

        A number that other customers use, or that calls to this installation already know, is added by administrators
        and keys for all customers.
        """
        values = self.checked()
        self.may_create_for(values["customer"])
        number = PhoneNumber(**values)
        client = Client.of(request)
        with refusals():
            number.full_clean(validate_unique=False)
            require_claimable(number, visible=client.customers(), may_assign=client.customer_ids() is Client.EVERYTHING)
            number.save(force_insert=True)
        return self.created(number, number.phone)


class NumberDetail(NumberEndpoint):
    @extend_schema(
        operation_id="numbers_retrieve",
        summary="Retrieve a number",
        examples=[answered("The front desk", examples.NUMBER)],
    )
    def get(self, request: Request, phone: str) -> Response:
        """One number, by its E.164 form."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="numbers_update",
        summary="Update a number",
        examples=[given("Without a persona", {"persona": None})],
    )
    def patch(self, request: Request, phone: str) -> Response:
        """Change the fields that are given, from the next call on."""
        number = self.get_object()
        save_checked(number, self.checked(number))
        return Response(self.get_serializer(number).data)

    @extend_schema(operation_id="numbers_delete", summary="Delete a number", responses={204: None})
    def delete(self, request: Request, phone: str) -> Response:
        """Delete the number and the rules for it. Its calls stay."""
        self.get_object().delete()
        return Response(status=204)


# -- routing rules


class RuleEndpoint(PersonasEndpoint):
    serializer_class = RuleSerializer
    queryset = RoutingRule.objects.all()
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    noun = "routing rule"

    def get_queryset(self) -> QuerySet[Any]:
        return Client.of(self.request).visible(RoutingRule.objects.select_related("customer", "persona", "number"))


class RuleList(RuleEndpoint):
    filterset_class = filters.RuleFilters
    orderings = (("uid",), ("-uid",))

    @extend_schema(
        operation_id="routing_rules_list", summary="List routing rules", examples=[answered("A page", examples.RULE)]
    )
    def get(self, request: Request) -> Response:
        """Callers with a persona of their own, oldest rule first."""
        return self.page()

    @extend_schema(
        operation_id="routing_rules_create",
        summary="Create a routing rule",
        responses={201: RuleSerializer},
        examples=[
            given(
                "For all numbers",
                {"customer": "riverside", "caller": "+1 555 010 0002", "persona": examples.PERSONA_ID},
            )
        ],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Connect a caller to a persona, on one number or on all."""
        values = self.checked()
        self.may_create_for(values["customer"])
        save_checked(rule := RoutingRule(), values)
        return self.created(rule, str(rule.uid))


class RuleDetail(RuleEndpoint):
    @extend_schema(
        operation_id="routing_rules_retrieve",
        summary="Retrieve a routing rule",
        examples=[answered("Ana's", examples.RULE)],
    )
    def get(self, request: Request, **path: str) -> Response:
        """One rule."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="routing_rules_update",
        summary="Update a routing rule",
        examples=[given("A note", {"note": "Old customer"})],
    )
    def patch(self, request: Request, **path: str) -> Response:
        """Change the fields that are given, from the next call on."""
        rule = self.get_object()
        save_checked(rule, self.checked(rule))
        return Response(self.get_serializer(rule).data)

    @extend_schema(operation_id="routing_rules_delete", summary="Delete a routing rule", responses={204: None})
    def delete(self, request: Request, **path: str) -> Response:
        """Delete the rule: from the next call on the number's persona answers this caller."""
        self.get_object().delete()
        return Response(status=204)


# -- the routing test


def _phone_parameter(name: str, description: str, *, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        name, {"type": "string", "maxLength": LONGEST_PHONE}, description=description, required=required
    )


class RoutingTest(PersonasEndpoint):
    serializer_class = RoutingTestSerializer
    queryset = Customer.objects.none()

    @extend_schema(
        operation_id="routing_test",
        summary="Test the routing",
        parameters=[
            _phone_parameter("dialed", "The dialed number, in any format (write + as %2B).", required=True),
            _phone_parameter("caller", "The caller; without it the caller ID is withheld.", required=False),
        ],
        examples=[answered("By a rule", examples.ROUTING_TEST)],
    )
    def get(self, request: Request) -> Response:
        """Which persona would answer a call now, and which ones were skipped, with the reason.

        The CRM is not asked; its last answer counts.
        """
        refuse_unknown_parameters(request, ["dialed", "caller"])
        dialed, caller = self._phone("dialed"), self._phone("caller", required=False)
        parties = identify(dialed=dialed, caller=caller)
        if not Client.of(request).customers().filter(pk=parties.customer.pk).exists():
            raise NotFound("This number does not belong to your customers.")
        return Response(
            RoutingTestSerializer(_in_json(find_who_answers(dialed=dialed, caller=caller, ask_crm=read_cache))).data
        )

    def _phone(self, name: str, *, required: bool = True) -> str:
        written = self.request.query_params.get(name, "")
        text = f"+{written[1:]}" if written.startswith(" ") else written  # in an address a + means a space
        if (required or text) and (len(only_digits(text)) < 3 or len(text) > LONGEST_PHONE):
            raise BadQueryError({name: ["A phone number, e.g. %2B15551230100."]})
        return text


def _in_json(answer: Answer) -> dict[str, Any]:
    skipped = [{"source": each.source, "reason": describe_skipped(each)} for each in answer.route.skipped]
    return {
        "customer": answer.parties.customer.slug,
        "dialed": answer.parties.dialed,
        "caller": answer.parties.caller,
        "persona": answer.version.persona.uid if answer.version else None,
        "persona_name": answer.spec.name,
        "persona_version": answer.version.number if answer.version else None,
        "source": answer.route.source,
        "skipped": skipped,
        "passed_over": skipped,
    }
