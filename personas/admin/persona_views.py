"""Serves the pages of a persona besides its form: preview, versions, restore, duplicate, discard, history, delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from personas.access.scoped_admin import RecordedAdmin
from personas.admin import persona_pages
from personas.admin.usage import find_usage
from personas.models import Persona, PersonaVersion


class DuplicateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and slug of the copy."""

    class Meta:
        model = Persona
        fields = ["name", "slug"]
        widgets = {"name": UnfoldAdminTextInputWidget(), "slug": UnfoldAdminTextInputWidget()}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Persona.objects.filter(customer=self.instance.customer_id, slug=slug).exists():
            raise forms.ValidationError(
                f"{self.instance.customer} already has a persona with the slug “{slug}”. Choose another one."
            )
        return slug


class PersonaPages(RecordedAdmin):
    """Pages that are reached from a persona's form. Each exists only for members of its customer."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            ("versions/<int:number>/restore/", self.restore, "restore"),
            ("discard/", self.discard, "discard"),
        ]
        pages = [
            path(f"<path:object_id>/{end}", self.admin_site.admin_view(view), name=f"personas_persona_{name}")
            for end, view, name in own
        ]
        return [*pages, *super().get_urls()]

    @action(description="Preview", url_path="preview", icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        persona = self._seen(request, object_id)
        return self._persona_page(
            request, "preview.html", persona, f"Preview of {persona}", persona_pages.render_draft(persona)
        )

    @action(description="Versions", url_path="versions", icon="history_edu")
    def versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        persona = self._seen(request, object_id)
        page, rows = persona_pages.list_versions(persona, request.GET.get("page"))
        context = {"page": page, "rows": rows, "may_publish": self.has_change_permission(request, persona)}
        return self._persona_page(request, "versions.html", persona, f"Versions of {persona}", context)

    def restore(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """Confirm (GET) and do (POST)."""
        persona = self._changed(request, object_id)
        version = get_object_or_404(PersonaVersion, persona=persona, number=number)
        if request.method != "POST":
            context = {"plan": persona_pages.plan_restore(persona, version), "usage": find_usage(persona)}
            return self._persona_page(request, "restore.html", persona, f"Restore version {number}", context)
        try:
            now = persona.restore(version, by=request.user)  # type: ignore[arg-type]
        except ValidationError as refused:
            messages.error(request, f"Version {number} was not restored: {' '.join(refused.messages)}")
        else:
            messages.success(request, f"Version {number} restored as version {now.number}. Live from the next call.")
        return HttpResponseRedirect(reverse("admin:personas_persona_versions", args=[persona.pk]))

    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Confirm (GET) and do (POST): the draft becomes the live version again."""
        persona = self._changed(request, object_id)
        edit_page = reverse("admin:personas_persona_change", args=[persona.pk])
        if request.method != "POST":
            return self._persona_page(
                request,
                "discard.html",
                persona,
                f"Discard changes of {persona}",
                {"lost": persona_pages.list_unpublished(persona)},
            )
        try:
            persona.discard_draft()
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            messages.success(request, "Changes discarded.")
        return HttpResponseRedirect(edit_page)

    @action(description="Duplicate", url_path="duplicate", icon="content_copy", permissions=["change"])
    def duplicate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name (GET) and make the copy (POST)."""
        persona = self._changed(request, object_id)
        named = persona_pages.name_copy(persona)
        form = DuplicateForm(request.POST or None, instance=Persona(customer=persona.customer), initial=named)
        if request.method != "POST" or not form.is_valid():
            return self._persona_page(request, "duplicate.html", persona, f"Duplicate {persona}", {"form": form})
        copy = persona.duplicate(name=form.cleaned_data["name"], slug=form.cleaned_data["slug"])
        messages.success(request, f"{copy} created as a draft. Callers cannot reach it until you publish.")
        return HttpResponseRedirect(reverse("admin:personas_persona_change", args=[copy.pk]))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        persona = self.get_object(request, unquote(object_id))  # None: not this user's, or no id at all
        extra = {"instruction_changes": persona_pages.list_instruction_changes(persona.pk) if persona else []}
        return super().history_view(request, object_id, {**(extra_context or {}), **extra})

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Add what simple_history leaves out, because it is no field of the form: which version was published."""
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)
        persona_pages.add_publications(list(historical_records))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        persona = self.get_object(request, unquote(object_id))
        extra = {"usage": find_usage(persona), "version_count": persona.versions.count()} if persona else {}
        return super().delete_view(request, object_id, {**(extra_context or {}), **extra})

    def _seen(self, request: HttpRequest, object_id: str) -> Persona:
        """Return the persona, if this user may view it."""
        persona: Persona | None = self.get_object(request, unquote(object_id))
        if persona is None or not self.has_view_permission(request, persona):
            raise Http404(f"No persona {object_id}, or you have no access to it.")
        return persona

    def _changed(self, request: HttpRequest, object_id: str) -> Persona:
        """Return the persona, if this user may change it."""
        persona = self._seen(request, object_id)
        if not self.has_change_permission(request, persona):
            raise PermissionDenied
        return persona

    def _persona_page(
        self, request: HttpRequest, template: str, persona: Persona, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        return self._page(request, template, title, {"original": persona, "persona": persona} | context)
