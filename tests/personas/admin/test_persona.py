"""How do people edit who speaks?"""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from personas.answering.who_answers import find_who_answers
from personas.models import CrmSnapshot, Customer, Persona, PhoneNumber, RoutingRule
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona

WHO = "/admin/personas/phonenumber/routing-test/"


def page(persona: Persona, name: str, *more) -> str:
    return reverse(f"admin:personas_persona_{name}", args=[persona.pk, *more])


def form_of(persona: Persona, **changes) -> dict[str, str]:
    """What the browser sends when the form is saved."""
    agent = persona.agents.get()
    sent = {
        field: getattr(persona, field)
        for field in (
            "name",
            "slug",
            "welcome_message",
            "closing_message",
            "provider",
            "model",
            "voice",
            "language",
            "emotion",
            "temperature",
        )
    }
    inline: dict[str, object] = {
        "TOTAL_FORMS": 1,
        "INITIAL_FORMS": 1,
        "MIN_NUM_FORMS": 1,
        "MAX_NUM_FORMS": 1,
        "0-id": agent.pk,
        "0-persona": persona.pk,
    }
    inline |= {"0-instructions": changes.pop("instructions", agent.instructions), "0-on_enter_prompt": ""}
    return {key: str(value) for key, value in (sent | {f"agents-{k}": v for k, v in inline.items()} | changes).items()}


def line(sign: str, text: str) -> str:
    """How a line of a difference stands in the page."""
    return f'aria-label="{"added" if sign == "+" else "removed"}">{sign}</span><span>{text}</span>'


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- saving and publishing


def test_saving_a_draft_leaves_the_live_version_as_it_is(admin_client, nora, clinic):
    response = admin_client.post(page(nora, "change"), form_of(nora, welcome_message="New words.", _continue="1"))

    assert said(response) == ["Draft saved. Version 1 stays live."]
    assert Persona.objects.get(pk=nora.pk).welcome_message == "New words."
    assert find_who_answers(dialed=CLINIC, caller=ANA).spec.welcome_message == "Hello, this is Nora."


def test_save_and_publish_freezes_the_instructions_that_were_just_typed(admin_client, admin_user, nora, clinic):
    response = admin_client.post(page(nora, "change"), form_of(nora, instructions="Be brief.", _publish="1"))

    version = nora.versions.get(number=2)
    assert Persona.objects.get(pk=nora.pk).published == version
    restore = page(nora, "restore", 1)
    assert said(response) == [
        f'Version 2 is live from the next call. <a class="vp-link" href="{restore}">Restore version 1</a>'
    ]
    assert (version.by, version.spec["agents"][0]["instructions"]) == (admin_user, "Be brief.")


def test_the_note_of_a_publication_is_kept_with_its_version(admin_client, nora):
    sent = form_of(nora, instructions="Be brief.", publish_note="Shorter answers", _publish="1")

    admin_client.post(page(nora, "change"), sent)

    assert nora.versions.get(number=2).note == "Shorter answers"
    assert "Shorter answers" in admin_client.get(page(nora, "versions")).content.decode()


def test_a_stored_voice_and_language_outside_the_lists_stay_selectable(admin_client, nora):
    Persona.objects.filter(pk=nora.pk).update(voice="Rachel", language="gsw-CH")
    nora.refresh_from_db()

    admin_client.post(page(nora, "change"), form_of(nora, name="Nora B.", _continue="1"))

    saved = Persona.objects.get(pk=nora.pk)
    assert (saved.name, saved.voice, saved.language) == ("Nora B.", "Rachel", "gsw-CH")


def test_a_voice_that_the_provider_does_not_have_is_refused(admin_client, nora):
    response = admin_client.post(page(nora, "change"), form_of(nora, voice="Rachel", _continue="1"))

    assert "voice" in response.context["adminform"].form.errors


def test_publishing_nothing_new_says_so(admin_client, nora):
    response = admin_client.post(page(nora, "change"), form_of(nora, _publish="1"))

    assert said(response) == ["Nothing to publish: version 1 is already live."]
    assert nora.versions.count() == 1


def test_an_unfinished_draft_is_saved_and_refused_with_words_and_where(admin_client, nora):
    response = admin_client.post(
        page(nora, "change"), form_of(nora, instructions="", name="Nora B.", _publish="1"), follow=True
    )

    assert "Draft saved. Not published: Instructions are empty." in response.content.decode()
    assert "Before you can publish:" in response.content.decode()
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
    admin_client.post(page(nora, "change"), sent)

    saved = Persona.objects.get(pk=nora.pk)
    assert (saved.version_number, saved.welcome_message) == (2, "Mine.")


