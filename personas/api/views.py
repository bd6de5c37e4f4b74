"""What can programs do with personas, numbers and routing rules? What managers do in the admin, by the same verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet, RestrictedError
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from personas.access.api_auth import Client, HasScope
from personas.access.number_claims import require_claimable
from personas.answering.who_answers import Answer, find_who_answers, identify
from personas.api import examples, filters
from personas.api import schema as _schema  # noqa: F401  registers itself
from personas.api.serializers import (
    BringBackSerializer,
    NumberSerializer,
    PersonaSerializer,
    PublishSerializer,
    RuleSerializer,
    VersionSerializer,
    WhoAnswersSerializer,
)
from personas.crm.lookup import read_cache
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule
from voiceplatform.api.endpoint import Endpoint
from voiceplatform.api.filters import refuse_unknown_parameters
from voiceplatform.api.idempotency import answers_once
from voiceplatform.api.schema import answered, given
from voiceplatform.phone_numbers import only_digits
from voiceplatform.web.problems import NOT_ABOUT_A_FIELD, BadQueryError, ConflictError

LONGEST_PHONE = 64  # characters, as people and carriers write them


class PersonasEndpoint(Endpoint):
    """Personas, numbers and rules share their scopes: who may say how a voice behaves may say whom it answers."""

    read_scope, write_scope = "personas:read", "personas:write"

    def checked(self, row: Any = None) -> dict[str, Any]:
        """Return the body's values. A row makes it a change of that row, so nothing is required."""
        serializer = self.get_serializer(row, data=self.request.data, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def may_create_for(self, customer: Customer) -> None:
        client = Client.of(self.request)
        if not client.may_write(customer.pk):
            raise PermissionDenied(client.missing(HasScope.needed(self.request, self)))

    def created(self, row: Model, name: str) -> Response:
        return Response(self.get_serializer(row).data, status=201, headers={"Location": f"{self.request.path}/{name}"})


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the models and the database refuse into answers.

    Raises ValidationError (400) and ConflictError (409).
    """
    try:
        with transaction.atomic():
            yield
    except ModelValidationError as error:
        by_field = error.message_dict if hasattr(error, "error_dict") else {NOT_ABOUT_A_FIELD: error.messages}
        raise ValidationError(
            {NOT_ABOUT_A_FIELD if f == "__all__" else f: messages for f, messages in by_field.items()}
        ) from error
    except RestrictedError as error:
        users = ", ".join(sorted(f"{row._meta.verbose_name} {row}" for row in error.restricted_objects)[:10])
        raise ConflictError(f"Still in use by {users}.") from error
    except IntegrityError as error:
        raise ConflictError("Somebody else made or changed the same thing at this moment. Read it again.") from error


def save_checked(row: Model, values: dict[str, Any]) -> None:
    """Save what was given after the model has checked it."""
    for field, value in values.items():
        setattr(row, field, value)
    with refusals():
        row.full_clean()
        row.save(update_fields=list(values) or None) if row.pk else row.save(force_insert=True)


# -- personas


class PersonaEndpoint(PersonasEndpoint):
    serializer_class: type[BaseSerializer[Any]] = PersonaSerializer
    queryset = Persona.objects.all()
    lookup_field = "uid"
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
        """Drafts, with what is published of them, oldest first."""
        return self.page()

    @extend_schema(
        operation_id="personas_create",
        summary="Create a persona",
        responses={201: PersonaSerializer},
        examples=[given("A persona with one agent", examples.NEW_PERSONA)],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request) -> Response:
        """Make a draft. It says nothing to callers before it is published."""
        values = self.checked()
        self.may_create_for(values["customer"])
        with refusals():
            persona = Persona.create_draft(values["spec"], customer=values["customer"], slug=values["slug"])
        return self.created(self.seen_again(persona), str(persona.uid))


class PersonaDetail(PersonaEndpoint):
    @extend_schema(
        operation_id="personas_retrieve", summary="Read a persona", examples=[answered("Nora", examples.PERSONA)]
    )
    def get(self, request: Request, uid: str) -> Response:
        """The draft, and which version speaks."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="personas_update",
        summary="Change a draft",
        examples=[given("Another greeting", {"welcome_message": "Good day, this is Nora."})],
    )
    def patch(self, request: Request, uid: str) -> Response:
        """Change the fields that are given.

        Callers hear it once it is published; calls that run keep what they have.
        """
        persona = self.get_object()
        values = self.checked(persona)
        with refusals():
            persona.change_draft(values["spec"], slug=values.get("slug", persona.slug))
        return Response(self.get_serializer(self.seen_again(persona)).data)

    @extend_schema(operation_id="personas_delete", summary="Delete a persona", responses={204: None})
    def delete(self, request: Request, uid: str) -> Response:
        """Delete it with its versions. Refused while a number or a rule leads to it."""
        persona = self.get_object()
        with refusals():
            persona.delete()
        return Response(status=204)


