"""Lists the paths of the do-not-call list and of imports in the API."""

from django.urls import include, path

from campaigns.api import views

urlpatterns = [
    path("api/v1/do-not-call", views.DoNotCallList.as_view()),
    path("api/v1/do-not-call/<uuid:id>", views.DoNotCallDetail.as_view()),
    path("", include("campaigns.api.import_urls")),
]
