"""Lists the paths of this app in the API."""

from django.urls import include, path

from campaigns.api import views
from campaigns.api.preflight import CampaignPreflight

urlpatterns = [
    path("api/v1/do-not-call", views.DoNotCallList.as_view()),
    path("api/v1/do-not-call/<uuid:id>", views.DoNotCallDetail.as_view()),
    path("", include("campaigns.api.import_urls")),
    path("api/v1/campaigns/<str:module>/preflight", CampaignPreflight.as_view()),
    path("", include("campaigns.api.legacy.urls")),
]