class PersonaPublish(PersonaEndpoint):
    serializer_class = PublishSerializer

    @extend_schema(
        operation_id="personas_publish",
        summary="Publish a draft",
        responses={200: VersionSerializer},
        examples=[given("With a note", {"note": "Friendlier greeting"})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, uid: str) -> Response:
        """Freeze the draft as a version that speaks from the next call on.

        When nothing changed, the answer is the version that speaks.
        """
        persona, note = self.get_object(), self.checked()["note"]
        with refusals():
            version = persona.publish(by=_person(request), note=note)
        return Response(VersionSerializer(version).data)


class PersonaVersions(PersonaEndpoint):
    serializer_class = VersionSerializer
    orderings = (("-number",), ("number",))

    def get_queryset(self) -> QuerySet[Any]:
        persona = super().get_queryset().filter(uid=self.kwargs["uid"]).first()
        if persona is None:
            raise Http404(f"There is no persona {self.kwargs['uid']}.")
        return PersonaVersion.objects.filter(persona=persona).select_related("by")

    @extend_schema(
        operation_id="personas_versions",
        summary="List a persona's versions",
        examples=[answered("A page", examples.VERSION)],
    )
    def get(self, request: Request, uid: str) -> Response:
        """What was published, newest first, each version whole."""
        return self.page()


class PersonaBringBack(PersonaEndpoint):
    serializer_class = BringBackSerializer

    @extend_schema(
        operation_id="personas_bring_back",
        summary="Bring back a version",
        responses={200: VersionSerializer},
        examples=[given("The first one", {"version": 1})],
    )
    @answers_once(transaction.atomic)
    def post(self, request: Request, uid: str) -> Response:
        """Make the draft what it was then and publish that as a new version, which is the answer.

        The draft is replaced.
        """
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
        """Your own numbers and who answers them."""
        return self.page()

    @extend_schema(
        operation_id="numbers_create",
        summary="Add a number",
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
        operation_id="numbers_retrieve", summary="Read a number", examples=[answered("The front desk", examples.NUMBER)]
    )
    def get(self, request: Request, phone: str) -> Response:
        """One number, by its E.164 form."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="numbers_update",
        summary="Change a number",
        examples=[given("Nobody in particular", {"persona": None})],
    )
    def patch(self, request: Request, phone: str) -> Response:
        """Change the fields that are given, from the next call on."""
        number = self.get_object()
        save_checked(number, self.checked(number))
        return Response(self.get_serializer(number).data)

    @extend_schema(operation_id="numbers_delete", summary="Remove a number", responses={204: None})
    def delete(self, request: Request, phone: str) -> Response:
        """Forget the number, with the rules for it. Calls to it stay."""
        self.get_object().delete()
        return Response(status=204)


# -- routing rules


class RuleEndpoint(PersonasEndpoint):
    serializer_class = RuleSerializer
    queryset = RoutingRule.objects.all()
    lookup_field = "uid"
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
        """Callers who have a persona of their own, oldest rule first."""
        return self.page()

    @extend_schema(
        operation_id="routing_rules_create",
        summary="Add a routing rule",
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
        """Let a caller be answered by a persona, on one number or on all."""
        values = self.checked()
        self.may_create_for(values["customer"])
        save_checked(rule := RoutingRule(), values)
        return self.created(rule, str(rule.uid))


class RuleDetail(RuleEndpoint):
    @extend_schema(
        operation_id="routing_rules_retrieve",
        summary="Read a routing rule",
        examples=[answered("Ana's", examples.RULE)],
    )
    def get(self, request: Request, uid: str) -> Response:
        """One rule."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="routing_rules_update",
        summary="Change a routing rule",
        examples=[given("A note", {"note": "Old customer"})],
    )
    def patch(self, request: Request, uid: str) -> Response:
        """Change the fields that are given, from the next call on."""
        rule = self.get_object()
        save_checked(rule, self.checked(rule))
        return Response(self.get_serializer(rule).data)

    @extend_schema(operation_id="routing_rules_delete", summary="Remove a routing rule", responses={204: None})
    def delete(self, request: Request, uid: str) -> Response:
        """Let the caller be answered like everybody else."""
        self.get_object().delete()
        return Response(status=204)


# -- who would answer?


def _phone_parameter(name: str, description: str, *, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        name, {"type": "string", "maxLength": LONGEST_PHONE}, description=description, required=required
    )


class WhoWouldAnswer(PersonasEndpoint):
    serializer_class = WhoAnswersSerializer
    queryset = Customer.objects.none()

    @extend_schema(
        operation_id="who_would_answer",
        summary="Who would answer?",
        parameters=[
            _phone_parameter(
                "dialed", "The number that somebody dials, in any notation (+ is %2B in an address).", required=True
            ),
            _phone_parameter("caller", "Who calls; left out: hides the number.", required=False),
        ],
        examples=[answered("By a rule", examples.WHO_ANSWERS)],
    )
    def get(self, request: Request) -> Response:
        """The decision that a call would get now, with who was passed over and why.

        The CRM is not asked; what it said before counts.
        """
        refuse_unknown_parameters(request, ["dialed", "caller"])
        dialed, caller = self._phone("dialed"), self._phone("caller", required=False)
        parties = identify(dialed=dialed, caller=caller)
        if not Client.of(request).customers().filter(pk=parties.customer.pk).exists():
            raise NotFound("This is no number of yours.")
        return Response(
            WhoAnswersSerializer(_in_json(find_who_answers(dialed=dialed, caller=caller, ask_crm=read_cache))).data
        )

    def _phone(self, name: str, *, required: bool = True) -> str:
        written = self.request.query_params.get(name, "")
        text = f"+{written[1:]}" if written.startswith(" ") else written  # in an address a + means a space
        if (required or text) and (len(only_digits(text)) < 3 or len(text) > LONGEST_PHONE):
            raise BadQueryError({name: ["A phone number, e.g. %2B15551230100."]})
        return text


def _in_json(answer: Answer) -> dict[str, Any]:
    return {
        "customer": answer.parties.customer.slug,
        "dialed": answer.parties.dialed,
        "caller": answer.parties.caller,
        "persona": answer.version.persona.uid if answer.version else None,
        "persona_name": answer.spec.name,
        "persona_version": answer.version.number if answer.version else None,
        "source": answer.route.source,
        "passed_over": [{"source": passed.source, "reason": passed.reason} for passed in answer.route.passed_over],
    }
