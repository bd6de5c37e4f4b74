"""Which files and options are accepted, and in which list their leads will be."""

import hashlib

import pytest
from django.core.exceptions import ValidationError

from campaigns.imports import stored_file
from campaigns.imports.stored_file import open_stored
from campaigns.models import ImportStatus, Lead
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import HEADER, import_text, upload

pytestmark = pytest.mark.django_db
TEXT = f"{HEADER}\nAnn,212-555-0101,\n"


def test_an_upload_stores_the_file_and_imports_nothing():
    accepted = upload(TEXT)

    assert open_stored(accepted).read() == TEXT.encode()
    assert (accepted.size, accepted.digest) == (len(TEXT), hashlib.sha256(TEXT.encode()).hexdigest())
    assert (accepted.status, accepted.region, Lead.objects.exists()) == (ImportStatus.UPLOADED, "US", False)


def test_a_file_of_several_chunks_is_read_as_it_was_stored(monkeypatch):
    monkeypatch.setattr(stored_file, "CHUNK_BYTES", 10)
    accepted = upload(TEXT)

    file = open_stored(accepted)

    assert accepted.chunks.count() == 4
    assert file.read() == TEXT.encode()
    file.seek(15)
    assert file.read(10) == TEXT.encode()[15:25]


@pytest.mark.parametrize(
    "name", ["../prospects.csv", "a/b.csv", "C:\\leads.csv", "C:leads.csv", ".hidden.csv", "", "  ", "x" * 151]
)
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ValidationError) as refused:
        upload(TEXT, file_name=name)

    assert set(refused.value.message_dict) == {"file"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"region": "XX"}, "region"),
        ({"duplicates": "merge"}, "duplicates"),
        ({"mapping": {"Phone": "phone number"}}, "mapping"),
        ({"mapping": {"Nothing": "phone"}}, "mapping"),
        ({"mapping": {"Name": "company", "Company": "company"}}, "mapping"),
        ({"list_name": "x" * 151}, "list_name"),
        ({"source_note": "x" * 1_001}, "source_note"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_by_its_field(options, field):
    with pytest.raises(ValidationError) as refused:
        upload(TEXT, **options)

    assert set(refused.value.message_dict) == {field}


def test_an_empty_file_is_refused():
    with pytest.raises(ValidationError, match="is empty"):
        upload(b"")


def test_two_columns_on_one_field_are_refused_by_both_names():
    with pytest.raises(ValidationError, match="“Name” and “Company” are both mapped to name"):
        upload(TEXT, mapping={"Name": "name", "Company": "name"})


def test_the_default_country_is_the_campaigns():
    assert upload(TEXT, make_campaign(region="GB")).region == "GB"


def test_a_list_is_named_after_the_file_and_numbered_on_when_it_has_leads():
    campaign = make_campaign()

    lists = [import_text(TEXT, campaign).lead_list.name for _ in range(3)]

    assert lists == [
        "prospects.csv",
        "prospects (2).csv",
        "prospects (2).csv",
    ]  # the second has no leads: all are known


def test_leads_can_be_added_to_a_list_that_exists():
    lead = make_lead(make_list(name="All"))

    accepted = upload(TEXT, lead.campaign, list_name="All", source_note="Fair in May")

    assert (accepted.lead_list, accepted.lead_list.source_note) == (lead.lead_list, "Fair in May")


def test_the_first_list_of_a_campaign_becomes_its_active_one():
    campaign = make_campaign()

    first, second = upload(TEXT, campaign).lead_list, upload(TEXT, campaign, list_name="Others").lead_list

    assert (first.is_active, second.is_active) == (True, False)
