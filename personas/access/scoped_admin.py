"""Decides which rows a member of staff sees, chooses and changes in the admin: those of their customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.options import ModelAdmin as DjangoModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, ForeignKey, Model, Q, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin

from personas.access.roles import edited_by, is_superuser, may_edit, may_edit_any, roles_of
from personas.access.saved_views import read_saved_views
from personas.access.time_zones import use_zone_of_customer
from personas.models import Customer
from voiceplatform.clean_fields import clean_form_class
from voiceplatform.edits.admin import ConcurrentEdits
from voiceplatform.encryption.field import encrypted_fields
from voiceplatform.lists import CountedList
from voiceplatform.read_only_admin import ReadOnlyAdmin


class ReadableChanges(HistoricalRecordContextHelper):  # type: ignore[misc]
    """The changes of a history record, with an empty foreign key shown as empty."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if isinstance(value, DeletedObject):
            return f"deleted {value.model._meta.verbose_name}" if value.pk is not None else ""
        return super().prepare_delta_change_value(change, value)


class ScopedFilter(RelatedFieldListFilter):
    """A filter by a related row that offers only the user's own rows."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: DjangoModelAdmin[Any]) -> Any:
        visible = Q(pk__in=field.related_model.objects.visible_to(request.user).values("pk"))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=visible)


class ScopedAdmin(ConcurrentEdits, CountedList, ModelAdmin):  # type: ignore[misc]
    """Rows that belong to a customer. A subclass with another path overrides `visible` and `owner`."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    teaching = ""  # what to say when there is no row yet
    delete_confirmation_template = "admin/personas/delete_one.html"
    delete_selected_confirmation_template = "admin/personas/delete_selected.html"

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that exist for this user."""
        return cast(QuerySet[Any], rows.visible_to(request.user))  # type: ignore[attr-defined]

    def owner(self, row: Any) -> int | None:
        """Return the id of the customer that the row belongs to."""
        return cast("int | None", row.customer_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {"saved_views": read_saved_views(self.opts, request), **(extra_context or {})}
        return cast(HttpResponse, super().changelist_view(request, extra))

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        """Answer with a page of this admin's own, besides list and form. `template`: in the model's folder."""
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        path = f"admin/{self.opts.app_label}/{self.opts.model_name}/{template}"
        return TemplateResponse(request, path, common | context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row of a page, whose times are then shown where its customer is."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            use_zone_of_customer(request, self.owner(row))
        return row

    def describe_deletion(self, row: Any) -> list[str]:
        """Return sentences on what happens when the row is deleted."""
        return ["This cannot be undone."]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        extra = {"consequences": self.describe_deletion(row)} if row else {}
        return cast(HttpResponse, super().delete_view(request, object_id, {**extra, **(extra_context or {})}))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_module_permission(request) or is_superuser(request) or roles_of(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(obj, Model):
            return is_superuser(request) or self.owner(obj) in roles_of(request)
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_edit_any(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_edit(request, self.owner(obj)) if isinstance(obj, Model) else may_edit_any(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Keep a row with its customer: what refers to it would be left with a stranger's."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "customer") if obj and any(f.name == "customer" for f in self.opts.fields) else fixed

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the customer where there is only one to choose."""
        customers = list(Customer.objects.visible_to(request.user)[:2])
        only = {"customer": customers[0].pk} if len(customers) == 1 else {}
        return only | cast(dict[str, Any], super().get_changeform_initial_data(request))

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_dbfield(db_field, request, **clean_form_class(db_field), **kwargs)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer, and accept, only rows that exist for this user; customers only where they may edit."""
        related = db_field.related_model
        if "queryset" not in kwargs and hasattr(related._default_manager, "visible_to"):
            kwargs["queryset"] = related._default_manager.visible_to(request.user)
            if related is Customer and not is_superuser(request):
                kwargs["queryset"] = kwargs["queryset"].filter(pk__in=edited_by(request))
        field = cast("ModelChoiceField[Any] | None", super().formfield_for_foreignkey(db_field, request, **kwargs))
        if field and not db_field.blank:
            field.empty_label = f"Choose a {related._meta.verbose_name}"
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """Offer only what the row's customer has; for a new row, name the customer of each choice."""
        form = cast("type[ModelForm[Any]]", super().get_form(request, obj, change, **kwargs))
        for field in form.base_fields.values():
            if isinstance(field, ModelChoiceField) and _has_customer(field.queryset):
                _narrow(field, None if obj is None else self.owner(obj))
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only what the form showed: a publication by another user at the same moment stays."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        if not form.has_changed():
            return  # the history would show a save that changed nothing
        obj._history_user = request.user
        obj.save(update_fields=[field.name for field in _written(form, obj)])


