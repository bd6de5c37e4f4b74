"""Our words for Django's and unfold's are compiled, and shown."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

CATALOG = Path(settings.LOCALE_PATHS[0], "en", "LC_MESSAGES")
ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.+)"$', re.MULTILINE)


def test_the_compiled_words_are_those_of_the_source():
    with (CATALOG / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    entries = ENTRY.findall((CATALOG / "django.po").read_text())

    assert entries
    for ours in entries:
        before, after = (text.replace('\\"', '"') for text in ours)
        assert compiled.gettext(before) == after, "run make messages"


def test_people_sign_in(db):
    page = Client().get("/admin/login/").content.decode()

    assert "Sign in to" in page
    assert "Log in" not in page
    assert "Return to site" not in page


def test_a_wrong_password_is_called_one(db):
    page = Client().post("/admin/login/", {"username": "mona", "password": "wrong"}).content.decode()

    assert "Wrong username or password." in page


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("personas/persona/", "Personas"),
        ("personas/apikey/", "API keys"),
        ("axes/accesslog/", "Login history"),
        ("axes/accessattempt/", "Failed logins"),
    ],
)
def test_a_list_is_titled_by_what_it_shows(admin_client, address, title):
    page = admin_client.get(f"/admin/{address}").content.decode()

    assert re.search(rf">\s*{title}\s*<", page)
    assert re.search(rf"<title>\s*{title} \| voiceplatform", page)
