"""manage.py import_prompts: older prompt modules become campaigns, and nothing of them runs."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from tests.campaigns.cast import make_campaign
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
MODULE = """\
ENHANCED_DEMANDIFY_CALLER_INSTRUCTIONS = '''
Be {how}.
'''.strip()
SESSION_INSTRUCTION = "Hi [Prospect Name]," " this is [Resource Name]."
"""
SCRIPT = "Hi [Prospect Name], this is [Resource Name]."


@pytest.fixture
def dialer(tmp_path: Path) -> Path:
    """The older dialer's folder: the list, the default prompts, a module of no prompts and two with prompts."""
    make_customer()
    modules = tmp_path / "campaigns_prompts"
    modules.mkdir()
    (tmp_path / "prompts.py").write_text(MODULE.format(how="clear"))
    (tmp_path / "agent.py").write_text("import os\nos.abort()\n")
    (modules / "__init__.py").write_text("")
    (modules / "google.py").write_text(MODULE.format(how="kind"))
    (modules / "hxb_two.py").write_text(MODULE.format(how="brief"))
    (tmp_path / "campaigns.json").write_text(json.dumps({"custom": [{"name": "Google Outreach", "module": "google"}]}))
    return tmp_path


def import_prompts(*words: object) -> tuple[int, list[str], list[str]]:
    """Return the exit status, and the lines of output and of errors."""
    said, refused = StringIO(), StringIO()
    status = 0
    try:
        call_command("import_prompts", *map(str, words), stdout=said, stderr=refused)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, said.getvalue().splitlines(), refused.getvalue().splitlines()


def test_a_folder_becomes_campaigns(dialer):
    status, said, refused = import_prompts(dialer)

    assert (status, refused) == (0, [])
    assert sorted(said) == [
        "agent.py: skipped, it has no prompts.",
        "default: changed.",
        "google: created.",
        "hxb_two: created.",
    ]
    found = {row.module: (row.name, row.agent_instructions) for row in Campaign.objects.all()}
    assert found == {
        "default": ("Default", "Be clear."),
        "google": ("Google Outreach", "Be kind."),
        "hxb_two": ("Hxb Two", "Be brief."),
    }
    assert set(Campaign.objects.values_list("session_instructions", flat=True)) == {SCRIPT}


def test_a_second_time_changes_nothing(dialer):
    import_prompts(dialer)
    before = list(Campaign.history.values_list("history_id", flat=True))

    _, said, _ = import_prompts(dialer)

    assert {line.partition(": ")[2] for line in said} == {"unchanged.", "skipped, it has no prompts."}
    assert list(Campaign.history.values_list("history_id", flat=True)) == before


def test_a_dry_run_writes_nothing(dialer):
    _, said, _ = import_prompts(dialer, "--dry-run")

    assert "google: created (dry run, nothing written)." in said
    assert not Campaign.objects.exists()


def test_one_module_is_imported_under_other_names(dialer):
    path = dialer / "sales.py"
    path.write_text("AGENT = 'Be brief.'\nSCRIPT = 'Hello.'\n")

    assert import_prompts(path, "--agent-name", "AGENT", "--session-name", "SCRIPT")[0] == 0
    made = Campaign.objects.get()
    assert (made.module, made.name, made.agent_instructions, made.session_instructions) == (
        "sales",
        "Sales",
        "Be brief.",
        "Hello.",
    )


def test_a_list_brings_only_what_it_names(dialer):
    assert import_prompts(dialer / "campaigns.json")[1] == ["google: created."]


def test_a_list_may_have_the_texts_itself(dialer):
    entry = {"name": "Inline", "module": "inline", "agent_text": "Be kind.", "session_text": "Hello."}
    (dialer / "campaigns.json").write_text(json.dumps([entry]))

    assert import_prompts(dialer / "campaigns.json")[0] == 0
    assert Campaign.objects.get().session_instructions == "Hello."


def test_a_module_that_cannot_be_read_is_said_and_the_others_are_imported(dialer):
    bad = "X = 1\nSESSION_INSTRUCTION = f'Hi {X}'\nENHANCED_DEMANDIFY_CALLER_INSTRUCTIONS = ''\n"
    (dialer / "campaigns_prompts" / "bad.py").write_text(bad)
    (dialer / "campaigns_prompts" / "no spaces.py").write_text(MODULE)

    status, said, refused = import_prompts(dialer)

    assert (status, len(refused)) == (1, 2)
    assert refused[0].startswith("bad.py:2: an f-string has a value only when the module runs.")
    assert refused[1].startswith("no spaces.py: “no spaces” is not a campaign's module name.")
    assert "google: created." in said


def test_a_module_that_the_list_names_and_is_not_there_is_said(dialer):
    (dialer / "campaigns.json").write_text('{"Gone": "gone"}')

    assert import_prompts(dialer / "campaigns.json") == (
        1,
        [],
        ["gone: the module cannot be read: there is no such file."],
    )


def test_a_campaign_of_another_customer_stays(dialer):
    other = make_campaign("google", customer=make_customer("harbor"), agent_instructions="Mine.")

    import_prompts(dialer, "--customer", "riverside")

    other.refresh_from_db()
    assert (other.agent_instructions, Campaign.objects.filter(module="google").count()) == ("Mine.", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.py"], "missing.py cannot be read"),
        (["{dialer}", "--customer", "nothing"], "There is no customer “nothing”"),
        (["{dialer}/empty"], "empty has no prompt modules"),
        (["{dialer}/broken.json"], "broken.json, line 1: this is not JSON"),
    ],
)
def test_wrong_usage_is_said_and_exits_with_2(dialer, words, said):
    (dialer / "empty").mkdir()
    (dialer / "broken.json").write_text("{")

    with pytest.raises(CommandError, match=said) as failed:
        import_prompts(*[word.format(dialer=dialer) for word in words])
    assert failed.value.returncode == 2


def test_with_several_customers_one_must_be_named(dialer):
    make_customer("harbor")

    with pytest.raises(CommandError, match=r"Name the customer: --customer SLUG\. Customers: .*riverside"):
        import_prompts(dialer)
