"""Is what a background job counted stored when the job is done?"""

from typing import cast

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from tests.voiceplatform.observability.test_metrics import CAKES
from voiceplatform.models import MetricTotal
from voiceplatform.observability import metrics

pytestmark = pytest.mark.django_db(transaction=True)


@app.task(name="bake")
def bake() -> None:
    CAKES.add(kind="plum")


def test_what_a_job_counted_is_stored_when_it_is_done(transactional_db):
    metrics._gathered.clear()
    bake.defer()

    with app.replace_connector(cast(DjangoConnector, app.connector).get_worker_connector()) as worker:
        worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    assert MetricTotal.objects.get(name=CAKES.name).value == 1
