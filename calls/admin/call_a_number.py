"""The form “Call a number”: one call to one person, through the same checks as the API."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from calls.models import Call
from calls.outbound.opening import MayNotCallError, NoTrunkError, open_outbound_call
from calls.outbound.reading import LONGEST_NAME, LONGEST_PHONE, read_request
from calls.outbound.request import LONGEST_CALL_SECONDS, SHORTEST_CALL_SECONDS
from personas.access.roles import edited_by, is_superuser
from personas.models import Customer, Persona
from personas.persona.languages import LANGUAGES
from personas.persona.prompt import EMOTIONS
from personas.persona.spec import LONGEST_INSTRUCTIONS
from voiceplatform.clean_fields import CleanLineField, CleanTextField

AS_PERSONA = ("", "As the persona")
NO_TRUNK = "There is no enabled trunk with a caller ID for this customer. Add one under Trunks."


class CallForm(forms.Form):
    """One call. The names of its fields are the API's."""

    phone_number = CleanLineField(
        label="Number to call",
        max_length=LONGEST_PHONE,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "+1 312 555 0142", "inputmode": "tel"}),
        error_messages={"required": "Enter the number to call."},
    )
    name = CleanLineField(
        label="Name of the person", max_length=LONGEST_NAME, required=False, widget=UnfoldAdminTextInputWidget()
    )
    customer = forms.ModelChoiceField(
        queryset=Customer.objects.none(),
        label="For customer",
        required=False,
        empty_label="The persona's",
        widget=UnfoldAdminSelectWidget(),
    )
    persona = forms.ChoiceField(label="Persona", required=False, widget=UnfoldAdminSelectWidget())
    dynamic_instruction = CleanTextField(
        label="What this call is for",
        required=False,
        max_length=LONGEST_INSTRUCTIONS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Added to the persona's instructions. Without a persona it is all the agent knows.",
    )
    language = forms.ChoiceField(
        label="Language", required=False, choices=[AS_PERSONA, *LANGUAGES.items()], widget=UnfoldAdminSelectWidget()
    )
    emotion = forms.ChoiceField(
        label="Emotion",
        required=False,
        choices=[AS_PERSONA, *((emotion, emotion) for emotion in EMOTIONS)],
        widget=UnfoldAdminSelectWidget(),
    )
    additional_params = CleanTextField(
        label="Values for placeholders",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": '{"appointment": "Tuesday at 10"}'}),
        help_text="As a JSON object. “{{ appointment }}” in the instructions is replaced by its value.",
    )
    from_number = CleanLineField(
        label="Caller ID",
        required=False,
        max_length=LONGEST_PHONE,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "The number nearest to the person"}),
    )
    schedule_at = forms.DateTimeField(
        label="When",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        error_messages={"invalid": "Enter a date and a time, e.g. 2026-12-01 15:30."},
    )
    max_duration = forms.IntegerField(
        label="Longest duration",
        required=False,
        min_value=SHORTEST_CALL_SECONDS,
        max_value=LONGEST_CALL_SECONDS,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "placeholder": "1800"}),
        help_text="In seconds. Then the agent says goodbye.",
    )
    override_hours = forms.BooleanField(
        label="Call outside the calling hours",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Only with a reason you can prove. The do-not-call list always counts. It is noted on the call.",
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customers = _customers(request)
        field = cast("forms.ModelChoiceField[Customer]", self.fields["customer"])
        field.queryset = customers
        if len(only := list(customers[:2])) == 1:
            field.initial = only[0]
        cast(forms.ChoiceField, self.fields["persona"]).choices = _personas(customers)
        self.fields["schedule_at"].help_text = f"Empty: now. Time zone: {timezone.get_current_timezone_name()}."

    def clean_additional_params(self) -> Any:
        written = self.cleaned_data["additional_params"].strip()
        try:
            return json.loads(written) if written else {}
        except ValueError as error:
            raise ValidationError('This is no JSON object. Example: {"appointment": "Tuesday at 10"}.') from error

    def clean(self) -> dict[str, Any]:
        """Choose the persona's customer where none is chosen."""
        values = cast(dict[str, Any], super().clean())
        if "customer" in values and values["customer"] is None:
            persona = Persona.objects.filter(uid=values["persona"]).first() if values.get("persona") else None
            values["customer"] = persona.customer if persona else None
            if values["customer"] is None:
                self.add_error("customer", "Choose the customer for whom you call, or a persona.")
        return values

    def place(self, requested_by: str) -> Call | None:
        """Place the call; None when it may not be, with the reason among the form's errors. As `open_outbound_call`."""
        values = self.cleaned_data
        try:
            return open_outbound_call(read_request(values, customer=values["customer"], requested_by=requested_by))
        except ValidationError as error:
            self._add(error)
        except MayNotCallError as error:
            self.add_error(None, str(error))
        except NoTrunkError:
            self.add_error(None, NO_TRUNK)
        return None

    def _add(self, error: ValidationError) -> None:
        for field, wrong in error.error_dict.items():
            self.add_error(field if field in self.fields else None, wrong)


def _customers(request: HttpRequest) -> Any:
    """Return the customers for whom the user may call."""
    return Customer.objects.all() if is_superuser(request) else Customer.objects.filter(pk__in=edited_by(request))


def _personas(customers: Any) -> list[tuple[str, Any]]:
    """Return the published personas, in groups where there are several customers."""
    personas = Persona.objects.filter(customer__in=customers).exclude(published=None).select_related("customer")
    groups: dict[str, list[tuple[str, str]]] = {}
    for persona in personas.order_by("customer__name", "name"):
        groups.setdefault(persona.customer.name, []).append((str(persona.uid), persona.name))
    first: tuple[str, Any] = ("", "Only what this call is for")
    return [first, *(groups.items() if len(groups) > 1 else next(iter(groups.values()), []))]