def test_publishing_with_an_empty_placeholder_succeeds_and_the_page_warns_once(admin_client, nora):
    response = admin_client.post(
        page(nora, "change"), form_of(nora, welcome_message="Hello [Prospect Name].", _publish="1"), follow=True
    )

    assert nora.versions.count() == 2
    assert response.content.decode().count("Greeting: [Prospect Name] will be left out.") == 1


def test_discarding_is_confirmed_first_and_makes_the_draft_what_speaks(admin_client, nora):
    nora.agents.update(instructions="Half a thought")

    asked = admin_client.get(page(nora, "discard")).content.decode()
    kept = nora.agents.get().instructions
    done = admin_client.post(page(nora, "discard"))

    assert "Discard 1 unpublished change?" in asked
    assert kept == "Half a thought"
    assert nora.agents.get().instructions == "You answer for Riverside Clinic."
    assert said(done) == ["Changes discarded."]


def test_a_draft_that_never_spoke_has_nothing_to_go_back_to(admin_client, db):
    leo = make_persona("Leo", publish=False)

    response = admin_client.post(page(leo, "discard"))

    assert said(response) == ["Nothing was published yet, so there is nothing to go back to."]
    assert leo.agents.get().instructions == "You answer for Riverside Clinic."


def test_a_copy_says_the_same_and_does_not_speak(admin_client, nora, clinic):
    offered = admin_client.get(page(nora, "duplicate")).context["form"].initial
    admin_client.post(page(nora, "duplicate"), offered)

    copy = Persona.objects.get(slug="nora-copy")
    assert offered == {"name": "Nora (copy)", "slug": "nora-copy"}
    assert (copy.name, copy.published, copy.numbers.count()) == ("Nora (copy)", None, 0)
    assert copy.draft().agents == nora.draft().agents
    assert copy.welcome_message == nora.welcome_message


def test_a_copy_needs_a_slug_of_its_own(admin_client, nora):
    response = admin_client.post(page(nora, "duplicate"), {"name": "Nora", "slug": "nora"})

    assert "Riverside already has a persona with the slug “nora”. Choose another one." in response.content.decode()
    assert Persona.objects.count() == 1


def test_a_persona_that_a_number_uses_is_not_deleted_and_the_page_says_by_whom(admin_client, nora, clinic):
    html = admin_client.get(page(nora, "delete")).content.decode()
    admin_client.post(page(nora, "delete"), {"post": "yes"})

    assert "Nora is in use by 1 number. Reassign it first:" in html
    assert Persona.objects.filter(pk=nora.pk).exists()


def test_deleting_says_what_goes_and_who_loses_a_default(admin_client, nora):
    nora.customer.default_persona = nora
    nora.customer.save()

    html = admin_client.get(page(nora, "delete")).content.decode()
    admin_client.post(page(nora, "delete"), {"post": "yes"})

    assert "This deletes 1 version and the draft and cannot be undone." in html
    assert "Riverside loses its default persona" in html
    assert not Persona.objects.filter(pk=nora.pk).exists()


# -- what the pages say


def test_the_dialog_says_where_a_new_version_goes_live(admin_client, nora, clinic):
    html = admin_client.get(page(nora, "change")).content.decode()

    assert "Publish version 2?" in html
    assert "It goes live on 1 number from the next call." in html


def test_the_preview_marks_placeholders_without_a_value(admin_client, nora):
    nora.agents.update(instructions="Greet [Prospect Name] of {{ company | your company }}.")

    html = admin_client.get(page(nora, "preview")).content.decode()

    assert re.search(
        r'<mark class="vp-gap"[^>]*>\[Prospect Name\]</mark> of <mark class="vp-filled"[^>]*>your company</mark>', html
    )
    assert "1 placeholder is empty on inbound calls" in html


def test_the_page_says_which_version_speaks_and_what_the_draft_changed(admin_client, nora):
    Persona.objects.filter(pk=nora.pk).update(welcome_message="New words.")

    html = admin_client.get(page(nora, "change")).content.decode()

    assert "v1 live" in html
    assert "published by System" in html
    assert "1 unpublished change<" in html
    assert line("−", "Hello, this is Nora.") in html
    assert line("+", "New words.") in html


