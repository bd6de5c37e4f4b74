"""Keeps two users who save one row in the admin from overwriting each other.

The form carries a signed digest of every value it was loaded with. A save takes over what only the other user changed
and says so. Where both changed a field nothing is saved: the form comes back with both values, and the next save, which
was loaded with the other user's value, wins knowingly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.forms import BaseForm, ModelForm
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string

from voiceplatform.edits.comparison import Comparison, compare_edits
from voiceplatform.edits.form_values import (
    digest_stored,
    digest_submitted,
    edited_names,
    show_stored,
    write_stored,
)
from voiceplatform.edits.last_change import find_last_change

Base: Any = ModelAdmin  # untyped: the admin it is mixed into knows its methods better

LOADED = "_loaded"  # the name of the hidden input


@dataclass(frozen=True, kw_only=True)
class Edits:
    """What a submitted form and the stored row have to do with each other."""

    data: QueryDict  # what was submitted, with what only the other user changed
    taken: dict[str, list[str]]  # by user, the labels of fields that only that user changed
    errors: dict[str, str]  # by the name of the input, the other user's value where both changed it


class ConflictErrors(ModelForm):  # type: ignore[type-arg]
    """Adds to a form what another user changed meanwhile."""

    edit_errors: dict[str, str] = {}

    def full_clean(self) -> None:
        super().full_clean()
        add_errors(self, self.edit_errors)


class ConcurrentEdits(Base):  # type: ignore[misc]
    """A form that notices what another user saved since it was loaded."""

    change_form_before_template = "voiceplatform/loaded_values.html"

    def publishes(self, request: HttpRequest) -> bool:
        """Return whether this save lets callers hear the row, so that every foreign change must be seen first."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST" or object_id is None or LOADED not in request.POST:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic(using=router.db_for_write(self.model)):
            row = self._lock(request, object_id)
            if row is not None and self.has_change_permission(request, row):
                self._compare_with_stored(request, row)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if edits := _edits_of(request):
            form = type(form.__name__, (ConflictErrors, form), {"edit_errors": edits.errors, "__module__": __name__})
        return form

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        formsets, inlines = super()._create_formsets(request, obj, change)
        if edits := _edits_of(request):
            for form in _existing_rows(formsets):
                add_errors(form, edits.errors)
        return formsets, inlines

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None and self.has_change_permission(request, obj):
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            loaded = digest_stored(context["adminform"].form)
            for form in _existing_rows(formsets):
                loaded |= {f"{form.instance.pk}:{key}": value for key, value in digest_stored(form).items()}
            context["loaded_name"] = LOADED
            context["loaded_values"] = signing.dumps(loaded, salt=_salt(obj), compress=True)
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))

    def _lock(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row, locked: another save of it waits until this one is done."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return None
        list(self.model._base_manager.select_for_update(of=("self",)).filter(pk=row.pk).values_list("pk"))
        return self.get_object(request, unquote(object_id))

    def _compare_with_stored(self, request: HttpRequest, row: Any) -> None:
        """Compare the submitted values with the stored ones, and let the form be made of what comes of it."""
        fields = flatten_fieldsets(self.get_fieldsets(request, row))
        form = self.get_form(request, row, change=True, fields=fields)(request.POST, instance=row)
        formsets, _ = self._create_formsets(request, row, change=True)
        edits = _compare([form, *_existing_rows(formsets)], request, row, publishes=self.publishes(request))
        request.POST = edits.data  # type: ignore[assignment]
        request.edits = edits  # type: ignore[attr-defined]
        for user, labels in edits.taken.items():
            messages.info(request, f"{row} was also changed by {user}: {', '.join(labels)}.")


def add_errors(form: BaseForm, errors: dict[str, str]) -> None:
    """Add the errors that belong to this form's inputs."""
    for name in form.fields:
        if (error := errors.get(form.add_prefix(name))) and error not in form.errors.get(name, ()):
            form.add_error(name, error)


def _compare(forms: list[Any], request: HttpRequest, row: Any, *, publishes: bool) -> Edits:
    data = request.POST.copy()
    edits = Edits(data=data, taken=defaultdict(list), errors={})
    loaded = _read_loaded(request.POST[LOADED], row)
    for form in forms:
        deleted = f"{form.prefix}-{DELETION_FIELD_NAME}" if form.prefix else ""
        key = f"{form.instance.pk}:" if form.prefix else ""
        seen = {name.removeprefix(key): value for name, value in loaded.items() if name.startswith(key)}
        found = compare_edits(
            loaded=seen,
            submitted=digest_submitted(form, data),
            stored=digest_stored(form),
            unseen=publishes or bool(data.get(deleted)),
        )
        if found.conflicting:
            data.pop(deleted, None)
        _note(form, found, edits)
    return edits


def _note(form: Any, found: Comparison, edits: Edits) -> None:
    for name in edited_names(form):
        key = form.add_prefix(name)
        if key not in found.taken | found.conflicting:
            continue
        change = find_last_change(form.instance, name)
        untouched = key in found.taken
        if key in found.conflicting:
            context = {"change": change, "stored": show_stored(form, name), "untouched": untouched}
            edits.errors[key] = render_to_string("voiceplatform/edit_conflict.html", context)
        else:
            edits.taken[change.by].append(str(form[name].label))
        if untouched:
            write_stored(form, name, edits.data)


def _existing_rows(formsets: list[Any]) -> Iterator[Any]:
    return (form for formset in formsets for form in formset.forms if form.instance.pk)


def _edits_of(request: HttpRequest) -> Edits | None:
    return getattr(request, "edits", None)


def _read_loaded(signed: str, row: Any) -> dict[str, str]:
    """Return the digests that the form was loaded with; none when they are another row's or were changed."""
    try:
        return cast(dict[str, str], signing.loads(signed, salt=_salt(row)))
    except (signing.BadSignature, ValidationError):
        return {}


def _salt(row: Any) -> str:
    return f"voiceplatform.edits:{row._meta.label_lower}:{row.pk}"
