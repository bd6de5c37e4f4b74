"""The logs of logins, for administrators."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db.models import Max, QuerySet, Sum, Window
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display

from voiceplatform.days_filter import DaysFilter
from voiceplatform.lists import CountedList

admin.site.empty_value_display = "–"


class SuperusersTable(CountedList, ModelAdmin):  # type: ignore[misc]
    """A table that only the machine writes and only superusers see."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessLog)
class AccessLogAdmin(SuperusersTable):
    """Who signed in, when and from where."""

    title = "Login history"

    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    list_filter = (("attempt_time", DaysFilter),)
    list_filter_submit = True
    search_fields = ("username", "ip_address")
    fieldsets = ((None, {"fields": ("username", "attempt_time", "logout_time", "ip_address", "user_agent")}),)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SuperusersTable):
    """Failed logins of the last 15 minutes. Deleting a row unlocks the user at once."""

    title = "Failed logins"

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "door")
    search_fields = ("username", "ip_address")
    fieldsets = ((None, {"fields": ("username", "attempt_time", "failures_since_start", "ip_address", "user_agent")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count a name's failures from an address over all its browsers: together they lock the door."""
        total = Window(Sum("failures_since_start"), partition_by=["username", "ip_address"])
        latest = Window(Max("attempt_time"), partition_by=["username", "ip_address"])
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(total=total, latest=latest)
        return shown

    @display(description="door", label={"locked": "danger", "open": "success"})
    def door(self, attempt: Any) -> str:
        locked = (
            attempt.total >= settings.AXES_FAILURE_LIMIT
            and timezone.now() < attempt.latest + settings.AXES_COOLOFF_TIME
        )
        return "locked" if locked else "open"
