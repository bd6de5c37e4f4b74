"""Personas: the draft is edited here; only what was published answers calls."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from personas.access.scoped_admin import OwnedInline, ScopedFilter
from personas.admin import persona_pages
from personas.admin.needs_attention import NeverPublishedFilter
from personas.admin.persona_views import PersonaPages
from personas.admin.usage import find_usage, list_counts
from personas.models import Agent, Persona, PersonaVersion
from personas.persona.prompt import list_gaps
from personas.persona.spec import LONGEST_INSTRUCTIONS


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft may be unfinished: publishing, not saving, asks for instructions."""

    instructions = forms.CharField(
        required=False,
        max_length=LONGEST_INSTRUCTIONS,
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
    list_filter = [("customer", ScopedFilter), NeverPublishedFilter, "origin"]
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
        (
            "Who",
            {
                "fields": ["customer", "name", "slug"],
                "description": "Whose persona it is and what it is called. Callers hear the name.",
            },
        ),
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
        instructed = (
            Agent.history.filter(persona_id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
        )
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

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
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
            messages.warning(
                request, f"Saved as a draft. Version {obj.version_number} goes on speaking until you publish."
            )
        return cast(HttpResponse, super().response_change(request, obj))

    def _publish(self, request: HttpRequest, persona: Persona) -> HttpResponse:
        """Answer to “Save and publish”. The draft and its agents are saved already, whatever comes of publishing.

        Important: not one of unfold's submit-line actions. Those run before the inlines are saved and would freeze old
        instructions.
        """
        before = persona.published_id
        version, mistakes = persona_pages.publish_or_explain(persona, request)
        if version is None:
            messages.error(request, f"The draft is saved, but was not published: {' '.join(mistakes)}")
        elif version.pk == before:
            messages.info(
                request, f"Saved. Nothing has changed since version {version.number}, so it goes on speaking."
            )
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
