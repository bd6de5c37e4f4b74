"""What the history of a row shows."""

from django.urls import reverse

from tests.personas.admin.persona_pages import form_of, page_of


def history(client, persona):
    return client.get(page_of(persona, "history")).content.decode()


def test_an_empty_reference_is_shown_as_empty(admin_client, nora, clinic):
    clinic.persona = None
    clinic.save()
    clinic.persona = nora
    clinic.save()

    html = admin_client.get(reverse("admin:personas_phonenumber_history", args=[clinic.pk])).content.decode()

    assert "pk=None" not in html
    assert "Deleted persona" not in html
    assert '<span class="vp-quiet">empty</span>' in html


def test_saving_a_page_as_it_is_adds_nothing_to_the_history(admin_client, nora):
    before = nora.history.count()

    admin_client.post(page_of(nora, "change"), form_of(nora, _continue="1"))

    assert nora.history.count() == before


def test_an_older_record_without_a_change_has_no_row(admin_client, nora):
    nora.save()
    rows = history(admin_client, nora).count("<time datetime")

    nora.save()

    assert history(admin_client, nora).count("<time datetime") == rows
