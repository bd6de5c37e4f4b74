"""Which addresses does this app answer?"""

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
    path("api/v1/personas/<uuid:uid>", views.PersonaDetail.as_view()),
    path("api/v1/personas/<uuid:uid>/publish", views.PersonaPublish.as_view()),
    path("api/v1/personas/<uuid:uid>/versions", views.PersonaVersions.as_view()),
    path("api/v1/personas/<uuid:uid>/bring-back", views.PersonaBringBack.as_view()),
    path("api/v1/numbers", views.NumberList.as_view()),
    path("api/v1/numbers/<phone:phone>", views.NumberDetail.as_view()),
    path("api/v1/routing-rules", views.RuleList.as_view()),
    path("api/v1/routing-rules/<uuid:uid>", views.RuleDetail.as_view()),
    path("api/v1/who-would-answer", views.WhoWouldAnswer.as_view()),
]
