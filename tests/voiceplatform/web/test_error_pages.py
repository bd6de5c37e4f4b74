"""What a user sees when something went wrong."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from tests.conftest import make_customer

STATIC = Path(__file__).parents[3] / "voiceplatform" / "static"


@pytest.mark.parametrize("page", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_each_page_has_words_a_way_out_and_no_script(page):
    html = render_to_string(page)

    assert re.search(r"<h1>.+</h1>", html)
    assert 'href="/admin/"' in html
    assert "<script" not in html
    assert "style=" not in html


def test_their_files_exist():
    assert all((STATIC / name).exists() for name in re.findall(r'"/static/([^"]+)"', render_to_string("500.html")))


def test_an_error_of_ours_needs_no_database():
    """Without the fixture `db` each query fails the test."""
    response = server_error(RequestFactory().get("/admin/"))

    assert (response.status_code, "Something went wrong." in response.content.decode()) == (500, True)


def test_an_unknown_address_says_so(client: Client, db):
    response = client.get("/nothing/here/")

    assert (response.status_code, "Page not found." in response.content.decode()) == (404, True)


def test_what_a_role_does_not_allow_says_so(client: Client, django_user_model):
    client.force_login(django_user_model.objects.create(username="new", is_staff=True))
    make_customer()

    response = client.get("/admin/personas/persona/")

    assert (response.status_code, "You don't have permission for this page." in response.content.decode()) == (
        403,
        True,
    )
