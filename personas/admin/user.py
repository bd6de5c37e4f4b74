"""Users, with the customers they work for. Only administrators manage them.

A new colleague is one form: name, password, whether they are an administrator, and else a role for each customer.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from personas.access.roles import is_superuser
from personas.models import Membership
from voiceplatform.edits.admin import ConcurrentEdits
from voiceplatform.lists import CountedList

admin.site.unregister(User)
admin.site.unregister(Group)  # the role for each customer decides what a user may do

ACCESS_HELP = "An administrator sees and changes everything. Everyone else needs a role for a customer, below."


class MembershipOfUserInline(TabularInline):  # type: ignore[misc]
    """The customers a user works for, each with a role."""

    model = Membership
    verbose_name = "role"
    verbose_name_plural = "Roles. Manager: edits. Supervisor: also ends live calls. Viewer: reads."
    fields = ("customer", "role")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1  # a new user needs one

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(User)
class UserAdmin(ConcurrentEdits, CountedList, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg, misc]
    form = UserChangeForm
    add_form = UserCreationForm
    add_form_template = None  # Django's says that the rest follows on a second page
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_help_text = "Search by name or e-mail"
    compressed_fields = True
    inlines = (MembershipOfUserInline,)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        ("General", {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser"), "description": ACCESS_HELP}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        ("General", {"fields": ("username", ("first_name", "last_name"), "email", "password1", "password2")}),
        ("Access", {"fields": ("is_staff", "is_superuser"), "description": ACCESS_HELP}),
    )

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm[Any]]:
        form: type[ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        if "is_superuser" in form.base_fields:
            form.base_fields["is_superuser"].label = "Administrator (all customers)"
        if obj is None and "is_staff" in form.base_fields:
            form.base_fields["is_staff"].initial = True
        return form

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Return to the list: Django's would open the user's page for what this form has asked already."""
        return cast(HttpResponse, ModelAdmin.response_add(self, request, obj, post_url_continue))
