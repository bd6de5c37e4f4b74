"""How are phone numbers shown on pages?"""

import pytest
from django.template import Context, Template


def show(stored: str) -> str:
    return Template("{% load phones %}{{ stored|phone }}").render(Context({"stored": stored}))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+15551230100", "+1 555 123 0100"),
        ("+442079460018", "+44 20 7946 0018"),
        ("sip:anna@example.org", "sip:anna@example.org"),
        ("<b>", "&lt;b&gt;"),
        ("", "Caller ID withheld"),
    ],
)
def test_a_stored_number_is_shown_as_people_write_it(stored, shown):
    assert show(stored) == shown
