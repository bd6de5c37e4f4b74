"""Is what the documents tell people to type, to look for and to open really there?

`test_docs.py` asks the other way round: is everything that exists described?
"""

import argparse
import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, get_resolver, resolve
from django.utils import timezone
from google.protobuf import json_format

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call, WebhookDelivery
from personas.models import RoutingRule
from personas.persona.prompt import EMOTIONS, RULES_OF_THE_LINE
from tests.conftest import ANA, CLINIC
from tests.setting_names import setting_names
from tests.test_docs import DOCUMENTS, LINK, OUR_APPS, OUR_COMMANDS
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import SpokenTurn

DOCS = settings.BASE_DIR / "docs"
OF_THEIR_DAY = {"decisions.md", "CHANGELOG.md"}  # tell what was, even when it no longer is
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Environment variables of other programs that the documents name.
FOREIGN_VARIABLES = {"DEBIAN_FRONTEND", "SIP_CONFIG_BODY", "REQUIRE_TELEPHONY", "ARGS", "PYTHON", "EXTEN", "HOST"}

per_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def blocks(document: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(document.read_text()) if language in languages]


@cache
def source() -> str:
    """Everything our packages say: code and pages, on one line, so that a phrase may be broken over two."""
    files = [
        path
        for app in OUR_APPS
        for suffix in ("*.py", "*.html", "*.po")
        for path in (settings.BASE_DIR / app).rglob(suffix)
    ]
    return flat("\n".join(path.read_text() for path in sorted(files)))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def code_spans(text: str) -> list[str]:
    """Return what stands in backticks outside of blocks."""
    return [flat(span) for span in re.findall(r"`([^`]+)`", FENCE.sub("", text))]


# -- pages and pictures -----------------------------------------------------------------------------------------------


def test_the_map_names_each_page():
    linked = {file for file, _ in LINK.findall((DOCS / "README.md").read_text())}

    assert {path.name for path in DOCS.glob("*.md")} - {"README.md"} <= linked


@per_document
def test_pictures_exist_and_say_in_words_what_they_show(document):
    for words, file in re.findall(r"!\[(.*?)\]\(([^)]+)\)", document.read_text()):
        assert (document.parent / file).is_file(), f"{document.name} shows {file}"
        assert len(words.split()) >= 4, f"{document.name}: {file} needs words for people who do not see it"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_page_has_one_title_and_begins_with_words(page):
    lines = FENCE.sub("", page.read_text()).strip().splitlines()

    assert lines[0].startswith("# ")
    assert not any(line.startswith("# ") for line in lines[1:])
    assert re.match(r"[A-Z]", next(line for line in lines[1:] if line))


# -- what people type -------------------------------------------------------------------------------------------------


def options_of(command: str) -> set[str]:
    parser: argparse.ArgumentParser = load_command_class(get_commands()[command], command).create_parser(
        "manage.py", command
    )
    return {option for action in parser._actions for option in action.option_strings}


def test_options_are_read_from_the_commands():
    assert {"--no-serve", "--port"} <= options_of("demo")


@per_document
def test_each_option_of_our_commands_exists(document):
    for command, rest in re.findall(r"manage\.py ([a-z_]+)([^`\n|]*)", document.read_text()):
        if command in OUR_COMMANDS:
            assert set(re.findall(r"(?<!\S)(--[a-z-]+)", rest)) <= options_of(command), (
                f"{document.name}: manage.py {command}{rest}"
            )


@per_document
def test_options_that_stand_alone_exist_somewhere(document):
    named = {span.partition("=")[0].split()[0] for span in code_spans(document.read_text()) if span.startswith("--")}
    scripts = [settings.BASE_DIR / "tests" / "__main__.py", *settings.BASE_DIR.glob("benchmarks/**/*.py")]
    of_scripts = set(re.findall(r'"(--[a-z-]+)"', "".join(path.read_text() for path in scripts)))

    assert named <= set().union(*map(options_of, [*OUR_COMMANDS, "check"])) | of_scripts | {"--compile-bytecode"}


