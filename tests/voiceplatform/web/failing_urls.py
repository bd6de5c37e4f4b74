"""The site, and a page that breaks with secrets in its hands."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from voiceplatform.urls import urlpatterns as ours


def breaks(request: HttpRequest) -> HttpResponse:
    held = {"key": settings.SECRET_KEY, "token": settings.PERSONA_API_TOKEN, "typed": request.POST.get("password")}
    raise RuntimeError(f"Broken with {len(held)} secrets in hand")


urlpatterns = [path("breaks/", breaks), *ours]
