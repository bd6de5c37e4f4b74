"""Is the place of an edited lead found as the import finds it?"""

import pytest

from campaigns.leads.place import find_place
from tests.campaigns.cast import BOSTON, make_lead

pytestmark = pytest.mark.django_db


def test_the_place_follows_the_number():
    lead = make_lead(phone=BOSTON)
    lead.phone, lead.time_zone = "+12125550101", ""

    assert find_place(lead).regions == ["US-NY"]


def test_a_given_time_zone_counts():
    lead = make_lead(phone=BOSTON)
    lead.time_zone = "America/Denver"

    assert "America/Denver" in find_place(lead).zones


def test_a_number_without_a_place_has_an_empty_one():
    lead = make_lead(phone=BOSTON)
    lead.phone, lead.time_zone, lead.country = "+88312345678", "", ""

    assert find_place(lead).zones == []
