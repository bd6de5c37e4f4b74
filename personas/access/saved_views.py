"""Lists the saved views of an admin list: links above it, and what is chosen at the moment, to be saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from personas.models import SavedView

NOT_SAVED = ("p", "e", "all", "_changelist_filters", "_facets")  # pages, and what Django adds


@dataclass(frozen=True, kw_only=True)
class ViewLink:
    """A view above its list."""

    name: str
    address: str
    is_current: bool
    shared_by: str  # the user; "" for one's own


@dataclass(frozen=True, kw_only=True)
class SavedViews:
    """What stands above a list."""

    links: list[ViewLink]
    save: str  # the address of the form; "" when nothing is chosen, or what is chosen is saved
    manage: str


def read_saved_views(opts: Any, request: HttpRequest) -> SavedViews:
    """Return the views of a model's list that the user may open. Cost: one query."""
    chosen = read_choice(request.GET)
    visible = SavedView.objects.visible_to(request.user).filter(page=opts.label_lower).select_related("user")
    links = [
        ViewLink(
            name=view.name,
            address=address_of(view),
            is_current=bool(chosen) and read_choice(QueryDict(view.query)) == chosen,
            shared_by="" if view.user_id == request.user.pk else view.user.get_username(),
        )
        for view in visible
    ]
    is_saved = not chosen or any(link.is_current for link in links)
    form = reverse("admin:personas_savedview_add")
    query = urlencode({"page": opts.label_lower, "query": urlencode(chosen, doseq=True)})
    return SavedViews(
        links=links, save="" if is_saved else f"{form}?{query}", manage=reverse("admin:personas_savedview_changelist")
    )


def read_choice(query: QueryDict) -> dict[str, list[str]]:
    """Return the filters, the search and the order of a list's address, in a fixed order."""
    kept = {name: [each for each in values if each] for name, values in query.lists() if name not in NOT_SAVED}
    return {name: kept[name] for name in sorted(kept) if kept[name]}


def address_of(view: SavedView) -> str:
    app, model = view.page.split(".")
    return f"{reverse(f'admin:{app}_{model}_changelist')}?{view.query}"
