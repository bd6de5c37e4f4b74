"""Do the documents keep up? Every setting, command and event is described, and what is described exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from calls.models import CallEvent
from tests.setting_names import setting_names
from voiceplatform.observability.metrics import declared

OUR_APPS = {"voiceplatform", "personas", "campaigns", "calls", "transcripts", "agent_worker"}
OUR_COMMANDS = sorted(name for name, app in get_commands().items() if app in OUR_APPS)
DOCUMENTS = sorted([*settings.BASE_DIR.glob("*.md"), *settings.BASE_DIR.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(#[^)\s]*)?\)")


def read(name: str) -> str:
    return (settings.BASE_DIR / name).read_text()


def settings_in_operations() -> set[str]:
    table = read("docs/operations.md").partition("## Settings")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([A-Z_]+)`", " ".join(first_cells)))


def slug(heading: str) -> str:
    """The anchor that a heading gets, as GitHub makes it."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_the_example_environment_lists_the_settings_and_nothing_else():
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", read(".env.example"), re.MULTILINE)) == setting_names()


def test_the_operations_page_describes_the_settings_and_nothing_else():
    assert settings_in_operations() == setting_names()


def test_settings_are_found_in_the_source():
    assert {
        "DEBUG",
        "DATABASE_URL",
        "LIVEKIT_URL",
        "PERSONA_API_BUDGET_SECONDS",
        "NOISE_CANCELLATION",
    } <= setting_names()


@pytest.mark.parametrize("command", OUR_COMMANDS)
def test_each_command_is_on_the_operations_page(command):
    assert f"`manage.py {command}" in read("docs/operations.md")


@pytest.mark.parametrize("command", OUR_COMMANDS)
def test_the_help_of_each_command_has_an_example(command):
    text = load_command_class(get_commands()[command], command).create_parser("manage.py", command).format_help()

    assert re.search(rf"Examples?:\s+manage\.py {command}\b", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_command_that_is_described_exists(document):
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))

    assert named <= {"help", *get_commands()}


def test_the_operations_page_describes_the_metrics_and_nothing_else():
    table = read("docs/operations.md").partition("## Metrics")[2].partition("\n## ")[0]

    assert sorted(re.findall(r"^\| `(voiceplatform_\w+)`", table, re.MULTILINE)) == [
        metric.name for metric in declared()
    ]


@pytest.mark.parametrize("name", CallEvent.Name.values)
def test_each_event_of_a_call_is_explained(name):
    assert f"`{name}`" in read("docs/architecture.md") + read("docs/operations.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for file, anchor in LINK.findall(document.read_text()):
        target = (document.parent / file) if file else document
        assert target.exists(), f"{document.name} links to {file}"
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(slug, headings), f"{document.name} links to {file}{anchor}"


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z-]+)", " ".join(path.read_text() for path in DOCUMENTS)))
def test_each_make_target_that_is_described_exists(target):
    assert f"\n{target}:" in read("Makefile")


def test_there_are_documents():
    assert Path("README.md") in {path.relative_to(settings.BASE_DIR) for path in DOCUMENTS}
