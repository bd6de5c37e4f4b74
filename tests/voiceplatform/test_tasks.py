"""Old sign-ins are deleted when they are no longer needed."""

from datetime import timedelta

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from voiceplatform.tasks import delete_old_sign_ins


@pytest.mark.django_db
def test_ended_sessions_and_old_sign_ins_go_and_the_others_stay():
    now = timezone.now()
    for days in (1, 89, 91):
        line = AccessLog.objects.create(username=f"{days}")
        AccessLog.objects.filter(pk=line.pk).update(attempt_time=now - timedelta(days=days))
    for name, hours in (("ended", -1), ("alive", 1)):
        Session.objects.create(session_key=name, session_data="x", expire_date=now + timedelta(hours=hours))

    assert delete_old_sign_ins(0) == 1
    assert set(AccessLog.objects.values_list("username", flat=True)) == {"1", "89"}
    assert [session.session_key for session in Session.objects.all()] == ["alive"]