class OwnedInline:
    """Rows inside a customer's row: who may edit the outer one may edit these."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_dbfield(db_field, request, **clean_form_class(db_field), **kwargs)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # the outer page was allowed already

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_edit(request, obj.customer_id) if obj else may_edit_any(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class RecordedAdmin(SimpleHistoryAdmin, ScopedAdmin):  # type: ignore[misc]
    """Rows with a history that is read, not reverted: a persona goes back by its versions, the rest by hand."""

    object_history_template = "admin/personas/object_history.html"
    object_history_list_template = "admin/personas/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ReadableChanges:
        return ReadableChanges(self.model, historical_record)

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Give each record, newest first, `happened`: sentences about what the changed fields do not say."""
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)
        for record in historical_records:
            record.happened = _tell(record)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._require_ids(request, object_id)
        with _hidden(self.opts.verbose_name, object_id):
            return cast(HttpResponse, super().history_view(request, object_id, extra_context))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        # Important: simple_history would save on POST, and asks only whether the user may look.
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        self._require_ids(request, object_id, version_id)
        with _hidden(self.opts.verbose_name, object_id):
            return cast(HttpResponse, super().history_form_view(request, object_id, version_id, extra_context))

    def _require_ids(self, request: HttpRequest, object_id: str, version_id: str = "1") -> None:
        """Raise Http404 for who may see no row at all and for what is no id: simple_history asks the database first."""
        try:
            self.opts.pk.to_python(unquote(object_id))
            self.model.history.model._meta.pk.to_python(unquote(version_id))
        except ValidationError as error:
            raise Http404(f"{object_id} is not the id of a {self.opts.verbose_name}.") from error
        if not self.has_view_permission(request):
            raise Http404(f"There is no {self.opts.verbose_name} {object_id} among those of your customers.")


class ScopedReadOnlyAdmin(ReadOnlyAdmin, ScopedAdmin):
    """A table that only the machine writes, each row for its customer's members."""

    warn_unsaved_form = False


@contextmanager
def _hidden(noun: Any, row_id: str) -> Iterator[None]:
    """Turn "you may not" into "there is none": a refusal would tell that the row exists."""
    try:
        yield
    except PermissionDenied as refusal:
        raise Http404(f"There is no {noun} {row_id} among those of your customers.") from refusal


def _has_customer(rows: QuerySet[Any] | None) -> bool:
    return rows is not None and any(field.name == "customer" for field in rows.model._meta.fields)


def _narrow(field: ModelChoiceField[Any], customer_id: int | None) -> None:
    """Leave a choice of rows those of one customer; with None, all of them, each with its customer's name."""
    rows = cast(QuerySet[Any], field.queryset)
    if customer_id is not None:
        field.queryset = rows.filter(customer=customer_id)
        return
    field.queryset = rows.select_related("customer").order_by("customer__name", *rows.model._meta.ordering)
    field.label_from_instance = lambda row: f"{row} ({row.customer})"  # type: ignore[assignment]


def _tell(record: Any) -> list[str]:
    why = [f"{record.history_change_reason}."] if record.history_change_reason else []
    if record.history_type != "~":
        return [f"{record.get_history_type_display()}.", *why]
    return why


def _written(form: Any, row: Model) -> list[Field[Any, Any]]:
    """Return what the form may have changed.

    Important: a secret only when it was set anew. Else a save would put back the secret under its old key, while the
    keys are being changed.
    """
    kept = {field.name for field in encrypted_fields(type(row))} - set(form.changed_data)
    return [field for field in row._meta.concrete_fields if field.name in form.cleaned_data and field.name not in kept]
