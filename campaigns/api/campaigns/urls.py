"""Lists the paths of campaigns in the API."""

from django.urls import path

from campaigns.api.campaigns import endpoints, moves, preflight

urlpatterns = [
    path("api/v1/campaigns", endpoints.CampaignList.as_view()),
    path("api/v1/campaigns/<str:module>", endpoints.CampaignDetail.as_view()),
    path("api/v1/campaigns/<str:module>/start", moves.CampaignStart.as_view()),
    path("api/v1/campaigns/<str:module>/pause", moves.CampaignPause.as_view()),
    path("api/v1/campaigns/<str:module>/resume", moves.CampaignResume.as_view()),
    path("api/v1/campaigns/<str:module>/stop", moves.CampaignStop.as_view()),
    path("api/v1/campaigns/<str:module>/preflight", preflight.CampaignPreflight.as_view()),
    path("api/v1/campaigns/<str:module>/preview", endpoints.CampaignPreview.as_view()),
]
