"""How a draft is saved, published and discarded."""

from django.urls import reverse

from personas.answering.who_answers import find_who_answers
from personas.models import Persona
from tests.conftest import ANA, CLINIC, make_customer, make_persona
from tests.personas.admin.persona_pages import form_of, page_of, said, shows_line


def test_saving_a_draft_leaves_the_live_version_as_it_is(admin_client, nora, clinic):
    response = admin_client.post(page_of(nora, "change"), form_of(nora, welcome_message="New words.", _continue="1"))

    assert said(response) == ["Draft saved. Version 1 stays live."]
    assert Persona.objects.get(pk=nora.pk).welcome_message == "New words."
    assert find_who_answers(dialed=CLINIC, caller=ANA).spec.welcome_message == "Hello, this is Nora."


def test_save_and_publish_freezes_the_instructions_that_were_just_typed(admin_client, admin_user, nora, clinic):
    response = admin_client.post(page_of(nora, "change"), form_of(nora, instructions="Be brief.", _publish="1"))

    version = nora.versions.get(number=2)
    assert Persona.objects.get(pk=nora.pk).published == version
    restore = page_of(nora, "restore", 1)
    assert said(response) == [
        f'Version 2 is live from the next call. <a class="vp-link" href="{restore}">Restore version 1</a>'
    ]
    assert (version.by, version.spec["agents"][0]["instructions"]) == (admin_user, "Be brief.")


def test_the_note_of_a_publication_is_kept_with_its_version(admin_client, nora):
    sent = form_of(nora, instructions="Be brief.", publish_note="Shorter answers", _publish="1")

    admin_client.post(page_of(nora, "change"), sent)

    assert nora.versions.get(number=2).note == "Shorter answers"
    assert "Shorter answers" in admin_client.get(page_of(nora, "versions")).content.decode()


def test_publishing_nothing_new_says_so(admin_client, nora):
    response = admin_client.post(page_of(nora, "change"), form_of(nora, _publish="1"))

    assert said(response) == ["Nothing to publish: version 1 is already live."]
    assert nora.versions.count() == 1


def test_an_unfinished_draft_is_saved_and_refused_with_words_and_where(admin_client, nora):
    response = admin_client.post(
        page_of(nora, "change"), form_of(nora, instructions="", name="Nora B.", _publish="1"), follow=True
    )

    assert "Draft saved. Not published: Instructions are empty." in response.content.decode()
    page = response.content.decode()
    assert "Before you can publish:" in page
    assert '<a class="vp-link" href="#id_agents-0-instructions">Instructions are empty.</a>' in page
    assert 'id="id_agents-0-instructions"' in page
    assert Persona.objects.get(pk=nora.pk).name == "Nora B."
    assert nora.versions.count() == 1


def test_a_new_persona_can_be_published_at_once(admin_client, db):
    customer = make_customer()
    form = {
        "customer": customer.pk,
        "name": "Leo",
        "slug": "leo",
        "voice": "Leda",
        "language": "en-US",
        "emotion": "Calm",
        "temperature": "0.2",
    }
    inline = {
        "agents-TOTAL_FORMS": 1,
        "agents-INITIAL_FORMS": 0,
        "agents-0-instructions": "You sell.",
        "agents-0-on_enter_prompt": "",
    }

    admin_client.post(reverse("admin:personas_persona_add"), form | inline | {"_publish": "1"})

    leo = Persona.objects.get(slug="leo")
    assert (leo.version_number, leo.agents.get().name) == (1, "main")


def test_a_draft_saved_by_one_does_not_undo_what_another_published_meanwhile(admin_client, nora, monkeypatch):
    from personas.admin.persona import PersonaAdmin

    read = PersonaAdmin.get_object

    def publish_after_reading(self, request, object_id, from_field=None):
        persona = read(self, request, object_id, from_field)
        nora.agents.update(instructions="Be brief.")
        Persona.objects.get(pk=nora.pk).publish(by=None)
        return persona

    sent = form_of(nora, welcome_message="Mine.", _continue="1")
    monkeypatch.setattr(PersonaAdmin, "get_object", publish_after_reading)
    admin_client.post(page_of(nora, "change"), sent)

    saved = Persona.objects.get(pk=nora.pk)
    assert (saved.version_number, saved.welcome_message) == (2, "Mine.")


def test_publishing_with_an_empty_placeholder_succeeds_and_the_page_warns_once(admin_client, nora):
    response = admin_client.post(
        page_of(nora, "change"), form_of(nora, welcome_message="Hello [Prospect Name].", _publish="1"), follow=True
    )

    assert nora.versions.count() == 2
    assert response.content.decode().count("Greeting: [Prospect Name] will be left out.") == 1


def test_discarding_is_confirmed_first_and_makes_the_draft_what_speaks(admin_client, nora):
    nora.agents.update(instructions="Half a thought")

    asked = admin_client.get(page_of(nora, "discard")).content.decode()
    kept = nora.agents.get().instructions
    done = admin_client.post(page_of(nora, "discard"))

    assert "Discard 1 unpublished change?" in asked
    assert kept == "Half a thought"
    assert nora.agents.get().instructions == "You answer for Riverside Clinic."
    assert said(done) == ["Changes discarded."]


def test_a_draft_that_never_spoke_has_nothing_to_go_back_to(admin_client, db):
    leo = make_persona("Leo", publish=False)

    response = admin_client.post(page_of(leo, "discard"))

    assert said(response) == ["Nothing was published yet, so there is nothing to go back to."]
    assert leo.agents.get().instructions == "You answer for Riverside Clinic."


def test_the_dialog_says_where_a_new_version_goes_live(admin_client, nora, clinic):
    html = admin_client.get(page_of(nora, "change")).content.decode()

    assert "Publish version 2?" in html
    assert "It goes live on 1 number from the next call." in html


def test_the_page_says_which_version_speaks_and_what_the_draft_changed(admin_client, nora):
    Persona.objects.filter(pk=nora.pk).update(welcome_message="New words.")

    html = admin_client.get(page_of(nora, "change")).content.decode()

    assert "v1 live" in html
    assert "published by System" in html
    assert "1 unpublished change<" in html
    assert shows_line(html, "−", "Hello, this is Nora.")
    assert shows_line(html, "+", "New words.")


def test_the_page_of_a_draft_says_that_callers_cannot_reach_it(admin_client, db):
    html = admin_client.get(page_of(make_persona("Leo", publish=False), "change")).content.decode()

    assert "Callers cannot reach this persona until you publish." in html


def test_saving_an_untouched_page_changes_nothing_though_browsers_send_other_line_breaks(admin_client, nora):
    nora.agents.update(instructions="Be brief.\n\nBe kind.\n")
    nora.publish(by=None)
    changes = nora.history.count(), nora.agents.get().history.count()

    sent = {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value for name, value in form_of(nora).items()
    }
    admin_client.post(page_of(nora, "change"), sent | {"_continue": "1"})

    assert not Persona.objects.get(pk=nora.pk).has_unpublished_changes()
    assert nora.agents.get().instructions == "Be brief.\n\nBe kind.\n"
    assert nora.agents.get().history.count() == changes[1]


def test_a_version_from_before_texts_were_cleaned_equals_the_same_draft(nora):
    nora.agents.update(instructions="Be brief.\nBe kind.")
    spec = nora.draft().to_json()
    spec["agents"][0]["instructions"] = "Be brief.\r\nBe kind."
    nora.published = nora.versions.create(number=9, spec=spec)

    assert not nora.has_unpublished_changes()
