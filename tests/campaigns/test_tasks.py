"""Are files of exports and changes of leads kept for a while only?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import LeadChange, LeadExport, LeadExportChunk
from campaigns.models.lead_export import EXPORTS_KEPT
from campaigns.tasks import CHANGES_KEPT, delete_old_exports
from tests.conftest import make_customer, make_member
from voiceplatform.jobs.job import Job

pytestmark = pytest.mark.django_db


def test_old_exports_go_with_their_files_and_new_ones_stay():
    user = make_member(make_customer())
    exports = []
    for age in (EXPORTS_KEPT + timedelta(hours=1), EXPORTS_KEPT - timedelta(hours=1)):
        job = Job.objects.create(kind="lead_export", title="Export")
        export = LeadExport.objects.create(job=job, user=user, created_at=timezone.now() - age)
        LeadExportChunk.objects.create(export=export, place=0, data=b"phone")
        exports.append(export)

    assert delete_old_exports(0) == 1
    assert LeadExportChunk.objects.get().export == exports[1]
    assert Job.objects.count() == 2


def test_old_changes_go_and_new_ones_stay():
    now = timezone.now()
    LeadChange.objects.create(verb="stop", by="ana", at=now - CHANGES_KEPT - timedelta(hours=1))
    new = LeadChange.objects.create(verb="stop", by="ana", at=now - CHANGES_KEPT + timedelta(hours=1))

    delete_old_exports(0)

    assert LeadChange.objects.get() == new
