"""The forms of a campaign: a new one, its script, its rules, its variants, and a copy."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.admin.campaign.proposed_module import propose_module
from campaigns.admin.campaign.rules_fields import ROWS, HoursField, RetryField
from campaigns.calling_rules.hours.words import describe_hours
from campaigns.models import Campaign
from voiceplatform.local_time import list_zone_choices


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """Offers calling hours as rows and retry rules as sentences; a new campaign's module name may be left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "calling_hours" in self.fields:
            self._offer_rows()
        if "retry" in self.fields:
            self.fields["retry"] = RetryField(
                label="Call again", help_text="Leave both numbers empty not to call again."
            )
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget = UnfoldAdminSelectWidget(choices=self._list_zones())
        if module := self.fields.get("module"):
            module.required = False
            module.help_text = "Identifier in the API and for commands. Leave empty to make it from the name; it cannot be changed later."

    def _offer_rows(self) -> None:
        stored = self.instance.calling_hours
        self.fields["calling_hours"] = HoursField(
            rows=max(ROWS, len(stored)),
            label="Calling hours",
            help_text=f"On the lead's own clock: {describe_hours(stored)}. Leave empty to call whenever it is lawful.",
        )

    def _list_zones(self) -> list[tuple[str, str]]:
        """Return the time zones to choose from: the stored one too, though it may be an old name such as CET."""
        choices, stored = list_zone_choices(), self.instance.time_zone
        others = [(stored, stored)] if stored and stored not in dict(choices) else []
        return [("", "Customer's time zone"), *others, *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        customer, name = cleaned.get("customer"), cleaned.get("name")
        if "module" in self.fields and not cleaned.get("module") and not self.errors and customer and name:
            taken = set(Campaign.objects.filter(customer=customer).values_list("module", flat=True))
            cleaned["module"] = propose_module(name, taken)
        return cleaned


class DuplicateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and module name of the copy."""

    class Meta:
        model = Campaign
        fields = ["name", "module"]
        widgets = {"name": UnfoldAdminTextInputWidget(), "module": UnfoldAdminTextInputWidget()}

    def clean_module(self) -> str:
        module: str = self.cleaned_data["module"]
        if Campaign.objects.filter(customer=self.instance.customer_id, module=module).exists():
            raise forms.ValidationError(
                f"{self.instance.customer} already has a campaign with the module name “{module}”. Choose another one."
            )
        return module
