"""How do people edit who speaks?"""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from personas.models import CrmSnapshot, Customer, Persona, PhoneNumber, RoutingRule
from personas.routing import CrmAnswer
from personas.who_answers import find_who_answers
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona

WHO = "/admin/personas/phonenumber/who-would-answer/"


def page(persona: Persona, name: str, *more) -> str:
    return reverse(f"admin:personas_persona_{name}", args=[persona.pk, *more])


def form_of(persona: Persona, **changes) -> dict[str, str]:
    """What the browser sends when the form is saved."""
    agent = persona.agents.get()
    sent = {
        field: getattr(persona, field)
        for field in ("name", "slug", "welcome_message", "closing_message", "provider", "model", "voice", "language", "emotion", "temperature")
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


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- saving and publishing


def test_save_keeps_a_draft_that_nobody_hears(admin_client, nora, clinic):
    response = admin_client.post(page(nora, "change"), form_of(nora, welcome_message="New words.", _continue="1"))

    assert "Saved as a draft. Version 1 goes on speaking until you publish." in said(response)
    assert Persona.objects.get(pk=nora.pk).welcome_message == "New words."
    assert find_who_answers(dialed=CLINIC, caller=ANA).spec.welcome_message == "Hello, this is Nora."


def test_save_and_publish_freezes_the_instructions_that_were_just_typed(admin_client, admin_user, nora, clinic):
    response = admin_client.post(page(nora, "change"), form_of(nora, instructions="Be brief.", _publish="1"))

    version = nora.versions.get(number=2)
    assert Persona.objects.get(pk=nora.pk).published == version
    assert said(response) == ["Published: version 2 of Nora speaks from the next call on."]
    assert (version.by, version.spec["agents"][0]["instructions"]) == (admin_user, "Be brief.")


def test_publishing_nothing_new_says_so(admin_client, nora):
    response = admin_client.post(page(nora, "change"), form_of(nora, _publish="1"))

    assert said(response) == ["Saved. Nothing has changed since version 1, so it goes on speaking."]
    assert nora.versions.count() == 1


def test_an_unfinished_draft_is_saved_and_refused_with_words_and_where(admin_client, nora):
    response = admin_client.post(page(nora, "change"), form_of(nora, instructions="", name="Nora B.", _publish="1"), follow=True)

    refusal = "Agent “main”: has no instructions. Say who it is and what it should achieve."
    assert f"The draft is saved, but was not published: {refusal}" in response.content.decode()
    assert "Cannot be published yet:" in response.content.decode()
    assert Persona.objects.get(pk=nora.pk).name == "Nora B."
    assert nora.versions.count() == 1


def test_a_new_persona_can_be_published_at_once(admin_client, db):
    customer = make_customer()
    form = {"customer": customer.pk, "name": "Leo", "slug": "leo", "voice": "Leda", "language": "en-US", "emotion": "Calm", "temperature": "0.2"}
    inline = {"agents-TOTAL_FORMS": 1, "agents-INITIAL_FORMS": 0, "agents-0-instructions": "You sell.", "agents-0-on_enter_prompt": ""}

    admin_client.post(reverse("admin:personas_persona_add"), form | inline | {"_publish": "1"})

    leo = Persona.objects.get(slug="leo")
    assert (leo.version_number, leo.agents.get().name) == (1, "main")


def test_a_draft_saved_by_one_does_not_undo_what_another_published_meanwhile(admin_client, nora, monkeypatch):
    from personas.admin import PersonaAdmin

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


# -- what the pages say


def test_the_page_says_which_version_speaks_and_what_the_draft_changed(admin_client, nora):
    Persona.objects.filter(pk=nora.pk).update(welcome_message="New words.")

    html = admin_client.get(page(nora, "change")).content.decode()

    assert "version 1, by the system" in html
    assert "The draft has unpublished changes: 1 field that nobody hears yet" in html
    assert "<span>−</span><span>Hello, this is Nora.</span>" in html
    assert "<span>+</span><span>New words.</span>" in html


def test_the_page_of_a_draft_says_that_it_does_not_speak(admin_client, db):
    html = admin_client.get(page(make_persona("Leo", publish=False), "change")).content.decode()

    assert "Does not speak yet." in html


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
    assert "<span>−</span><span>You answer for Riverside Clinic.</span>" in html
    assert html.count("0 calls") == 2
    assert html.count("Speaks now") == 1


def test_bringing_back_is_confirmed_first_and_then_done(admin_client, nora):
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=None)

    asked = admin_client.get(page(nora, "bring_back", 1)).content.decode()
    versions_then = nora.versions.count()
    done = admin_client.post(page(nora, "bring_back", 1))

    assert "Version 1 becomes version 3 and speaks from the next call on." in asked
    assert versions_then == 2
    assert said(done) == ["Version 1 is back: as version 3 it speaks from the next call on."]


