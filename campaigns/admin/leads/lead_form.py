"""The form of a lead: what was given about the person. What calls found out is not edited here."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.leads.place import TELLS_PLACE, find_place
from campaigns.models import Lead, find_block
from personas.models.written_phone import explain_rejection
from voiceplatform.clean_fields import CleanLineField
from voiceplatform.countries import list_countries
from voiceplatform.local_time import list_zone_choices
from voiceplatform.written_numbers import Rejection, read_number

LONGEST_PHONE = 200  # characters, as people write one
UNKNOWN = ("", "Not known")


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """The number may be written in any format; time zone and country are chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "phone" in self.fields:
            self.fields["phone"] = CleanLineField(
                label="Phone number",
                max_length=LONGEST_PHONE,
                widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "tel"}),
                help_text="Any format. The place and the do-not-call list are looked up again when it changes.",
            )
        if "consent_on" in self.fields:
            self.fields["consent_on"].label = "Date of consent"
        for name, offered in (("time_zone", list_zone_choices()), ("country", list_countries())):
            if field := self.fields.get(name):
                self.fields[name] = self._choice(name, str(field.label), offered)

    def _choice(self, name: str, label: str, offered: list[tuple[str, str]]) -> forms.ChoiceField:
        """Return a choice that keeps what is stored, even when it is not offered."""
        stored = getattr(self.instance, name)
        others = [] if not stored or stored in dict(offered) else [(stored, stored)]
        return forms.ChoiceField(
            label=label,
            choices=[UNKNOWN, *others, *offered],
            required=False,
            widget=UnfoldAdminSelectWidget(),
        )

    def clean_phone(self) -> str:
        """Return the E.164 form; refuse a number of another lead of the campaign."""
        written: str = self.cleaned_data["phone"]
        stored = Lead.objects.values_list("phone", flat=True).get(pk=self.instance.pk)
        if written == stored:
            return written
        region = self.instance.campaign.effective_region
        number = read_number(written, region)
        if isinstance(number, Rejection):
            raise forms.ValidationError(explain_rejection(number, written, region))
        same = Lead.objects.filter(campaign=self.instance.campaign_id, phone=number.e164).exclude(pk=self.instance.pk)
        if other := same.first():
            raise forms.ValidationError(
                f"“{written}” is the number of {other.name or 'another lead'} in this campaign."
            )
        return number.e164


def look_up_again(lead: Lead, changed: list[str]) -> dict[str, Any]:
    """Return the fields that follow from an edit: the lead's place, and whether its number is on the do-not-call list."""
    found: dict[str, Any] = {}
    if not TELLS_PLACE.isdisjoint(changed):
        found["place"] = find_place(lead)
    if "phone" in changed:
        block = find_block(lead.phone, customer=lead.customer, campaign=lead.campaign.module)
        found["do_not_call"] = block is not None
    return found
