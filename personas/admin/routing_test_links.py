"""Links to the routing test, from a list and from a row."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from personas.access.scoped_admin import ScopedAdmin
from personas.admin import routing_test


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
        context = {**self.admin_site.each_context(request), "title": "Who would answer?", **routing_test.find(request)}
        return TemplateResponse(request, "admin/personas/phonenumber/who_would_answer.html", context)

    @action(description="Who would answer?", url_path="who-answers-here", icon="contact_phone")
    def who_answers_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id} among those of your customers.")
        return HttpResponseRedirect(
            f"{reverse('admin:personas_phonenumber_who_would_answer')}?{urlencode(self.parties_of(row))}"
        )