def test_the_page_of_a_draft_says_that_callers_cannot_reach_it(admin_client, db):
    html = admin_client.get(page(make_persona("Leo", publish=False), "change")).content.decode()

    assert "Callers cannot reach this persona until you publish." in html


def test_the_preview_shows_what_the_model_reads(admin_client, nora, clinic):
    html = admin_client.get(page(nora, "preview")).content.decode()

    assert "Your name is Nora." in html
    assert f"Number that was dialed: {CLINIC}" in html


def test_the_versions_say_who_when_what_and_how_often(admin_client, admin_user, nora):
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=admin_user, note="Shorter")

    html = admin_client.get(page(nora, "versions")).content.decode()

    assert html.index("Version 2") < html.index("Version 1")
    assert "by admin," in html
    assert "Shorter" in html
    assert line("−", "You answer for Riverside Clinic.") in html
    assert html.count("0 calls") == 2
    assert html.count(">Live<") == 1


def test_restoring_is_confirmed_first_and_then_done(admin_client, nora, clinic):
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=None)

    asked = admin_client.get(page(nora, "restore", 1)).content.decode()
    versions_then = nora.versions.count()
    done = admin_client.post(page(nora, "restore", 1))

    assert "It is published as version 3 and goes live on 1 number from the next call." in asked
    assert versions_then == 2
    assert said(done) == ["Version 1 restored as version 3. Live from the next call."]


def test_the_history_shows_who_changed_the_instructions(admin_client, nora):
    admin_client.post(page(nora, "change"), form_of(nora, instructions="Be brief.", _continue="1"))

    html = admin_client.get(page(nora, "history")).content.decode()

    assert "admin: changed “main”" in html
    assert line("+", "Be brief.") in html


def test_the_history_tells_of_publications(admin_client, admin_user, nora):
    admin_client.post(page(nora, "change"), form_of(nora, instructions="Be brief.", _publish="1"))

    html = admin_client.get(page(nora, "history")).content.decode()

    assert "Published version 2." in html
    assert "Published version 1." in html
    assert "Created." in html


def test_the_history_is_read_and_not_reverted(admin_client, nora):
    record = nora.history.last()
    address = reverse("admin:personas_persona_simple_history", args=[nora.pk, record.pk])

    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, form_of(nora, name="Old")).status_code == 403


def test_an_empty_list_teaches(admin_client, db):
    assert (
        "Create one, publish it, then assign it to a phone number."
        in admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()
    )


def test_the_list_says_what_speaks_and_who_uses_it(admin_client, nora, clinic):
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)
    make_persona("Leo", publish=False)

    html = admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()

    assert "1 number · 1 rule" in html
    assert "Never published" in html


@pytest.mark.parametrize("model", ["persona", "phonenumber", "routingrule", "customer", "crmsnapshot"])
def test_a_list_costs_the_same_for_two_rows_and_for_twenty(admin_client, django_assert_num_queries, nora, model):
    def fill(numbers) -> None:
        for n in numbers:
            persona = make_persona(f"P{n}", customer=make_customer(f"c{n}"))
            number = make_number(f"+1555123{n:04}", persona=persona)
            RoutingRule.objects.create(customer=persona.customer, caller=ANA, persona=persona, number=number)
            CrmSnapshot.objects.create(customer=persona.customer, digits=f"{n}", outcome="found", persona=persona)

    address = reverse(f"admin:personas_{model}_changelist")
    fill(range(2))
    admin_client.get(address)  # content types are looked up once
    with django_assert_num_queries(30, exact=False) as few:
        admin_client.get(address)
    fill(range(2, 20))

    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(address)


# -- numbers and rules


def test_a_number_is_kept_in_e164_however_it_is_written(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "(212) 555-0142", "persona": nora.pk, "loading": "blocking"}

    admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert PhoneNumber.objects.get().phone == "+12125550142"


def test_what_is_no_number_is_refused_with_a_way_out(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "front desk", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    message = (
        "“front desk” is not a valid number for the United States. Enter it with the country code, e.g. +49 231 140099."
    )
    assert message in response.content.decode()


def test_a_number_s_page_leads_to_the_routing_test(admin_client, clinic):
    response = admin_client.get(reverse("admin:personas_phonenumber_test_routing", args=[clinic.pk]))

    assert response["Location"] == f"{WHO}?dialed=%2B15551230100&caller="


def test_a_rule_s_page_leads_to_the_routing_test_of_its_caller(admin_client, nora, clinic):
    rule = RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)

    response = admin_client.get(reverse("admin:personas_routingrule_test_routing", args=[rule.pk]))

    assert response["Location"] == f"{WHO}?dialed=%2B15551230100&caller=%2B15550100001"


