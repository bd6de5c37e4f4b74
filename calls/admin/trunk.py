"""The admin pages of trunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import action, display

from calls.admin import telephony_page
from calls.admin.trunk_form import TrunkForm
from calls.models import Call, Trunk
from personas.access.roles import is_superuser, roles_of
from personas.access.scoped_admin import RecordedAdmin, ScopedFilter
from personas.models.written_phone import explain_reading
from voiceplatform.phone_numbers import format_phone

SHARED = "Shared"  # by all customers
MOST_REMARKS = 5  # on how numbers were read, shown after a save


class OwnerFilter(ScopedFilter):
    """By customer; trunks without one are the shared ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = mark_safe(SHARED)  # nosec B308 B703 # a word of ours


@admin.register(Trunk)
class TrunkAdmin(RecordedAdmin):
    """List and form of trunks. Members read the shared ones; only superusers change these."""

    form = TrunkForm
    list_display = [
        "name",
        "owner_name",
        "address",
        "caller_ids",
        "calls_per_second",
        "concurrency",
        "running",
        "enabled",
        "in_livekit",
    ]
    list_filter = [("customer", OwnerFilter), "enabled"]
    search_fields = ["name", "address", "livekit_id", "numbers"]
    search_help_text = "Search by name, address, LiveKit ID or number"
    list_select_related = ["customer"]
    actions_list = ["check_telephony"]
    teaching = (
        "A trunk is your carrier's line for outbound calls: its address, your numbers there, and how many calls it takes. "
        "An administrator then runs Check telephony, which creates it in LiveKit."
    )
    fieldsets = [
        ("General", {"fields": ["customer", "name", "enabled"]}),
        (
            "Carrier",
            {
                "fields": ["address", "transport", "auth_username", "auth_password"],
                "description": "What your carrier calls SIP termination. With a LiveKit ID, run Check telephony after a change.",
            },
        ),
        ("Caller IDs", {"fields": ["numbers"]}),
        (
            "Limits",
            {
                "fields": ["calls_per_second", "concurrency", "ringing_seconds"],
                "description": "Calls wait while a limit is reached. Changes apply from the next call.",
            },
        ),
        ("LiveKit", {"fields": ["livekit_id"]}),
    ]

    # -- who may see and change what

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the trunks of the user's customers and the shared ones; none to a user without a customer."""
        if not is_superuser(request) and not roles_of(request):
            return rows.none()
        return super().visible(rows, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(obj, Trunk) and obj.customer_id is None:
            return is_superuser(request) or bool(roles_of(request))
        return super().has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Let only superusers enter a LiveKit ID: it may be another customer's trunk."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "owner_name", "numbers_shown", *(() if is_superuser(request) else ("livekit_id",)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Say “Shared” where a stored trunk has no customer, and show readers the numbers as people read them."""
        instead = {"customer": "owner_name"} if obj else {}
        if obj and not self.has_change_permission(request, obj):
            instead["numbers"] = "numbers_shown"
        return [
            (name, {**options, "fields": [instead.get(field, field) for field in options["fields"]]})
            for name, options in cast("list[tuple[str, dict[str, Any]]]", self.fieldsets)
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "customer" and field:
            field.required = not is_superuser(request)  # only superusers make shared trunks
            field.empty_label = "Shared by all customers" if is_superuser(request) else "Choose a customer"
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        if (customer := form.base_fields.get("customer")) and customer.required:
            customer.help_text = ""
        return form

    # -- saving and deleting

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Say in the history that the password changed: the history itself does not have it."""
        if "auth_password" in form.changed_data:
            obj._change_reason = f"Password {'set' if obj.auth_password else 'cleared'}"
        super().save_model(request, obj, form, change)
        if "numbers" in form.changed_data:
            region = obj.customer.region if obj.customer else ""
            lines = form.fields["numbers"].to_python(form.data.get("numbers", ""))
            remarks = [remark for line in lines for remark in explain_reading(line, region)]
            for remark in remarks[:MOST_REMARKS]:
                messages.info(request, remark)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out deleting several: which calls run over each would not be said."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def describe_deletion(self, row: Trunk) -> list[str]:
        """Return what happens to calls, and what stays in LiveKit. Cost: one query."""
        count = Call.objects.live().filter(trunk=row).count()
        calls = "1 call is" if count == 1 else f"{count:,} calls are"
        running = f"{calls} running or queued over this trunk and will go on without its limits."
        left = f"LiveKit keeps its trunk {row.livekit_id}. Delete it there too."
        return [
            *([running] if count else []),
            "No further calls leave through it. Past calls stay in the history.",
            *([left] if row.livekit_id else []),
        ]

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        running = Call.objects.live().exclude(status=Call.Status.QUEUED).filter(trunk=OuterRef("pk"))
        counted = running.order_by().values("trunk").annotate(n=Count("pk")).values("n")
        shown: QuerySet[Any] = rows.annotate(running_=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
        return shown

    @display(description="customer", ordering="customer__name")
    def owner_name(self, trunk: Trunk) -> str:
        return str(trunk.customer) if trunk.customer else SHARED

    @display(description="caller IDs")
    def caller_ids(self, trunk: Trunk) -> int:
        return len(trunk.numbers)

    @display(description="running now", ordering="running_")
    def running(self, trunk: Any) -> int:
        return cast(int, trunk.running_)

    @display(description="LiveKit ID", ordering="livekit_id")
    def in_livekit(self, trunk: Trunk) -> str:
        """A badge only where there is no ID: a badge shows capitals, and an ID is case-sensitive."""
        return trunk.livekit_id or format_html('<span class="vp-badge vp-badge-warning">{}</span>', "Not in LiveKit")

    @display(description="caller IDs")
    def numbers_shown(self, trunk: Trunk) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((format_phone(phone),) for phone in trunk.numbers))

    # -- the check

    def has_check_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    @action(description="Check telephony", url_path="check-telephony", icon="network_check", permissions=["check"])
    def check_telephony(self, request: HttpRequest) -> HttpResponse:
        return telephony_page.answer(request, self.admin_site)
