"""Who may log in? Django's users and groups in the house's style; what they see of a customer says their membership."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg, misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_superuser", "last_login")
    compressed_fields = True

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """Say beside the switches what they do here."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(name, {**options, "description": EXPLAINED.get(str(name))}) for name, options in fieldsets]


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


EXPLAINED = {
    "Permissions": "“Staff” lets somebody log in here. What they see and change of a customer is said by their role on the customer's page; "
    "a superuser sees and changes everything.",
}
