"""Lists the paths that the product answers."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from voiceplatform.observability.health import health, process_health
from voiceplatform.observability.metrics_page import MetricsPage
from voiceplatform.web.bad_values import no_such_page
from voiceplatform.web.problems import no_such_endpoint

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("health", health, name="health"),
    path("health/", health),
    path("health/process", process_health),
    path("metrics", MetricsPage.as_view(), name="metrics"),
    path("admin/time-zone/", include("personas.access.urls")),
    path("admin/r/<path:rest>", admin.site.admin_view(no_such_page)),  # Django's “view on site”, which no row here has
    path("admin/", admin.site.urls),
    path("api/", include("voiceplatform.api.urls")),
    path("", include("personas.api.urls")),
    path("", include("campaigns.api.urls")),
    path("", include("calls.api.urls")),
    path("", include("transcripts.api.urls")),
    re_path(r"^api(?:/[\s\S]*)?\Z", no_such_endpoint),
]
handler500 = "voiceplatform.web.problems.server_error"
