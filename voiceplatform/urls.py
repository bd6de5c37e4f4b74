"""Which addresses does the product answer?"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from voiceplatform.observability.health import health, process_health
from voiceplatform.observability.metrics_page import MetricsPage
from voiceplatform.web.problems import nothing_here

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("health", health, name="health"),
    path("health/", health),
    path("health/process", process_health),
    path("metrics", MetricsPage.as_view(), name="metrics"),
    path("admin/time-zone/", include("personas.access.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("voiceplatform.api.urls")),
    path("", include("personas.api.urls")),
    path("", include("calls.api.urls")),
    path("", include("transcripts.api.urls")),
    path("api/v1/<path:rest>", nothing_here),
]
handler500 = "voiceplatform.web.problems.server_error"
