"""How do people edit who speaks? Customers, personas with their versions, numbers, rules, and what the CRM said."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.forms import ModelChoiceField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from personas import api_key_admin, persona_pages, who_answers_page  # noqa: F401  api_key_admin registers itself
from personas.models import DEFAULT_CUSTOMER, Agent, CrmSnapshot, Customer, Membership, Persona, PersonaVersion, PhoneNumber, RoutingRule
from personas.number_admin import PhoneNumberForm, count_in_words, facts_of, say_how_it_was_read, state_of, with_calls, with_rivals
from personas.persona_views import PersonaPages
from personas.prompt import list_gaps
from personas.rule_words import find_remarks, read_rule
from personas.scoped_admin import (
    OwnedInline,
    RecordedAdmin,
    ScopedAdmin,
    ScopedFilter,
    ScopedReadOnlyAdmin,
    is_superuser,
)
from personas.usage import find_usage, list_counts, midnight
from voiceplatform.web.readable_json import render_json_text


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft may be unfinished: publishing, not saving, asks for instructions."""

    instructions = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24}),
        help_text=Agent._meta.get_field("instructions").help_text,
    )

    class Meta:
        model = Agent
        fields = ["instructions", "on_enter_prompt"]
        widgets = {"on_enter_prompt": UnfoldAdminTextareaWidget(attrs={"rows": 3})}


class AgentInline(OwnedInline, StackedInline):  # type: ignore[misc]
    """The instructions. One agent a persona for now."""

    model = Agent
    form = AgentForm
    fields = ["instructions", "on_enter_prompt"]
    extra = 0
    min_num = 1
    max_num = 1
    can_delete = False
    verbose_name = verbose_name_plural = "Instructions"


@admin.register(Persona)
class PersonaAdmin(PersonaPages):
    """The draft is edited here; only what was published speaks."""

    list_display = ["name", "customer", "speaks", "unpublished", "used_by", "updated"]
    list_filter = [("customer", ScopedFilter), "origin"]
    search_fields = ["name", "slug", "welcome_message"]
    list_select_related = ["customer", "published"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AgentInline]
    actions_detail = ["preview", "versions", "duplicate"]
    change_form_outer_before_template = "admin/personas/persona/standing.html"
    object_history_template = "admin/personas/persona/history.html"
    delete_confirmation_template = "admin/personas/persona/delete.html"
    teaching = "A persona is a voice with a name and instructions. Add one, press “Save and publish”, then give it a phone number."
    fieldsets = [
        ("Who", {"fields": ["customer", "name", "slug"], "description": "Whose persona it is and what it is called. Callers hear the name."}),
        (
            "What it says",
            {
                "fields": ["welcome_message", "closing_message"],
                "description": "Word for word: the first and the last sentence of every call. Everything between follows the instructions below.",
            },
        ),
        (
            "Voice",
            {
                "fields": ["provider", "model", "voice", "language", "emotion", "temperature"],
                "description": "How it sounds. The defaults are good for a telephone; change the language first.",
            },
        ),
    ]

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        changed = Persona.history.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
        instructed = Agent.history.filter(persona_id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
        rows: Any = super().get_queryset(request).prefetch_related("agents")
        shown: QuerySet[Any] = rows.annotate(
            number_count=Count("numbers", distinct=True),
            rule_count=Count("routing_rules", distinct=True),
            default_count=Count("default_of", distinct=True),
            updated_at=Greatest(Subquery(changed), Subquery(instructed)),
        )
        return shown

    @display(description="speaks", ordering="published__number", label={"draft only": "warning"})
    def speaks(self, persona: Persona) -> str:
        return f"version {persona.version_number}" if persona.published else "draft only"

    @display(description="unpublished changes", label={"yes": "warning"})
    def unpublished(self, persona: Persona) -> str:
        return "yes" if persona.has_unpublished_changes() else "no"

    @display(description="used by")
    def used_by(self, persona: Any) -> str:
        return list_counts(numbers=persona.number_count, rules=persona.rule_count, defaults=persona.default_count)

    @display(description="updated", ordering="updated_at")
    def updated(self, persona: Any) -> Any:
        return persona.updated_at

    # -- saving and publishing

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("welcome_message", "closing_message"):
            field.widget.attrs["rows"] = 3  # one sentence, not an essay
        return field

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any) -> HttpResponse:
        context["may_publish"] = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if obj:
            context |= {"standing": persona_pages.find_standing(obj.pk), "usage": find_usage(obj)}
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))

    def response_add(self, request: HttpRequest, obj: Persona, *args: Any, **kwargs: Any) -> HttpResponse:
        if "_publish" in request.POST:
            return self._publish(request, obj)
        return cast(HttpResponse, super().response_add(request, obj, *args, **kwargs))

    def response_change(self, request: HttpRequest, obj: Persona) -> HttpResponse:
        if "_publish" in request.POST:
            return self._publish(request, obj)
        if obj.published and obj.has_unpublished_changes():
            messages.warning(request, f"Saved as a draft. Version {obj.version_number} goes on speaking until you publish.")
        return cast(HttpResponse, super().response_change(request, obj))

    def _publish(self, request: HttpRequest, persona: Persona) -> HttpResponse:
        """Answer to “Save and publish”. The draft and its agents are saved already, whatever comes of publishing.

        Important: not one of unfold's submit-line actions. Those run before the inlines are saved and would freeze old instructions.
        """
        before = persona.published_id
        version, mistakes = persona_pages.publish_or_explain(persona, request)
        if version is None:
            messages.error(request, f"The draft is saved, but was not published: {' '.join(mistakes)}")
        elif version.pk == before:
            messages.info(request, f"Saved. Nothing has changed since version {version.number}, so it goes on speaking.")
        else:
            messages.success(request, _published(persona, version))
            for gap in list_gaps(version.persona_spec()):
                messages.warning(request, gap)
        return HttpResponseRedirect(reverse("admin:personas_persona_change", args=[persona.pk]))


