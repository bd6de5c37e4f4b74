"""Lists the paths of this app in the API."""

from django.urls import include, path

from campaigns.api import views
from campaigns.api.do_not_call_many import DoNotCallMany

urlpatterns = [
    path("api/v1/do-not-call", views.DoNotCallList.as_view()),
    path("api/v1/do-not-call/many", DoNotCallMany.as_view()),
    path("api/v1/do-not-call/<uuid:id>", views.DoNotCallDetail.as_view()),
    path("", include("campaigns.api.import_urls")),
    path("", include("campaigns.api.campaigns.urls")),
    path("", include("campaigns.api.leads.urls")),
    path("", include("campaigns.api.legacy.urls")),
]