def test_the_history_shows_who_changed_the_instructions(admin_client, nora):
    admin_client.post(page(nora, "change"), form_of(nora, instructions="Be brief.", _continue="1"))

    html = admin_client.get(page(nora, "history")).content.decode()

    assert "admin: changed “main”" in html
    assert "<span>+</span><span>Be brief.</span>" in html


def test_the_history_is_read_and_not_reverted(admin_client, nora):
    record = nora.history.last()
    address = reverse("admin:personas_persona_simple_history", args=[nora.pk, record.pk])

    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, form_of(nora, name="Old")).status_code == 403


def test_an_empty_list_teaches(admin_client, db):
    assert "press “Save and publish”, then give it a phone number" in admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()


def test_the_list_says_what_speaks_and_who_uses_it(admin_client, nora, clinic):
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)
    make_persona("Leo", publish=False)

    html = admin_client.get(reverse("admin:personas_persona_changelist")).content.decode()

    assert "1 number, 1 rule" in html
    assert "draft only" in html


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

    assert "“front desk” is not a phone number in US. Write it with + and country code, e.g. +15551230100." in response.content.decode()


def test_a_number_s_page_leads_to_the_question_who_would_answer(admin_client, clinic):
    response = admin_client.get(reverse("admin:personas_phonenumber_who_answers_here", args=[clinic.pk]))

    assert response["Location"] == f"{WHO}?dialed=%2B15551230100&caller="


def test_a_rule_s_page_leads_to_the_question_with_its_caller(admin_client, nora, clinic):
    rule = RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)

    response = admin_client.get(reverse("admin:personas_routingrule_who_answers_here", args=[rule.pk]))

    assert response["Location"] == f"{WHO}?dialed=%2B15551230100&caller=%2B15550100001"


# -- who would answer?


def test_who_would_answer_says_the_persona_the_version_and_why(admin_client, nora, clinic):
    html = admin_client.get(WHO, {"dialed": "+1 (555) 123-0100", "caller": "555 010 0001"}).content.decode()

    assert ">Nora</a>" in html
    assert "version 1" in html
    assert "the number&#x27;s own persona" in html


def test_who_would_answer_says_who_was_passed_over(admin_client, nora, clinic):
    leo = make_persona("Leo", publish=False)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=leo)

    html = admin_client.get(WHO, {"dialed": CLINIC, "caller": ANA}).content.decode()

    assert "A routing rule for this caller on every number</span>: Leo has no published version" in html


@pytest.mark.parametrize(
    ("query", "words"), [({"dialed": ""}, "Type the number that somebody dials"), ({"dialed": "abc"}, "“abc” is not a phone number")]
)
def test_bad_input_gets_a_clear_message(admin_client, db, query, words):
    assert words in admin_client.get(WHO, query).content.decode()


def test_the_crm_is_asked_only_when_told_to(admin_client, settings, db, monkeypatch):
    settings.PERSONA_API_BASE = "http://crm.test/persona"
    asked = []

    def look_up(digits: str, customer: Customer) -> CrmAnswer:
        asked.append(digits)
        return CrmAnswer(speaker=None, reason="the CRM knows no such number")

    monkeypatch.setattr("personas.crm.look_up", look_up)
    monkeypatch.setattr("personas.crm.remembered", lambda digits, customer: None)
    without = admin_client.get(WHO, {"dialed": "+15559990000"}).content.decode()
    assert asked == []
    with_crm = admin_client.get(WHO, {"dialed": "+15559990000", "ask_crm": "on"}).content.decode()

    assert "The CRM comes first." in without
    assert asked == ["15559990000"]
    assert "the CRM knows no such number" in with_crm


# -- the rest


def test_a_customer_s_default_persona_is_one_of_its_own(admin_client, nora):
    stranger = make_persona("Leo", customer=make_customer("other"))

    form = admin_client.get(reverse("admin:personas_customer_change", args=[nora.customer.pk])).context["adminform"].form

    assert list(form.fields["default_persona"].queryset) == [nora]
    assert stranger not in form.fields["default_persona"].queryset


def test_the_house_customer_cannot_be_deleted(admin_client, db):
    house = Customer.objects.house()

    assert admin_client.post(reverse("admin:personas_customer_delete", args=[house.pk]), {"post": "yes"}).status_code == 403


def test_a_crm_answer_is_shown_indented_and_escaped(admin_client, db):
    snapshot = CrmSnapshot.objects.create(customer=make_customer(), digits="1555", outcome="found", body='{"name": "<script>alert(1)</script>"}')

    html = admin_client.get(reverse("admin:personas_crmsnapshot_change", args=[snapshot.pk])).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html


@pytest.mark.parametrize(
    "address", ["auth_user_changelist", "auth_group_changelist", "auth_user_add", "personas_persona_add", "personas_customer_add"]
)
def test_every_other_page_opens(admin_client, db, address):
    assert admin_client.get(reverse(f"admin:{address}")).status_code == 200
