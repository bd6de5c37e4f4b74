"""A persona's versions and its change history."""

from django.urls import reverse

from tests.personas.admin.persona_pages import form_of, page_of, said, shows_line


def test_the_versions_say_who_when_what_and_how_often(admin_client, admin_user, nora):
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=admin_user, note="Shorter")

    html = admin_client.get(page_of(nora, "versions")).content.decode()

    assert html.index("Version 2") < html.index("Version 1")
    assert "by admin," in html
    assert "Shorter" in html
    assert shows_line(html, "−", "You answer for Riverside Clinic.")
    assert html.count("0 calls") == 2
    assert html.count(">Live<") == 1


def test_restoring_is_confirmed_first_and_then_done(admin_client, nora, clinic):
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=None)

    asked = admin_client.get(page_of(nora, "restore", 1)).content.decode()
    versions_then = nora.versions.count()
    done = admin_client.post(page_of(nora, "restore", 1))

    assert "It is published as version 3 and goes live on 1 number from the next call." in asked
    assert versions_then == 2
    assert said(done) == ["Version 1 restored as version 3. Live from the next call."]


def test_the_history_shows_who_changed_the_instructions(admin_client, nora):
    admin_client.post(page_of(nora, "change"), form_of(nora, instructions="Be brief.", _continue="1"))

    html = admin_client.get(page_of(nora, "history")).content.decode()

    assert "admin: changed “main”" in html
    assert shows_line(html, "+", "Be brief.")


def test_the_history_tells_of_publications(admin_client, admin_user, nora):
    admin_client.post(page_of(nora, "change"), form_of(nora, instructions="Be brief.", _publish="1"))

    html = admin_client.get(page_of(nora, "history")).content.decode()

    assert "Published version 2." in html
    assert "Published version 1." in html
    assert "Created." in html


def test_a_publication_with_changes_is_one_record(admin_client, nora):
    before = nora.history.count()

    admin_client.post(page_of(nora, "change"), form_of(nora, welcome_message="Good day.", _publish="1"))

    assert nora.history.count() == before + 1
    record = nora.history.first()
    assert (record.welcome_message, record.published.number, record.history_user.username) == ("Good day.", 2, "admin")


def test_changes_that_could_not_be_published_are_in_the_history(admin_client, nora):
    before = nora.history.count()

    admin_client.post(
        page_of(nora, "change"), form_of(nora, welcome_message="Good day.", instructions="", _publish="1")
    )

    assert nora.history.count() == before + 1
    assert nora.history.first().welcome_message == "Good day."


def test_the_history_is_read_and_not_reverted(admin_client, nora):
    record = nora.history.last()
    address = reverse("admin:personas_persona_simple_history", args=[nora.pk, record.pk])

    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, form_of(nora, name="Old")).status_code == 403
