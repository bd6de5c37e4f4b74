"""The forms of an import: the file with where its people come from, and how its columns are read."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.imports.preview import ImportPreview
from campaigns.imports.upload import LONGEST_LIST_NAME, LONGEST_SOURCE_NOTE
from campaigns.imports.words import list_field_choices
from campaigns.lead_import.importing import Duplicates
from campaigns.models import Campaign, LeadImport
from personas.access.roles import edited_by, is_superuser
from voiceplatform.clean_fields import CleanLineField
from voiceplatform.countries import list_countries

MEGABYTE = 1_000_000  # bytes
LONGEST_PASTE = 2_000_000  # characters; Django takes no longer a form
FILE_TYPES = ".csv,.tsv,.txt,.xlsx"
DUPLICATES = [
    (Duplicates.SKIP.value, "Skip the line: the lead stays as it is"),
    (Duplicates.UPDATE.value, "Update the lead: filled cells replace its fields"),
]


class UploadForm(forms.Form):
    """A file, or cells that were copied from a spreadsheet."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.none(), empty_label="Choose a campaign", widget=UnfoldAdminSelectWidget()
    )
    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": FILE_TYPES, "class": "vp-drop"}),
    )
    pasted = forms.CharField(
        label="Or paste cells from a spreadsheet",
        required=False,
        max_length=LONGEST_PASTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="With the header line.",
    )
    source_note = forms.CharField(
        label="Where do these people come from?",
        required=False,
        max_length=LONGEST_SOURCE_NOTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="And how they agreed to be called. It is kept with the list.",
    )
    list_name = CleanLineField(
        label="List",
        required=False,
        max_length=LONGEST_LIST_NAME,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Leave empty for a new list named after the file. The name of a list adds to it.",
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaigns = Campaign.objects.select_related("customer").order_by("name")
        choice: Any = self.fields["campaign"]
        self.fields["file"].help_text = f"CSV or Excel (.xlsx), at most {_largest()}. Drop it here, or choose it."
        choice.queryset = campaigns if is_superuser(request) else campaigns.filter(customer__in=edited_by(request))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > settings.LEAD_UPLOAD_LARGEST_BYTES:
            raise forms.ValidationError(
                f"“{file.name}” has {file.size / MEGABYTE:,.1f} MB; at most {_largest()} can be uploaded here. "
                "Split the file, or ask your administrator to import it."
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        has_file, has_text = bool(cleaned.get("file")), bool(cleaned.get("pasted"))
        if has_file == has_text and not self.errors:
            self.add_error("file", "Choose a file, or paste cells: one of the two." if has_file else "Choose a file.")
        return cleaned

    def open(self) -> tuple[BinaryIO, str]:
        """Return what was given as a file at its beginning, and its name."""
        if file := self.cleaned_data["file"]:
            file.seek(0)
            return file, file.name
        name = f"pasted {timezone.localtime():%Y-%m-%d %H%M}.csv"
        return io.BytesIO(self.cleaned_data["pasted"].encode()), name


class MappingForm(forms.Form):
    """A choice for each column of the file, the default country, and what happens to known numbers."""

    region = forms.ChoiceField(
        label="Default country",
        choices=list_countries,
        widget=UnfoldAdminSelectWidget(),
        help_text="For numbers without a country code.",
    )
    duplicates = forms.ChoiceField(
        label="A number that is in this campaign already", choices=DUPLICATES, widget=UnfoldAdminRadioSelectWidget()
    )

    def __init__(self, data: Any, lead_import: LeadImport, columns: list[str], preview: ImportPreview | None) -> None:
        super().__init__(data, initial={"region": lead_import.region, "duplicates": lead_import.duplicates})
        self.columns = columns
        fields = preview.mapping if preview else {}
        for place, name in enumerate(columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=f"Field of {name}",
                choices=list_field_choices(),
                initial=fields.get(name) or lead_import.mapping.get(name),
                widget=UnfoldAdminSelectWidget(),
            )

    def column_fields(self) -> list[Any]:
        """Return the bound choices in the order of the file."""
        return [self[f"column_{place}"] for place in range(len(self.columns))]

    @property
    def mapping(self) -> dict[str, str]:
        """Column to field, as chosen."""
        return {name: self.cleaned_data[f"column_{place}"] for place, name in enumerate(self.columns)}


def _largest() -> str:
    """Return the size of the largest file that is taken: `10 MB`."""
    return f"{settings.LEAD_UPLOAD_LARGEST_BYTES / MEGABYTE:,g} MB"
