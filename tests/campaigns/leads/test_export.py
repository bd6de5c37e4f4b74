"""Is an export what the list shows, safe in a spreadsheet, and importable again?"""

import csv
import io

import pytest

from campaigns.leads.export import export_leads, list_extra_columns
from campaigns.leads.spreadsheet_cells import BYTE_ORDER_MARK
from campaigns.models import Lead
from tests.campaigns.cast import make_lead, make_list

pytestmark = pytest.mark.django_db


def read(leads) -> list[dict[str, str]]:
    text = "".join(export_leads(leads))
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


def test_a_lead_is_a_line_with_its_custom_columns():
    leads = make_list()
    make_lead(leads, "+16175550101", company="Acme", extra={"tier": "gold"})
    make_lead(leads, "+16175550102", name="Bob", state="stopped", stop_reason="by_hand", extra={"Plan": "7"})

    ana, bob = read(Lead.objects.all())

    assert (ana["prospect_name"], ana["phone"], ana["company_name"]) == ("Ana Ruiz", "+16175550101", "Acme")
    assert (ana["tier"], ana["Plan"], bob["tier"], bob["Plan"]) == ("gold", "", "", "7")
    assert (ana["status"], bob["status"]) == ("New", "Stopped")


def test_a_formula_becomes_text_and_a_phone_stays():
    make_lead(name='=HYPERLINK("http://x")', company="+1-1", phone="+16175550101")

    (line,) = read(Lead.objects.all())

    assert line["prospect_name"] == '\'=HYPERLINK("http://x")'
    assert line["company_name"] == "'+1-1"
    assert line["phone"] == "+16175550101"


def test_only_the_given_leads_and_their_columns_are_exported():
    leads = make_list()
    wanted = make_lead(leads, extra={"tier": "gold"})
    make_lead(leads, extra={"Plan": "7"})

    assert list_extra_columns(Lead.objects.filter(pk=wanted.pk)) == ["tier"]
    assert len(read(Lead.objects.filter(pk=wanted.pk))) == 1


def test_more_leads_cost_no_more_queries(django_assert_num_queries):
    leads = make_list()
    for _ in range(5):
        make_lead(leads)

    with django_assert_num_queries(2):
        assert len(read(Lead.objects.all())) == 5
