"""Which addresses does the product answer?"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from voiceplatform.health import health, process_health
from voiceplatform.metrics_page import MetricsPage

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("health", health, name="health"),
    path("health/", health),
    path("health/process", process_health),
    path("metrics", MetricsPage.as_view(), name="metrics"),
    path("admin/", admin.site.urls),
    path("", include("calls.api.urls")),
]
