"""Form fields that clean what was typed or pasted, before it is compared with what is stored.

A browser sends line breaks as \\r\\n: without this, saving an untouched page would change every text of several lines.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from voiceplatform.text import clean_line, clean_text


class CleanTextField(forms.CharField):
    """A text of several lines. White space at its ends stays: a text that came from elsewhere must not change here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, **kwargs})

    def to_python(self, value: Any) -> Any:
        return super().to_python(clean_text(value) if isinstance(value, str) else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = clean_text(initial) if isinstance(initial, str) else initial
        return super().has_changed(before, clean_text(data) if isinstance(data, str) else data)


class CleanLineField(forms.CharField):
    """A text of one line."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(clean_line(value) if isinstance(value, str) else value)


def clean_form_class(db_field: models.Field[Any, Any]) -> dict[str, Any]:
    """Return the keyword with which a model's text field gets its cleaning form field; nothing for other fields."""
    if type(db_field) is models.TextField:
        return {"form_class": CleanTextField}
    if type(db_field) is models.CharField and not db_field.choices:
        return {"form_class": CleanLineField}
    return {}
