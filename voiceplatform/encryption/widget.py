"""The form field of a secret that is set but never shown.

An empty field that replaces, and a box that clears.
"""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES

from voiceplatform.encryption.secret import KEEP


class SecretWidget(forms.Widget):
    """Says whether the secret is set, takes a new one, never shows the old one."""

    template_name = "voiceplatform/secret_widget.html"
    noun = "secret"  # what it is called in “Remove …”

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        # Important: nothing of the value but whether there is one. After an error in another field it may be what was
        # typed.
        is_set = bool(value) and value is not KEEP
        return context | {
            "noun": self.noun,
            "is_set": is_set,
            "input_classes": " ".join(INPUT_CLASSES),
            "box_classes": " ".join(CHECKBOX_CLASSES),
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = data.get(name, "").strip()
        return typed or ("" if data.get(f"{name}-clear") else KEEP)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-clear" not in data

    def id_for_label(self, id_: str) -> str:
        return id_


class SecretFormField(forms.Field):
    """Cleans to the new text, "" to clear it, or KEEP."""

    widget = SecretWidget

    def __init__(self, *, noun: str = "secret", **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.widget.noun = noun

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not KEEP and bool(data or initial)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial

    def clean(self, value: Any) -> Any:
        if value is not KEEP and not str(value).isprintable():
            raise forms.ValidationError(
                "A secret is one line of printable characters. Copy it again, without line breaks."
            )
        return value