def test_a_number_written_without_its_country_says_how_it_was_read(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "(212) 555-0142", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert "Saved as +1 212 555 0142 (read as a number in the United States)." in said(response)


def test_an_extension_that_is_left_out_is_named(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "+49 231 1400 94 ext 5", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert "Extension 5 was ignored: phone numbers are stored without extensions." in said(response)
    assert PhoneNumber.objects.get().phone == "+49231140094"


@pytest.mark.parametrize("written", ["sip:+49231140099@pbx.example", "tel:+49-231-140099", "0049 231 140099"])
def test_nothing_is_said_of_a_number_written_with_its_country(admin_client, nora, written):
    form = {"customer": nora.customer.pk, "phone": written, "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert PhoneNumber.objects.get().phone == "+49231140099"
    assert not any("Saved as" in message for message in said(response))


def test_a_rule_s_caller_says_how_it_was_read(admin_client, nora):
    form = {"customer": nora.customer.pk, "caller": "(212) 555-0142 x3", "persona": nora.pk}

    response = admin_client.post(reverse("admin:personas_routingrule_add"), form)

    assert "Saved as +1 212 555 0142 (read as a number in the United States)." in said(response)
    assert any("Extension 3 was ignored" in message for message in said(response))


def test_the_list_of_numbers_says_who_does_not_speak(admin_client, nora, clinic):
    make_number("+15551230101", persona=make_persona("Leo", publish=False))
    make_number("+15551230102")

    html = admin_client.get(reverse("admin:personas_phonenumber_changelist")).content.decode()

    assert [html.count(words) for words in ("Ready", "Persona not published", "No one answers")] == [1, 1, 1]


def test_a_number_s_page_answers_before_anybody_asks(admin_client, nora, clinic):
    html = admin_client.get(reverse("admin:personas_phonenumber_change", args=[clinic.pk])).content.decode()

    assert ">Nora</a>" in html
    assert "assigned to the number" in html


def test_a_bad_caller_is_explained_inside_the_answer_when_a_number_s_page_asks(admin_client, clinic):
    html = admin_client.get(WHO, {"dialed": CLINIC, "caller": "x"}, headers={"HX-Request": "true"}).content.decode()

    assert "“x” is not a phone number." in html[html.index('id="answer"') :]


def test_a_rule_reads_as_a_sentence_and_says_what_is_in_its_way(admin_client, nora, clinic):
    theo = make_persona("Theo")
    make_number("+15551230101", persona=nora)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=theo)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora, number=clinic)

    html = admin_client.get(reverse("admin:personas_routingrule_changelist")).content.decode()

    assert f"Calls from {ANA} to all numbers of Riverside are answered by Theo." in html
    assert f"Does not apply to {CLINIC} (more specific rule)." in html
    assert "Overrides the all-numbers rule (Theo)." in html


def test_saving_a_rule_that_changes_nothing_says_so(admin_client, nora, clinic):
    form = {"customer": nora.customer.pk, "caller": ANA, "number": clinic.pk, "persona": nora.pk}

    response = admin_client.post(reverse("admin:personas_routingrule_add"), form)

    assert "No effect: the number has the same persona." in said(response)


# -- the routing test


def test_the_old_address_of_the_routing_test_leads_to_the_new_one(admin_client, db):
    response = admin_client.get("/admin/personas/phonenumber/who-would-answer/?dialed=1")

    assert response["Location"] == f"{WHO}?dialed=1"


def test_the_routing_test_says_the_persona_the_version_and_why(admin_client, nora, clinic):
    html = admin_client.get(WHO, {"dialed": "+1 (555) 123-0100", "caller": "555 010 0001"}).content.decode()

    assert ">Nora</a>" in html
    assert ">v1<" in html
    assert "assigned to the number" in html


def test_the_routing_test_lists_every_step_and_why_one_was_skipped(admin_client, nora, clinic):
    leo = make_persona("Leo", publish=False)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=leo)

    html = admin_client.get(WHO, {"dialed": CLINIC, "caller": ANA}).content.decode()

    assert "Rule for this caller on all numbers</span>: skipped: Leo is not published" in html
    assert [html.count(f">{sign}<") for sign in "✕✓–"] == [1, 1, 4]


