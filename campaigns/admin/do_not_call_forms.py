"""The forms of the do-not-call list: one number, several numbers, and a removal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from campaigns.do_not_call.listed_number import ListedNumber, read_listed_number
from campaigns.models import DoNotCall
from campaigns.models.do_not_call import LONGEST_REASON
from campaigns.models.pasted_numbers import MOST_LINES, Line, read_lines
from voiceplatform.clean_fields import CleanLineField, CleanTextField

LONGEST_NUMBER = 200  # characters, as people write one


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose calls are blocked, and why. What the chosen scope does not have is hidden and left out."""

    class Meta:
        model = DoNotCall
        fields = ["scope", "customer", "campaign", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "customer" in self.fields:
            self.fields["customer"].empty_label = "Choose a customer"  # type: ignore[attr-defined]
        if "reason" in self.fields:  # here, not in Meta: the page of an entry would show it too
            self.fields["reason"].help_text = "Why it must not be called. Kept with the entry."

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("scope") == DoNotCall.Scope.ALL:
            data["customer"] = None
        if data.get("scope") != DoNotCall.Scope.CAMPAIGN:
            data["campaign"] = ""
        return data

    @property
    def region(self) -> str:
        """The country in whose national form numbers are read; "" for all customers."""
        customer = self.cleaned_data.get("customer")
        return customer.region if customer else ""


class OneNumberForm(EntryForm):
    """One number or range, read while it is typed."""

    number = CleanLineField(
        label="Phone number or range",
        max_length=LONGEST_NUMBER,
        widget=UnfoldAdminTextInputWidget,
        help_text="Any format. A range ends with *, e.g. +1 900*.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = ListedNumber()
        if number := self.fields.get("number"):
            number.widget.attrs |= {
                "hx-get": reverse("admin:campaigns_donotcall_read_number"),
                "hx-trigger": "input changed delay:300ms, change from:#id_customer, change from:#id_scope",
                "hx-include": "[name=customer],[name=scope]",
                "hx-target": "#number-reading",
            }
            reading = '{} <output id="number-reading" for="id_number" class="block mt-1"></output>'
            number.help_text = format_html(reading, number.help_text)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if written := data.get("number"):
            try:
                self.listed = read_listed_number(written, self.region)
            except ValidationError as refused:
                self.add_error("number", refused)
        return data


class SeveralNumbersForm(EntryForm):
    """Many numbers with the same scope and reason. A line that cannot be read is no error of the form: it is reported."""

    numbers = CleanTextField(
        label="Phone numbers",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text=f"One a line, in any format, at most {MOST_LINES:,}. A range ends with *, e.g. +1 900*.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: list[Line] = []
        self.fields["scope"].widget.attrs["x-model"] = "scope"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        text = data.get("numbers", "")
        count = sum(1 for line in text.splitlines() if line.strip())
        if count > MOST_LINES:
            self.add_error("numbers", f"{count:,} lines. Enter at most {MOST_LINES:,}, and the others afterwards.")
        elif text and not count:
            self.add_error("numbers", "Enter at least one number.")
        elif not self.errors:
            self.lines = read_lines(text, self.region)
        return data


class RemovalForm(forms.Form):
    """Why entries are removed. Removing what a caller asked for is confirmed once more."""

    reason = CleanLineField(
        label="Reason",
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Enter why the number may be called again."},
    )
    has_consent = forms.BooleanField(
        label="The person agreed to be called again",
        widget=UnfoldBooleanWidget,
        error_messages={
            "required": "A caller asked for this entry. Confirm that the person agreed to be called again."
        },
    )

    def __init__(self, *args: Any, asked_by_caller: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asked_by_caller:
            del self.fields["has_consent"]