@per_document
def test_shell_blocks_set_only_variables_that_exist(document):
    text = "\n".join(blocks(document, "sh", "shell", "bash", "env"))
    named = set(re.findall(r"(?<![\w{$-])([A-Z][A-Z0-9_]{3,})=", text)) | set(
        re.findall(r"\$\{?([A-Z][A-Z0-9_]{3,})", text)
    )

    assert {name.removesuffix("_FILE") for name in named} - FOREIGN_VARIABLES <= setting_names()


@per_document
def test_variables_that_are_named_with_a_value_exist(document):
    named = {
        match[1] for span in code_spans(document.read_text()) if (match := re.match(r"([A-Z][A-Z0-9_]{3,})=", span))
    }

    assert {name.removesuffix("_FILE") for name in named} - FOREIGN_VARIABLES <= setting_names()


@per_document
def test_json_and_yaml_can_be_read(document):
    read = [json.loads(block) for block in blocks(document, "json")]
    read += [yaml.safe_load(block) for block in blocks(document, "yaml")]

    assert all(isinstance(value, dict | list) for value in read)


def test_trunk_and_rule_have_fields_that_livekit_knows():
    from livekit.protocol import sip

    requests = [json.loads(block) for block in blocks(DOCS / "first-call.md", "json")]

    trunk = json_format.ParseDict(requests[0], sip.CreateSIPInboundTrunkRequest()).trunk
    rule = json_format.ParseDict(requests[1], sip.CreateSIPDispatchRuleRequest()).dispatch_rule
    assert trunk.numbers
    assert trunk.allowed_addresses
    assert rule.trunk_ids
    assert rule.rule.WhichOneof("rule") == "dispatch_rule_individual"
    assert not rule.room_config.agents


def test_livekits_configuration_reports_to_our_webhook_what_we_read():
    livekit, phone = (yaml.safe_load(block) for block in blocks(DOCS / "first-call.md", "yaml"))

    address = livekit["webhook"]["urls"][0].partition("8000")[2]
    assert resolve(address).url_name == "livekit-webhook"
    assert livekit["keys"][livekit["webhook"]["api_key"]] == phone["api_secret"]
    assert len(phone["api_secret"]) >= 32
    assert livekit["redis"] == phone["redis"]


# -- what people open -------------------------------------------------------------------------------------------------


@per_document
def test_addresses_of_ours_are_answered(document):
    spans = [
        span
        for span in code_spans(document.read_text())
        if re.match(r"(?:(?:GET|POST|PUT|PATCH|DELETE) )?/[a-z]", span)
    ]
    local = re.findall(r"(?:localhost|127\.0\.0\.1):8000(/[a-z][\w/-]*)", document.read_text())
    for path in [span.split()[-1].partition("?")[0] for span in spans] + local:
        if not re.search(r"^/(run|tmp|dev)\b|[{<…]", path):
            assert is_answered(path), f"{document.name} names {path}"


def is_answered(path: str) -> bool:
    """Whether we answer it, or addresses below it."""
    try:
        resolve(path)
    except Resolver404:
        return any(str(pattern.pattern).startswith(path.strip("/") + "/") for pattern in get_resolver().url_patterns)
    return True


def test_an_address_that_no_one_answers_is_noticed():
    assert not is_answered("/livekit-webhooks")


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name not in OF_THEIR_DAY], ids=lambda path: path.name
)
def test_files_that_are_named_exist(document):
    roots = [
        path.name
        for path in settings.BASE_DIR.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "var"
    ]
    for span in code_spans(document.read_text()):
        if re.fullmatch(rf"(?:{'|'.join(roots)})/[\w/.-]+", span):
            assert (settings.BASE_DIR / span).exists(), f"{document.name} names {span}"


# -- what people look for ---------------------------------------------------------------------------------------------

