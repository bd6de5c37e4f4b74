"""The logs of logins, for administrators."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db.models import Aggregate, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import localize
from unfold.decorators import display

from voiceplatform.days_filter import DaysFilter
from voiceplatform.read_only_admin import ReadOnlyAdmin
from voiceplatform.web.login_limits import SLOWED_TO, Limit, find_limit

admin.site.empty_value_display = "–"


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
LOCKED = "locked"  # decides the badge's colour


class SuperusersTable(ReadOnlyAdmin):
    """A table that only the machine writes and only superusers see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


@admin.register(AccessLog)
class AccessLogAdmin(SuperusersTable):
    """Who signed in, when and from where."""

    title = "Login history"
    nouns = ("login", "logins")

    list_display = ("signed_in", "username", "ip_address", "browser", "signed_out")
    list_filter = (("attempt_time", DaysFilter),)
    list_filter_submit = True
    search_fields = ("username", "ip_address")
    readonly_fields = ("signed_in", "signed_out")
    fieldsets = ((None, {"fields": ("username", "signed_in", "signed_out", "ip_address", "user_agent")}),)

    @display(description="signed in", ordering="attempt_time")
    def signed_in(self, log: Any) -> str:
        return localize(timezone.localtime(log.attempt_time))

    @display(description="signed out", ordering="logout_time")
    def signed_out(self, log: Any) -> str:
        return localize(timezone.localtime(log.logout_time)) if log.logout_time else "–"

    @display(description="browser")
    def browser(self, log: Any) -> str:
        return name_browser(log.user_agent)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SuperusersTable):
    """Failed logins of the last 15 minutes. Deleting a row unlocks the user at once."""

    title = "Failed logins"
    nouns = ("failed login", "failed logins")
    search_help_text = "Search by username or IP address"

    list_display = ("last_attempt", "username", "ip_address", "failures", "lockout")
    actions = ("unlock",)
    teaching = "No failed logins in the last 15 minutes."
    search_fields = ("username", "ip_address")
    readonly_fields = ("last_attempt", "failures", "lockout_in_words")
    fieldsets = (
        (None, {"fields": ("username", "last_attempt", "failures", "lockout_in_words", "ip_address", "user_agent")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the recent failures of the name from the address, of the address alone, and of the name alone."""
        recent = AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME).order_by()

        def over(value: Aggregate, *same: str) -> Subquery:
            rows = recent.filter(**{field: OuterRef(field) for field in same}).values(*same)
            return Subquery(rows.annotate(value=value).values("value"))

        failures, latest = Sum("failures_since_start"), Max("attempt_time")
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(
            of_pair=Coalesce(over(failures, "username", "ip_address"), 0),
            of_address=Coalesce(over(failures, "ip_address"), 0),
            of_name=Coalesce(over(failures, "username"), 0),
            latest_of_pair=over(latest, "username", "ip_address"),
            latest_of_address=over(latest, "ip_address"),
        )
        return shown

    @display(description="last attempt", ordering="attempt_time")
    def last_attempt(self, attempt: Any) -> str:
        return localize(timezone.localtime(attempt.attempt_time))

    @display(description="failed attempts", ordering="failures_since_start")
    def failures(self, attempt: Any) -> int:
        return int(attempt.failures_since_start)

    @display(description="lockout", label={"Not locked": "success", LOCKED: "danger"})
    def lockout(self, attempt: Any) -> Any:
        match limit_of(attempt):
            case None:
                return "Not locked"
            case Limit.NAME:
                return LOCKED, f"User slowed to one attempt in {SLOWED_TO.seconds} s"
            case Limit.ADDRESS:
                return LOCKED, f"Address locked until {_end_of_lock(attempt.latest_of_address)}"
            case Limit.PAIR:
                return LOCKED, f"Locked until {_end_of_lock(attempt.latest_of_pair)}"

    @display(description="lockout")
    def lockout_in_words(self, attempt: Any) -> str:
        shown: Any = self.lockout(attempt)
        return str(shown[1] if isinstance(shown, tuple) else shown)

    @admin.action(description="Unlock", permissions=["delete"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Forget the failures of the chosen users from the chosen addresses, and all that keep one of the two locked."""
        chosen = list(queryset)
        for attempt in chosen:
            pair = {"username": attempt.username, "ip_address": attempt.ip_address}
            match limit_of(attempt):
                case Limit.ADDRESS:
                    pair.pop("username")
                case Limit.NAME:
                    pair.pop("ip_address")
            AccessAttempt.objects.filter(**pair).delete()
        count = len({(attempt.username, attempt.ip_address) for attempt in chosen})
        self.message_user(request, f"Unlocked {count} login{'' if count == 1 else 's'}.")


def limit_of(attempt: Any) -> Limit | None:
    """Return the limit that a row of the failed logins has reached."""
    return find_limit(of_pair=attempt.of_pair, of_address=attempt.of_address, of_name=attempt.of_name)


def _end_of_lock(latest: datetime) -> str:
    return f"{timezone.localtime(latest + settings.AXES_COOLOFF_TIME):%H:%M}"


def name_browser(user_agent: str) -> str:
    """Return `Firefox`; the beginning of what it sent when it is none of the common ones.

    Order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
    """
    return next((name for mark, name in BROWSERS if mark in user_agent), user_agent[:30] or "–")
