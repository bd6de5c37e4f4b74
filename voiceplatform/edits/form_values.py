"""Reads and writes a form's values as a browser submits them, so that loaded, submitted and stored ones compare."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, cast

from django import forms
from django.forms import BaseForm
from django.forms.formsets import DELETION_FIELD_NAME, ORDERING_FIELD_NAME
from django.http import QueryDict
from django.utils.crypto import salted_hmac

from voiceplatform.encryption.secret import KEEP
from voiceplatform.encryption.widget import SecretFormField

Values = dict[str, str]


def edited_names(form: BaseForm) -> list[str]:
    """Return the fields that a user edits: no hidden keys, no boxes for deletion."""
    fixed = {DELETION_FIELD_NAME, ORDERING_FIELD_NAME}
    return [
        name
        for name, field in form.fields.items()
        if name not in fixed and not field.disabled and not field.widget.is_hidden
    ]


def digest_stored(form: BaseForm) -> Values:
    """Return the digest of each stored value, by the name of its input."""
    return {form.add_prefix(name): _digest_initial(form, name) for name in edited_names(form)}


def digest_submitted(form: BaseForm, data: QueryDict) -> Values:
    """Return the digest of each submitted value, by the name of its input.

    A secret that was left alone has the digest of the stored one: it was not typed again.
    """
    digests = {}
    for name in edited_names(form):
        field, key = form.fields[name], form.add_prefix(name)
        kept = isinstance(field, SecretFormField) and _widget(field).value_from_datadict(data, {}, key) is KEEP
        digests[key] = _digest_initial(form, name) if kept else _digest(field, key, data)
    return digests


def write_stored(form: BaseForm, name: str, data: QueryDict) -> None:
    """Put the stored value into the data, as if the user had left it alone."""
    field, key = form.fields[name], form.add_prefix(name)
    widget: Any = _widget(field)
    value = field.prepare_value(form.get_initial_for_field(field, name))
    if isinstance(field, SecretFormField):
        data.pop(key, None)
        data.pop(f"{key}-clear", None)
    elif isinstance(widget, forms.MultiWidget):
        parts: Any = zip(widget.widgets_names, widget.widgets, widget.decompress(value), strict=True)  # type: ignore[attr-defined, arg-type]
        for ending, part, part_value in parts:
            data[key + ending] = part.format_value(part_value) or ""
    elif isinstance(widget, forms.CheckboxInput):
        data.setlist(key, ["on"] if value else [])
    else:
        formatted = widget.format_value(value)
        data.setlist(
            key, list(formatted) if isinstance(formatted, (list, tuple)) else ["" if formatted is None else formatted]
        )


def show_stored(form: BaseForm, name: str) -> str:
    """Return the stored value as a person reads it; "" for a secret and for an empty value."""
    field = form.fields[name]
    value = field.prepare_value(form.get_initial_for_field(field, name))
    if isinstance(field, SecretFormField):
        return ""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(str(row) for row in field.queryset.filter(pk__in=value or [])) if field.queryset else ""
    if isinstance(field, forms.ModelChoiceField):
        row = field.queryset.filter(pk=value).first() if field.queryset is not None and value else None
        return str(row or value or "")
    if isinstance(field, forms.ChoiceField):
        labels = {
            str(key): str(label) for key, label in cast(Any, field.choices) if not isinstance(label, (list, tuple))
        }
        chosen = value if isinstance(value, (list, tuple)) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in chosen if one not in (None, ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _digest_initial(form: BaseForm, name: str) -> str:
    field, key = form.fields[name], form.add_prefix(name)
    if isinstance(field, SecretFormField):
        return _keyed(getattr(form.get_initial_for_field(field, name), "sealed", ""))
    scratch = QueryDict(mutable=True)
    write_stored(form, name, scratch)
    return _digest(field, key, scratch)


def _digest(field: forms.Field, key: str, data: QueryDict) -> str:
    """Return the same digest for what means the same: `1.0` and `1.00`, one line break and another."""
    value = _widget(field).value_from_datadict(data, {}, key)
    if not isinstance(field, (forms.ModelChoiceField, SecretFormField)):  # a row's key compares without a query
        with suppress(forms.ValidationError):  # then it is compared as it was written; the form itself refuses it
            value = field.clean(value)
    if isinstance(value, (list, tuple, set)):
        value = sorted(str(one) for one in value)
    if hasattr(value, "normalize") and not isinstance(value, str):
        value = format(value.normalize(), "f")
    return _keyed(json.dumps(value, default=str))


def _keyed(text: str) -> str:
    # Keyed, so that a page that holds the digest of a secret gives no way to try guesses.
    return salted_hmac("voiceplatform.edits", text, algorithm="sha256").hexdigest()[:32]


def _widget(field: forms.Field) -> Any:
    """Return the widget without the admin's wrapper that adds links to it."""
    return getattr(field.widget, "widget", field.widget)
