"""Does docs/api.md name every address of the API?"""

import pytest
from django.conf import settings

from personas.scopes import SCOPES
from tests.api.operations import document

PAGE = (settings.BASE_DIR / "docs" / "api.md").read_text()


@pytest.mark.parametrize("path", sorted(document()["paths"]))
def test_each_address_is_described(path):
    assert f"{path}`" in PAGE


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_is_described(scope):
    assert f"`{scope}`" in PAGE
