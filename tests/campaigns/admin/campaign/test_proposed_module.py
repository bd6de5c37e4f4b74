"""Is a module name made from any name?"""

import pytest

from campaigns.admin.campaign.proposed_module import propose_module
from campaigns.models.module_name import MODULE


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Q4 Sales", "q4_sales"),
        ("Überfällige Rechnungen", "uberfallige_rechnungen"),
        ("日本", "campaign"),
        ("--", "campaign"),
    ],
)
def test_a_name_becomes_an_identifier(name, module):
    assert propose_module(name) == module
    MODULE(module)


def test_a_name_that_is_taken_gets_a_number():
    assert propose_module("Q4", {"q4", "q4_2"}) == "q4_3"


def test_a_long_name_leaves_room_for_the_number():
    MODULE(propose_module("x" * 500, {"x" * 80}))
    assert len(propose_module("x" * 500, {"x" * 80})) < 100
