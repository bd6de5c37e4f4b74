"""Do many processes count together, and can a label hold anything that was not foreseen?"""

import math
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from calls.monitoring.gauges import DUE_JOBS, live_calls, waiting_callers
from tests.conftest import ANA
from voiceplatform.models import MetricTotal
from voiceplatform.observability import metrics
from voiceplatform.observability.metrics import OTHER, Counter, Gauge, Histogram, declare, declared, labels_text

pytestmark = pytest.mark.django_db
CAKES = Counter(name="voiceplatform_cakes_total", help="Cakes", labels={"kind": ("plum", "nut")})
BAKING = Histogram(
    name="voiceplatform_baking_seconds", help="Baking", labels={"kind": ("plum", "nut")}, bounds=(0.5, 1.0)
)


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    """Each test begins with no totals, and with two metrics of its own."""
    metrics._gathered.clear()
    monkeypatch.setattr(metrics, "_declared", {**metrics._declared, CAKES.name: CAKES, BAKING.name: BAKING})


def scrape(client, **headers) -> dict[str, float]:
    """Return each sample by its name with labels, as Prometheus reads them."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    samples = [
        sample for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples
    ]
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value for sample in samples
    }


def test_what_was_counted_is_read(client):
    CAKES.add(kind="plum")
    CAKES.add(2, kind="nut")

    assert scrape(client)["voiceplatform_cakes_total kind=nut"] == 2
    assert scrape(client)["voiceplatform_cakes_total kind=plum"] == 1


def test_processes_add_up(client):
    CAKES.add(kind="plum")
    MetricTotal.objects.increase({(CAKES.name, '{"kind": "plum"}'): 3})  # another process
    MetricTotal.objects.increase({(CAKES.name, '{"kind": "plum"}'): 4})

    assert scrape(client)["voiceplatform_cakes_total kind=plum"] == 8


def test_buckets_hold_all_that_is_at_or_below_their_bound(client):
    for seconds in (0.2, 0.5, 0.7, 9.0):
        BAKING.observe(seconds, kind="nut")
    read = scrape(client)

    assert [read[f"voiceplatform_baking_seconds_bucket kind=nut le={bound}"] for bound in ("0.5", "1.0", "+Inf")] == [
        2,
        3,
        4,
    ]
    assert (read["voiceplatform_baking_seconds_count kind=nut"], read["voiceplatform_baking_seconds_sum kind=nut"]) == (
        4,
        10.4,
    )


def test_a_label_cannot_hold_what_was_not_foreseen(client):
    CAKES.add(kind=ANA)

    assert scrape(client)["voiceplatform_cakes_total kind=other"] == 1


def test_a_label_that_is_missing_is_a_mistake():
    with pytest.raises(ValueError, match=r"the labels are \['kind'\], not \[\]"):
        CAKES.add()


def test_two_metrics_cannot_share_a_name():
    with pytest.raises(ValueError, match="two metrics are called"):
        declare(CAKES)


def test_what_could_not_be_stored_is_stored_the_next_time(client):
    CAKES.add(kind="plum")
    with connection.execute_wrapper(refuse), pytest.raises(DatabaseError):
        metrics.flush()
    CAKES.add(kind="plum")

    assert scrape(client)["voiceplatform_cakes_total kind=plum"] == 2


def test_counting_costs_no_query_and_a_flush_one(django_assert_num_queries):
    with django_assert_num_queries(0):
        CAKES.add(kind="plum")
        BAKING.observe(0.1, kind="nut")
    with django_assert_num_queries(1):
        metrics.flush()
    with django_assert_num_queries(0):
        metrics.flush()


def test_a_child_process_does_not_store_what_its_parent_gathered():
    code = (
        "import os; from voiceplatform.observability import metrics; metrics._gathered[('a', '{}')] = 1\n"
        "pid = os.fork()\nif not pid: os._exit(len(metrics._gathered))\nprint(os.waitpid(pid, 0)[1], len(metrics._gathered))"
    )
    said = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "voiceplatform.settings", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said.split() == ["0", "1"]


# -- who may read ---------------------------------------------------------------------------------------------------


def test_another_machine_needs_a_key():
    assert Client(REMOTE_ADDR="203.0.113.7").get("/metrics").status_code in (401, 403)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip"])
def test_a_proxy_on_this_machine_does_not_open_the_page_to_the_world(client, header):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code in (401, 403)


def test_a_superuser_may_look(admin_client):
    assert (
        "voiceplatform_cakes"
        in admin_client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).content.decode()
    )


def test_the_answer_is_what_prometheus_asks_for(client):
    answer = client.get(
        "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
    )

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"


# -- what is declared -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", declared(), ids=lambda metric: metric.name)
def test_names_follow_prometheus(metric):
    unit = "_seconds" if isinstance(metric, Histogram) else "_total" if isinstance(metric, Counter) else ""
    assert re.fullmatch(rf"voiceplatform_[a-z_]+{unit}", metric.name)


@pytest.mark.parametrize("metric", declared(), ids=lambda metric: metric.name)
def test_labels_are_few_and_plain(metric):
    values = [value for allowed in metric.labels.values() for value in allowed]

    assert all(re.fullmatch(r"[a-z_]+", value) for value in values)
    assert all(len(allowed) < 30 for allowed in metric.labels.values())
    assert math.prod(len(allowed) for allowed in metric.labels.values()) < 200  # time series


@pytest.mark.parametrize(
    "metric", [metric for metric in declared() if isinstance(metric, Gauge)], ids=lambda metric: metric.name
)
def test_each_gauge_has_the_labels_it_declares(metric):
    for labels, value in metric.read():
        assert OTHER not in labels_text(metric.labels, labels)
        assert value >= 0


@pytest.mark.parametrize("read", [live_calls, waiting_callers])
def test_gauges_about_calls_read_an_index_of_what_is_open(read, django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off"
        )  # the table is empty here; without an index it would be scanned all the same
    plans: list[str] = []
    with connection.execute_wrapper(explain_into(plans)):
        read()

    assert len(plans) == 1
    assert re.search(r"on call_(live|waiting)\b|using call_(live|waiting)\b", plans[0])


def test_the_queue_is_read_from_the_index_of_waiting_jobs():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {DUE_JOBS}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "procrastinate_jobs_queue_name" not in plan  # the one index that holds every job ever
    assert "Seq Scan" not in plan


def explain_into(plans):
    def explain(execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    return explain


def refuse(*_):
    raise DatabaseError("gone")
