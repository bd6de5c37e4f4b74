"""Do board, alarms and their description speak of metrics that exist, and of all of them?"""

import json
import re

import pytest
import yaml
from django.conf import settings

from voiceplatform.observability.metrics import Counter, Histogram, declared

BOARD = json.loads((settings.BASE_DIR / "deploy/grafana/voiceplatform.json").read_text())
RULES = yaml.safe_load((settings.BASE_DIR / "deploy/prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in RULES} | {
    panel["title"]: " ".join(t["expr"] for t in panel["targets"]) for panel in PANELS
}
METRICS = {metric.name: metric for metric in declared()}
SELECTOR = re.compile(r'(\w+?)(?:!=|=~|=)"([^"]*)"')


def named(expression: str) -> set[str]:
    """The metrics of an expression; a histogram by its own name."""
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\bvoiceplatform_\w+", expression)}


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_each_metric_that_is_asked_for_exists(title):
    assert named(EXPRESSIONS[title]) <= METRICS.keys()


def test_every_metric_is_on_the_board():
    assert {name for panel in PANELS for name in named(EXPRESSIONS[panel["title"]])} == METRICS.keys()


def test_every_metric_is_watched_by_an_alarm():
    assert {name for rule in RULES for name in named(rule["expr"])} == METRICS.keys()


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_totals_are_asked_for_their_change_and_histograms_by_their_parts(title):
    for name in re.findall(r"\bvoiceplatform_\w+", EXPRESSIONS[title]):
        metric = METRICS[re.sub(r"_(bucket|count|sum)$", "", name)]
        assert (name != metric.name) is isinstance(metric, Histogram)
        if isinstance(metric, Counter):
            assert re.search(rf"(rate|increase)\({name}[{{\[]", EXPRESSIONS[title])


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_labels_and_their_values_exist(title):
    for name, selectors in re.findall(r"\b(voiceplatform_\w+)\{([^}]*)\}", EXPRESSIONS[title]):
        labels = METRICS[re.sub(r"_(bucket|count|sum)$", "", name)].labels
        assert all(value in labels[label] for label, value in SELECTOR.findall(selectors))


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_what_is_grouped_by_is_a_label(title):
    labels = {label for name in named(EXPRESSIONS[title]) for label in METRICS[name].labels} | {"le"}

    assert {word for group in re.findall(r"by \(([^)]*)\)", EXPRESSIONS[title]) for word in group.split(", ")} <= labels


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_brackets_match(title):
    assert all(
        EXPRESSIONS[title].count(opening) == EXPRESSIONS[title].count(closing)
        for opening, closing in [("(", ")"), ("[", "]"), ("{", "}")]
    )


def test_the_table_of_alerts_has_each_alert_with_its_severity():
    table = (settings.BASE_DIR / "docs/operations.md").read_text().partition("## Alerts")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `(\w+)` \((\w+)\)", table, re.MULTILINE) == [
        (rule["alert"], rule["labels"]["severity"]) for rule in RULES
    ]


def test_panels_do_not_overlap():
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
