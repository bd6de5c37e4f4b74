"""What the older dialer's names of campaigns mean."""

import pytest

from campaigns.models.campaign import BUILT_IN_MODULE
from campaigns.older_prompts.module_names import derive_module_name, derive_name, is_built_in, read_module_name


@pytest.mark.parametrize(
    ("written", "module"),
    [
        ("google", "google"),
        ("backend.campaigns_prompts.google", "google"),
        ("campaigns_prompts.google", "google"),
        (" google.py ", "google"),
        ("q4.sales", "q4.sales"),
    ],
)
def test_a_module_is_named_without_its_package(written, module):
    assert read_module_name(written) == module


def test_the_campaign_that_is_always_there_has_several_names():
    assert all(map(is_built_in, ["backend.prompts", "Default (prompts)", "prompts", BUILT_IN_MODULE]))
    assert not is_built_in("google")


def test_a_name_is_made_of_a_module_and_back():
    assert derive_module_name("Q4 Sales: été!") == "q4_sales_t"
    assert derive_module_name("電話") == ""
    assert derive_name("q4_sales.emea") == "Q4 Sales Emea"
