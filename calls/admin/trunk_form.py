"""The form of a trunk: caller IDs one per line, in any format."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from calls.models import Trunk
from voiceplatform.phone_numbers import format_phone, parse_phone
from voiceplatform.text import clean_text

LINES_SHOWN = 6


class NumbersField(forms.CharField):
    """Phone numbers, one per line. Cleans to the lines as they were written: the model reads them."""

    def __init__(self, **kwargs: Any) -> None:
        # Not required here: the model says so, in the same words to the API.
        super().__init__(
            widget=UnfoldAdminTextareaWidget(attrs={"rows": LINES_SHOWN}), strip=False, required=False, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(format_phone(str(phone)) for phone in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = clean_text(value).splitlines() if isinstance(value, str) else []
        return [line.strip() for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other numbers were entered; the same ones in another format are no change."""
        return [parse_phone(line, "") or line for line in self.to_python(data)] != (initial or [])


class TrunkForm(forms.ModelForm):  # type: ignore[type-arg]
    numbers = NumbersField(
        label="Caller IDs",
        help_text=str(Trunk._meta.get_field("numbers").help_text),
    )
