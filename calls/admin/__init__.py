"""The admin's pages about calls. Importing this package registers them."""

from django.contrib import admin

from calls.admin import call, delivery

__all__ = ["call", "delivery"]

admin.site.index_template = "admin/calls/dashboard.html"
