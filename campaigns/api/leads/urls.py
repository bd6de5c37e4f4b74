"""Lists the paths of leads and lead lists in the API."""

from django.urls import path

from campaigns.api.leads import endpoints, list_endpoints

urlpatterns = [
    path("api/v1/leads", endpoints.Leads.as_view()),
    path("api/v1/leads/<uuid:id>", endpoints.LeadDetail.as_view()),
    path("api/v1/lead-lists", list_endpoints.LeadLists.as_view()),
    path("api/v1/lead-lists/<uuid:id>", list_endpoints.LeadListDetail.as_view()),
]