@pytest.mark.parametrize(
    ("query", "words"),
    [({"dialed": ""}, "Enter the dialed number."), ({"dialed": "abc"}, "“abc” is not a phone number")],
)
def test_bad_input_gets_a_clear_message(admin_client, db, query, words):
    assert words in admin_client.get(WHO, query).content.decode()


# -- the rest


def test_a_customer_s_default_persona_is_one_of_its_own(admin_client, nora):
    stranger = make_persona("Leo", customer=make_customer("other"))

    form = (
        admin_client.get(reverse("admin:personas_customer_change", args=[nora.customer.pk])).context["adminform"].form
    )

    assert list(form.fields["default_persona"].queryset) == [nora]
    assert stranger not in form.fields["default_persona"].queryset


def test_the_installation_customer_cannot_be_deleted(admin_client, db):
    house = Customer.objects.default()

    assert (
        admin_client.post(reverse("admin:personas_customer_delete", args=[house.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_a_customer_goes_with_all_that_it_has(admin_client, nora, clinic):
    customer = nora.customer
    RoutingRule.objects.create(customer=customer, caller=ANA, persona=nora)
    CrmSnapshot.objects.create(customer=customer, digits="1555", outcome="found", body="{}")
    call = open_inbound_call(Arrival(room_name="r", caller=ANA, dialed=CLINIC), timezone.now())
    assert call.customer == customer

    html = admin_client.get(reverse("admin:personas_customer_delete", args=[customer.pk])).content.decode()
    admin_client.post(
        reverse("admin:personas_customer_delete", args=[customer.pk]), {"post": "yes", "confirm": customer.name}
    )

    assert "1 persona, 1 phone number, 1 routing rule, 1 call and 0 API keys" in html
    assert not any(
        model.objects.filter(customer_id=customer.pk).exists()
        for model in (Call, PhoneNumber, RoutingRule, Persona, CrmSnapshot)
    )
    assert not Customer.objects.filter(pk=customer.pk).exists()


@pytest.mark.parametrize(
    "address",
    ["auth_user_changelist", "auth_user_add", "personas_persona_add", "personas_customer_add"],
)
def test_every_other_page_opens(admin_client, db, address):
    assert admin_client.get(reverse(f"admin:{address}")).status_code == 200


def test_deleting_several_says_how_many_of_what(admin_client, nora, clinic):
    for n in range(2):
        RoutingRule.objects.create(customer=nora.customer, caller=f"+1555010000{n}", persona=nora)
    chosen = {"action": "delete_selected", "_selected_action": [rule.pk for rule in RoutingRule.objects.all()]}
    address = reverse("admin:personas_routingrule_changelist")

    asked = admin_client.post(address, chosen).content.decode()
    kept = RoutingRule.objects.count()
    admin_client.post(address, chosen | {"post": "yes"})

    assert "Delete 2 routing rules?" in asked
    assert (kept, RoutingRule.objects.count()) == (2, 0)


def test_deleting_several_of_which_one_is_needed_deletes_none(admin_client, nora, clinic):
    make_persona("Leo")
    chosen = {"action": "delete_selected", "_selected_action": [persona.pk for persona in Persona.objects.all()]}

    html = admin_client.post(reverse("admin:personas_persona_changelist"), chosen).content.decode()

    assert "Nothing was deleted: 1 row still needs what you chose." in html
    assert clinic.phone in html


def test_saving_an_untouched_page_changes_nothing_though_browsers_send_other_line_breaks(admin_client, nora):
    nora.agents.update(instructions="Be brief.\n\nBe kind.\n")
    nora.publish(by=None)
    changes = nora.history.count(), nora.agents.get().history.count()

    sent = {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value for name, value in form_of(nora).items()
    }
    admin_client.post(page(nora, "change"), sent | {"_continue": "1"})

    assert not Persona.objects.get(pk=nora.pk).has_unpublished_changes()
    assert nora.agents.get().instructions == "Be brief.\n\nBe kind.\n"
    assert nora.agents.get().history.count() == changes[1]


def test_a_version_from_before_texts_were_cleaned_equals_the_same_draft(nora):
    nora.agents.update(instructions="Be brief.\nBe kind.")
    spec = nora.draft().to_json()
    spec["agents"][0]["instructions"] = "Be brief.\r\nBe kind."
    nora.published = nora.versions.create(number=9, spec=spec)

    assert not nora.has_unpublished_changes()
