"""The admin of tables that only the machine writes."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from voiceplatform.lists import CountedList


class ReadOnlyAdmin(CountedList, ModelAdmin):  # type: ignore[misc]
    """A table that only the machine writes."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
