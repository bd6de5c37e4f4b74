"""Which addresses does this app answer?"""

from django.urls import path

from calls.api.views import livekit_webhook

urlpatterns = [
    # Both, without a redirect: LiveKit follows one with an empty GET.
    path("livekit-webhook", livekit_webhook, name="livekit-webhook"),
    path("livekit-webhook/", livekit_webhook),
]
