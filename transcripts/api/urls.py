"""Which addresses does this app answer?"""

from django.urls import path

from transcripts.api.views import Transcript

urlpatterns = [path("api/v1/calls/<uuid:call_id>/transcript", Transcript.as_view())]
