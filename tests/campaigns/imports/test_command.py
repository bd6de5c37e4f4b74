"""manage.py import_leads: a file of any size, from where it lies."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.imports.in_place import ImportInPlace
from campaigns.models import ImportStatus, Lead, LeadFileChunk, LeadImport
from tests.campaigns.cast import make_campaign
from tests.campaigns.imports.cast import ANN, HEADER
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job

pytestmark = pytest.mark.django_db
TEXT = f"{HEADER}\nAnn,212-555-0101,Acme\nBob,12,\nCal,212-555-0103,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prospects.csv"
    path.write_text(TEXT)
    return path


def import_leads(*words: object) -> str:
    said = StringIO()
    call_command("import_leads", *map(str, words), stdout=said)
    return said.getvalue()


def test_it_imports_and_says_what_became_of_the_rows(file):
    make_campaign()

    said = import_leads("renewals", file)

    assert said == (
        "prospects.csv done after line 4. 3 rows: 2 created, 0 updated, 0 duplicates, 1 rejected, 0 do not call.\n"
    )
    assert (Lead.objects.count(), LeadFileChunk.objects.exists()) == (2, False)
    assert (Job.objects.get().status, Job.objects.get().started_by) == (Job.Status.DONE, "import_leads")


def test_the_last_line_is_the_import_as_json(file, tmp_path):
    make_campaign()

    said = import_leads("riverside/renewals", file, "--json", "--report", tmp_path / "rejected.csv")

    answer = json.loads(said.splitlines()[-1])
    assert (answer["status"], answer["rows"], answer["created"], answer["rejected"]) == ("done", 3, 2, 1)
    assert (answer["mapping"]["Phone"], answer["encoding"], answer["delimiter"]) == ("phone", "utf-8", ",")
    assert (tmp_path / "rejected.csv").read_text("utf-8-sig").splitlines() == [HEADER, "Bob,12,"]


def test_the_campaign_may_be_named_by_its_id(file):
    assert "2 created" in import_leads(make_campaign().uid, file)


def test_a_dry_run_writes_no_lead(file):
    make_campaign()

    assert "3 rows: 2 created" in import_leads("renewals", file, "--dry-run")
    assert not Lead.objects.exists()
    assert "3 rows: 2 created" in import_leads("renewals", file)


def test_columns_can_be_mapped_and_leads_updated(file):
    make_campaign()
    import_leads("renewals", file)

    import_leads("renewals", file, "--duplicates", "update", "--map", "Company=title")

    assert Lead.objects.get(phone=ANN).title == "Acme"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing", "{file}"], "There is no campaign “nothing”"),
        (["renewals", "{file}"], "Use one of harbor/renewals, riverside/renewals"),
        (["harbor/renewals", "missing.csv"], "missing.csv cannot be read"),
        (["harbor/renewals", "{file}", "--map", "Nothing=phone"], "The file has no column “Nothing”"),
        (["harbor/renewals", "{file}", "--region", "XX"], "“XX” is not a country code"),
    ],
)
def test_wrong_usage_is_said_and_exits_with_2(file, words, said):
    make_campaign()
    make_campaign(customer=make_customer("harbor"))

    with pytest.raises(CommandError, match=said) as failed:
        import_leads(*[word.format(file=file) for word in words])
    assert failed.value.returncode == 2


def test_a_stopped_import_goes_on_with_the_same_command(tmp_path):
    path = tmp_path / "prospects.csv"
    path.write_text(f"{HEADER}\n" + "".join(f"Lead {n},212-555-{n % 10_000:04d},\n" for n in range(4_500)) * 2)
    stopped = ImportInPlace(make_campaign(), path, by="ana")
    stopped.is_stopping = True
    stopped.run()
    assert (LeadImport.objects.get().status, Lead.objects.count()) == (ImportStatus.CANCELED, 4_500)

    said = import_leads("renewals", path)

    assert said.startswith("Continuing after line 5,001.\n")
    assert (LeadImport.objects.get().rows, Lead.objects.count()) == (9_000, 4_500)
