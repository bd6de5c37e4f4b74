"""Lists the paths of this app."""

from django.urls import path

from calls.api import legacy_calls
from calls.api.livekit_webhook import livekit_webhook
from calls.api.may_call import LeadMayCall, MayCall
from calls.api.placing import CallPlace
from calls.api.trunks import TrunkDetail, TrunkList
from calls.api.views import CallDetail, CallEnd, CallList
from calls.recordings.listening import send_recording
from calls.results.api import Results, ResultsFile

urlpatterns = [
    # Both, without a redirect: LiveKit follows one with an empty GET.
    path("livekit-webhook", livekit_webhook, name="livekit-webhook"),
    path("livekit-webhook/", livekit_webhook),
    path("api/v1/calls", CallList.as_view()),
    path("api/v1/calls/<uuid:id>", CallDetail.as_view()),
    path("api/v1/calls/<uuid:id>/end", CallEnd.as_view()),
    path("api/v1/campaigns/<str:module>/results", Results.as_view()),
    path("api/v1/campaigns/<str:module>/results.csv", ResultsFile.as_view(schema=None)),
    path("api/v1/may-call", MayCall.as_view()),
    path("api/v1/leads/<uuid:id>/may-call", LeadMayCall.as_view()),
    path("calls/outbound", CallPlace.as_view()),
    path("recordings/<str:signed>", send_recording, name="recording-file"),
    # The same under the older system's addresses.
    path("calls/<uuid:id>", CallDetail.as_view(schema=None)),
    path("calls/<uuid:id>/end", CallEnd.as_view(schema=None)),
    # The older dialer's.
    path("api/agentic/call/start", legacy_calls.CallStart.as_view()),
    path("api/agentic/call/next", legacy_calls.CallNext.as_view()),
    path("api/agentic/call/end", legacy_calls.CallEndLegacy.as_view()),
    path("api/agentic/call/auto-next", legacy_calls.AutoNext.as_view()),
    path("api/agentic/call/status", legacy_calls.CallStatus.as_view()),
    path("api/call/status", legacy_calls.CallStatus.as_view()),
    path("api/v1/trunks", TrunkList.as_view()),
    path("api/v1/trunks/<uuid:id>", TrunkDetail.as_view()),
]
