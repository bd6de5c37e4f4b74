"""The admin pages of personas: the draft is edited here; only a published version answers calls."""

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
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from personas.access.scoped_admin import OwnedInline, ScopedFilter
from personas.admin import persona_pages
from personas.admin.needs_attention import NeverPublishedFilter
from personas.admin.persona_views import PersonaPages
from personas.admin.usage import find_usage, list_counts
from personas.models import Agent, Persona, PersonaVersion
from personas.persona.languages import LANGUAGES
from personas.persona.spec import LONGEST_INSTRUCTIONS
from personas.persona.voices import GOOGLE_VOICES
from voiceplatform.clean_fields import CleanTextField

NEVER_PUBLISHED = "Never published"
UNPUBLISHED_CHANGES = "Unpublished changes"


class PersonaForm(forms.ModelForm):  # type: ignore[type-arg]
    """Offers voices and languages as lists, in which a stored value that is not among them stays selectable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (("voice", GOOGLE_VOICES), ("language", LANGUAGES)):
            if field := self.fields.get(name):
                stored = getattr(self.instance, name)
                others = [] if stored in offered else [(stored, stored)]
                self.fields[name] = forms.ChoiceField(
                    choices=[*others, *offered.items()],
                    label=field.label,
                    help_text=field.help_text,
                    initial=field.initial,
                    widget=UnfoldAdminSelectWidget(),
                )


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """The instructions of an agent. They may be empty in a draft: only publishing requires them."""

    instructions = CleanTextField(
        required=False,
        max_length=LONGEST_INSTRUCTIONS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24}),
        help_text=Agent._meta.get_field("instructions").help_text,
    )

    class Meta:
        model = Agent
        fields = ["instructions"]


class AgentInline(OwnedInline, StackedInline):  # type: ignore[misc]
    """The instructions of the persona's only agent."""

    model = Agent
    form = AgentForm
    fields = ["instructions"]  # `on_enter_prompt` matters once a persona can have several agents
    extra = 0
    min_num = 1
    max_num = 1
    can_delete = False
    verbose_name = verbose_name_plural = "Instructions"


@admin.register(Persona)
class PersonaAdmin(PersonaPages):
    """List, form and publishing of personas."""

    form = PersonaForm
    list_display = ["name", "customer", "live_version", "draft_state", "used_by", "updated"]
    list_filter = [("customer", ScopedFilter), NeverPublishedFilter, "origin"]
    search_fields = ["name", "slug", "welcome_message"]
    list_select_related = ["customer", "published"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AgentInline]
    actions_detail = ["preview", "versions", "duplicate"]
    change_form_outer_before_template = "admin/personas/persona/status.html"
    object_history_template = "admin/personas/persona/history.html"
    delete_confirmation_template = "admin/personas/persona/delete.html"
    teaching = (
        "A persona is the agent callers talk to: a name, a voice and a prompt. "
        "Create one, publish it, then assign it to a phone number."
    )
    fieldsets = [
        (
            "General",
            {"fields": ["customer", "name", "slug"]},
        ),
        (
            "Greeting and closing",
            {
                "fields": ["welcome_message", "closing_message"],
                "description": "Spoken word for word.",
            },
        ),
        (
            "Voice",
            {
                "fields": ["provider", "model", "voice", "language", "emotion", "temperature"],
                "description": "Set the language first; the other defaults suit phone calls.",
            },
        ),
        ("Recording", {"fields": ["recording"]}),
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

    @display(description="live version", ordering="published__number", label={NEVER_PUBLISHED: "warning"})
    def live_version(self, persona: Persona) -> str:
        return f"v{persona.version_number}" if persona.published else NEVER_PUBLISHED

    @display(description="draft", label={UNPUBLISHED_CHANGES: "warning"})
    def draft_state(self, persona: Persona) -> str:
        return UNPUBLISHED_CHANGES if persona.published and persona.has_unpublished_changes() else ""

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
            context |= {
                "draft_status": persona_pages.find_draft_status(obj.pk),
                "usage": find_usage(obj),
                "note_classes": " ".join(INPUT_CLASSES),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_add(self, request: HttpRequest, obj: Persona, *args: Any, **kwargs: Any) -> HttpResponse:
        if "_publish" in request.POST:
            return self._publish(request, obj)
        return cast(HttpResponse, super().response_add(request, obj, *args, **kwargs))

    def response_change(self, request: HttpRequest, obj: Persona) -> HttpResponse:
        if "_publish" in request.POST:
            return self._publish(request, obj)
        if obj.published and obj.has_unpublished_changes():
            messages.info(request, f"Draft saved. Version {obj.version_number} stays live.")
            return HttpResponseRedirect(reverse("admin:personas_persona_change", args=[obj.pk]))
        return cast(HttpResponse, super().response_change(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the draft. When it is published next, the publication's record in the history has its changes too."""
        if not (change and self.publishes(request)):
            super().save_model(request, obj, form, change)
            return
        obj.skip_history_when_saving = True
        super().save_model(request, obj, form, change)
        del obj.skip_history_when_saving
        obj.is_record_owed = form.has_changed()

    def publishes(self, request: HttpRequest) -> bool:
        return "_publish" in request.POST

    def _publish(self, request: HttpRequest, persona: Persona) -> HttpResponse:
        """Publish the draft, which is saved already with its agents, and say what came of it.

        Important: not one of unfold's submit-line actions. Those run before the inlines are saved and would freeze old
        instructions.
        """
        before = persona.published_id
        version, mistakes = persona_pages.publish_or_explain(persona, request)
        if getattr(persona, "is_record_owed", False) and (version is None or version.pk == before):
            persona.save(update_fields=["name"])  # writes the record of the draft's changes
        if version is None:
            messages.error(request, f"Draft saved. Not published: {' '.join(mistakes)}")
        elif version.pk == before:
            messages.info(request, f"Nothing to publish: version {version.number} is already live.")
        else:
            messages.success(request, _published(persona, version))
        return HttpResponseRedirect(reverse("admin:personas_persona_change", args=[persona.pk]))


def _published(persona: Persona, version: PersonaVersion) -> str:
    """Return which version is live, with a link to restore the one before."""
    live = f"Version {version.number} is live from the next call."
    before = version.before()
    if before is None:
        return live
    restore = reverse("admin:personas_persona_restore", args=[persona.pk, before.number])
    return format_html('{} <a class="vp-link" href="{}">Restore version {}</a>', live, restore, before.number)
