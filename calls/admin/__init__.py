"""The admin's pages about calls. Importing this package registers them."""

from django.contrib import admin

from calls.admin import call, delivery, trunk

__all__ = ["call", "delivery", "trunk"]

admin.site.index_template = "admin/calls/dashboard.html"
