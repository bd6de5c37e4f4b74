"""Lists the paths of this app."""

from django.urls import path

from transcripts.api.views import Transcript

urlpatterns = [path("api/v1/calls/<uuid:id>/transcript", Transcript.as_view())]
