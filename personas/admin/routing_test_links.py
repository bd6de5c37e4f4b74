"""Links to the routing test, from a list and from a row."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.generic import RedirectView
from unfold.decorators import action

from personas.access.scoped_admin import ScopedAdmin
from personas.admin import routing_test


class RoutingTestLinks(ScopedAdmin):
    """Leads from a list and from a row to the routing test."""

    actions_list = ["routing_test"]
    actions_detail = ["test_routing"]

    def parties_of(self, row: Any) -> dict[str, str]:
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        old = RedirectView.as_view(pattern_name="admin:personas_phonenumber_routing_test", query_string=True)
        return [path("who-would-answer/", self.admin_site.admin_view(old)), *super().get_urls()]

    @action(description="Test routing", url_path="routing-test", icon="contact_phone")
    def routing_test(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Routing test", **routing_test.find(request)}
        return TemplateResponse(request, "admin/personas/phonenumber/routing_test.html", context)

    @action(description="Test routing", url_path="test-routing", icon="contact_phone")
    def test_routing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404(f"No {self.opts.verbose_name} {object_id}, or you have no access to it.")
        return HttpResponseRedirect(
            f"{reverse('admin:personas_phonenumber_routing_test')}?{urlencode(self.parties_of(row))}"
        )