def _published(persona: Persona, version: PersonaVersion) -> str:
    """Return who speaks now, with a way back."""
    said = f"Published: version {version.number} of {persona} speaks from the next call on."
    before = version.before()
    if before is None:
        return said
    way_back = reverse("admin:personas_persona_bring_back", args=[persona.pk, before.number])
    return format_html('{} <a class="vp-link" href="{}">Bring back version {}</a>', said, way_back, before.number)


class WhoWouldAnswer(ScopedAdmin):
    """A way to the page “Who would answer?” from a list and from a row."""

    actions_list = ["who_would_answer"]
    actions_detail = ["who_answers_here"]

    def parties_of(self, row: Any) -> dict[str, str]:
        raise NotImplementedError

    @action(description="Who would answer?", url_path="who-would-answer", icon="contact_phone")
    def who_would_answer(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Who would answer?", **who_answers_page.find(request)}
        return TemplateResponse(request, "admin/personas/phonenumber/who_would_answer.html", context)

    @action(description="Who would answer?", url_path="who-answers-here", icon="contact_phone")
    def who_answers_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id} among those of your customers.")
        return HttpResponseRedirect(f"{reverse('admin:personas_phonenumber_who_would_answer')}?{urlencode(self.parties_of(row))}")


@admin.register(PhoneNumber)
class PhoneNumberAdmin(RecordedAdmin, WhoWouldAnswer):
    """Our own numbers and who answers them."""

    form = PhoneNumberForm
    list_display = ["phone", "label", "customer", "answered_by", "state", "calls_today", "last_call", "rule_count"]
    list_filter = [("customer", ScopedFilter), ("persona", ScopedFilter), "loading"]
    search_fields = ["phone", "label"]
    list_select_related = ["customer", "persona__published"]
    change_form_outer_after_template = "admin/personas/phonenumber/test_box.html"
    teaching = "A phone number of yours, and the persona that answers it. Calls to numbers that are not here go to the CRM or the default persona."
    fieldsets = [
        ("Number", {"fields": ["customer", "phone", "label"], "description": "What people dial. Write it as you like; it is kept as +15551230100."}),
        (
            "Who answers",
            {
                "fields": ["persona"],
                "description": "Routing rules for single callers go before this. A persona without a published version is passed over.",
            },
        ),
        (
            "The CRM",
            {
                "fields": ["caller_lookup", "loading", "region"],
                "description": "Matters only when no persona is chosen above and a CRM is configured.",
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return with_calls(rows.annotate(rules=Count("routing_rules")), since=midnight())

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        form.asker = request.user
        return cast("type[ModelForm[Any]]", form)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data and (remark := say_how_it_was_read(form.data.get("phone", ""), obj)):
            messages.info(request, remark)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any) -> HttpResponse:
        if obj:
            context |= who_answers_page.prepare_test(obj)
        return cast(HttpResponse, super().render_change_form(request, context, *args, obj=obj, **kwargs))

    def parties_of(self, row: PhoneNumber) -> dict[str, str]:
        return who_answers_page.address_of(number=row)

    @display(description="answered by", ordering="persona__name")
    def answered_by(self, number: PhoneNumber) -> str:
        if number.persona is None:
            return "the CRM or the default persona"
        return f"{number.persona}, version {number.persona.version_number}" if number.persona.published else f"{number.persona}, passed over"

    @display(description="state", label={"ok": "success", "no persona": "info", "unpublished persona": "danger"})
    def state(self, number: PhoneNumber) -> str:
        return state_of(number)

    @display(description="calls today", ordering="calls_since")
    def calls_today(self, number: Any) -> str:
        return count_in_words(number.calls_since)

    @display(description="last call", ordering="last_call_at")
    def last_call(self, number: Any) -> str:
        return date_format(timezone.localtime(number.last_call_at), "j M Y, H:i") if number.last_call_at else "never"

    @display(description="rules", ordering="rules")
    def rule_count(self, number: Any) -> int:
        return cast(int, number.rules)


@admin.register(RoutingRule)
class RoutingRuleAdmin(RecordedAdmin, WhoWouldAnswer):
    """Callers who get a persona of their own."""

    list_display = ["sentence", "remarks", "customer", "note"]
    list_filter = [("customer", ScopedFilter), ("persona", ScopedFilter)]
    search_fields = ["caller", "note", "persona__name", "number__phone"]
    list_select_related = ["customer", "persona", "number"]
    ordering = ["caller", "number"]
    teaching = "A rule sends one caller to a persona of their own, on one number or on all, before the number's persona is asked."
    fieldsets = [
        ("Who calls", {"fields": ["customer", "caller", "number"], "description": "A rule for one number goes before a rule for all numbers."}),
        ("Who answers", {"fields": ["persona", "note"], "description": "The persona must have a published version, or the rule is passed over."}),
    ]

    def parties_of(self, row: RoutingRule) -> dict[str, str]:
        return who_answers_page.address_of(number=row.number or row.customer.numbers.first(), caller=row.caller)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_rivals(super().get_queryset(request))

    @display(description="rule", ordering="caller")
    def sentence(self, rule: Any) -> str:
        return read_rule(facts_of(rule))

    @display(description="worth knowing")
    def remarks(self, rule: Any) -> str:
        return " ".join(find_remarks(facts_of(rule))) or "–"

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self._warn(request, obj)
        return cast(HttpResponse, super().response_add(request, obj, *args, **kwargs))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        self._warn(request, obj)
        return cast(HttpResponse, super().response_change(request, obj))

    def _warn(self, request: HttpRequest, rule: RoutingRule) -> None:
        """Say at once what the rule meets, and not only in the list."""
        for remark in find_remarks(facts_of(with_rivals(RoutingRule.objects.filter(pk=rule.pk)).get())):
            messages.warning(request, remark)


class MembershipInline(TabularInline):  # type: ignore[misc]
    """Who works for the customer. Only superusers hand this out."""

    model = Membership
    extra = 0
    autocomplete_fields = ["user"]
    verbose_name_plural = "Members: a manager edits, a supervisor and a viewer read"


@admin.register(Customer)
class CustomerAdmin(RecordedAdmin):
    """Tenants: nobody sees another customer's rows."""

    list_display = ["name", "slug", "default_persona", "region", "time_zone", "persona_count", "number_count"]
    search_fields = ["name", "slug"]
    list_select_related = ["default_persona"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]
    teaching = "Ask a superuser to make you a member of a customer."
    fieldsets = [
        ("Who", {"fields": ["name", "slug", "description"], "description": "A customer owns personas, numbers, rules and calls."}),
        ("Where", {"fields": ["region", "time_zone"], "description": "How its people write phone numbers, and its clock."}),
        (
            "Who answers otherwise",
            {
                "fields": ["default_persona"],
                "description": "Answers when no rule, number or CRM names another one. One of the customer's own personas.",
            },
        ),
        ("The CRM", {"fields": ["crm_token"], "description": "Only when this customer has an access of its own to the CRM."}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "description":
            field.widget.attrs["rows"] = 3
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(personas_=Count("personas", distinct=True), numbers_=Count("numbers", distinct=True))
        return shown

    def owner(self, row: Any) -> int | None:
        return cast("int | None", row.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the default persona out while there is no customer to own one."""
        shown = super().get_fieldsets(request, obj)
        return shown if obj else [fieldset for fieldset in shown if "default_persona" not in fieldset[1]["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the slug of the house: calls that belong to nobody are found by it."""
        return ["slug"] if obj and obj.slug == DEFAULT_CUSTOMER else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj and is_superuser(request) else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and not (isinstance(obj, Customer) and obj.slug == DEFAULT_CUSTOMER)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let what nobody may delete row by row, calls above all, go with its customer: only superusers come here."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm[Any]]:
        form = cast("type[ModelForm[Any]]", super().get_form(request, obj, change, **kwargs))
        field = form.base_fields.get("default_persona")
        if isinstance(field, ModelChoiceField):
            field.queryset = Persona.objects.filter(customer=obj)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Say in the history that the token changed: the history itself does not have it."""
        if "crm_token" in form.changed_data:
            obj._change_reason = f"CRM token {'set' if obj.crm_token else 'cleared'}"
        super().save_model(request, obj, form, change)

    @display(description="personas", ordering="personas_")
    def persona_count(self, customer: Any) -> int:
        return cast(int, customer.personas_)

    @display(description="numbers", ordering="numbers_")
    def number_count(self, customer: Any) -> int:
        return cast(int, customer.numbers_)


@admin.register(CrmSnapshot)
class CrmSnapshotAdmin(ScopedReadOnlyAdmin):
    """What the CRM said, as it came. Answers that became no persona are the superusers' to see."""

    list_display = ["digits", "said", "persona", "fetched_at", "fresh_until", "last_error"]
    list_filter = ["outcome"]
    search_fields = ["digits", "persona__name"]
    list_select_related = ["persona"]
    readonly_fields = ["readable_body"]
    teaching = (
        "When a number is called that nobody set up here, the CRM is asked, and its answer is kept here. Set PERSONA_API_BASE to configure one."
    )
    fieldsets = [
        ("Question", {"fields": ["digits", "url", "fetched_at", "fresh_until", "fetching_until"], "description": "What was asked and when."}),
        ("Answer", {"fields": ["outcome", "persona", "synced_version", "readable_body"], "description": "What came, and the persona it became."}),
        ("Trouble", {"fields": ["last_error", "last_error_at"], "description": "The last time that the CRM did not answer."}),
    ]

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_superuser(request) else rows.filter(persona__in=Persona.objects.visible_to(request.user))

    def owner(self, row: Any) -> int | None:
        return row.persona.customer_id if row.persona else None

    @display(description="outcome", ordering="outcome", label={"found": "success", "not found": "info", "no answer yet": "warning"})
    def said(self, snapshot: CrmSnapshot) -> str:
        return snapshot.get_outcome_display().lower() or "no answer yet"

    @display(description="body")
    def readable_body(self, snapshot: CrmSnapshot) -> str:
        return render_json_text(snapshot.body)
