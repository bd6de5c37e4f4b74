"""Lists the paths of personas, numbers and routing in the API."""

from django.urls import path, register_converter

from personas.api import views


class PhoneConverter:
    """E.164, as numbers are named in addresses."""

    regex = r"\+[1-9][0-9]{5,14}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PhoneConverter, "phone")

urlpatterns = [
    path("api/v1/personas", views.PersonaList.as_view()),
    path("api/v1/personas/<uuid:id>", views.PersonaDetail.as_view()),
    path("api/v1/personas/<uuid:id>/publish", views.PersonaPublish.as_view()),
    path("api/v1/personas/<uuid:id>/versions", views.PersonaVersions.as_view()),
    path("api/v1/personas/<uuid:id>/restore", views.PersonaRestore.as_view()),
    path("api/v1/numbers", views.NumberList.as_view()),
    path("api/v1/numbers/<phone:phone>", views.NumberDetail.as_view()),
    path("api/v1/routing-rules", views.RuleList.as_view()),
    path("api/v1/routing-rules/<uuid:id>", views.RuleDetail.as_view()),
    path("api/v1/routing-test", views.RoutingTest.as_view()),
    # The names of both before they were renamed, kept for clients that use them; not in the OpenAPI document.
    path("api/v1/personas/<uuid:id>/bring-back", views.PersonaRestore.as_view(schema=None)),
    path("api/v1/who-would-answer", views.RoutingTest.as_view(schema=None)),
]