COMMAND = re.compile(
    r"(manage\.py|make|lk|curl|git|dmesg|timedatectl|asterisk|gunicorn|docker|ssh|sudo|\.venv|systemctl) ?"
)
# Words of other programs, quoted as they say them.
OTHERS_WORDS = {
    "CSRF verification failed",
    "Staff status",
    "I am sorry, we have a technical problem. Please call again in a few minutes.",
    "LIVEKIT_API_KEY, LIVEKIT_API_SECRET not set: required when LIVEKIT_URL is set",
    "the CRM answered 401",
    "the CRM did not answer within 2 s",
    "it said nothing within 10 s",
    "after … s",
}
OTHERS_NAMES = {"nat_1_to_1_ip", "run_keeper", "agent_lost", "agent_resumed"}


@pytest.mark.parametrize("page", ["troubleshooting.md", "first-call.md"])
def test_log_lines_and_reasons_are_ours(page):
    for span in code_spans((DOCS / page).read_text()):
        if re.match(r"[A-Za-z]+ \w", span) and not COMMAND.match(span) and span not in OTHERS_WORDS:
            assert span in source(), f"{page}: nothing says “{span}”"


@pytest.mark.parametrize("page", ["troubleshooting.md", "first-call.md"])
def test_names_of_events_and_the_like_exist(page):
    words = {span for span in code_spans((DOCS / page).read_text()) if re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)+", span)}

    assert {word for word in words if not re.search(rf"\b{word}\b", source())} <= OTHERS_NAMES


@pytest.mark.parametrize("page", ["troubleshooting.md", "first-call.md"])
def test_words_of_the_admin_are_quoted_as_they_stand_there(page):
    for quoted in re.findall(r"“([^”]{3,80})”", FENCE.sub("", (DOCS / page).read_text())):
        if quoted not in OTHERS_WORDS:
            assert flat(quoted).lower() in source().lower(), f"{page}: the admin does not say “{quoted}”"


def test_the_page_about_personas_shows_what_the_model_reads():
    page = flat((DOCS / "personas.md").read_text())

    assert RULES_OF_THE_LINE in page
    assert all(sentence in page for sentence in EMOTIONS.values())


def test_files_and_functions_of_the_map_belong_together():
    table = (
        (DOCS / "architecture.md")
        .read_text()
        .partition("## Where a question is answered")[2]
        .partition("\n\nRouting")[0]
    )
    for line in table.strip().splitlines()[2:]:
        _, _, files, names, _ = (cell.strip() for cell in line.split("|"))
        code = "".join((settings.BASE_DIR / file).read_text() for file in re.findall(r"`([\w/]+\.py)`", files))
        for name in re.findall(r"`([\w.]+)`", names):
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", code), f"{name} is not in {files}"


# -- what people run on their data ------------------------------------------------------------------------------------


def make_talk(caller: str, room: str) -> Call:
    call = open_inbound_call(Arrival(room_name=room, caller=caller, dialed=CLINIC), timezone.now())
    save_turn(
        call, SpokenTurn(item_id="1", speaker=Turn.Speaker.CALLER, text="My name is Ana.", started_at=timezone.now())
    )
    WebhookDelivery.objects.create(
        event_id=f"EV_{room}", name="participant_joined", room_name=room, body={"caller": caller}
    )
    return call


def test_the_lines_that_delete_a_person_leave_nothing_of_them(clinic, nora):
    make_talk(ANA, "call-ana")
    stranger = make_talk("+15550100009", "call-other")
    RoutingRule.objects.create(customer=clinic.customer, caller=ANA, persona=nora)

    exec(blocks(DOCS / "privacy.md", "python")[0], {})

    assert list(Call.objects.all()) == [stranger]
    assert Turn.objects.get().call == stranger
    assert [delivery.room_name for delivery in WebhookDelivery.objects.all()] == ["call-other"]
    assert not RoutingRule.objects.exists()
    assert not RoutingRule.history.exists()


def test_the_lines_that_delete_old_calls_keep_young_and_live_ones(clinic):
    old, young, live = (make_talk(ANA, room) for room in ("old", "young", "live"))
    for call, days in ((old, 400), (young, 10)):
        call.finish(
            timezone.now() - timedelta(days=days), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP
        )

    exec(blocks(DOCS / "privacy.md", "python")[1], {})

    assert {call.pk for call in Call.objects.all()} == {young.pk, live.pk}
