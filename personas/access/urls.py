"""Lists the addresses of what users choose for themselves."""

from django.contrib import admin
from django.urls import path

from personas.access.time_zones import choose_time_zone

urlpatterns = [path("", admin.site.admin_view(choose_time_zone), name="time_zone")]
