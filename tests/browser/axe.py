"""Finds what keeps users of a keyboard or a screen reader from using a page: axe-core looks, inside the page."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
# What unfold's own templates do and we cannot mend from outside, as (rule, part of the element's HTML): the reason.
UNFOLDS_OWN: dict[tuple[str, str], str] = {}


def find_barriers(page: Page, *, scheme: Literal["light", "dark"] = "light") -> list[str]:
    """Return everything serious or critical on the page as it is shown now, as `rule: element: what to do`.

    A test asserts that this is `[]`: pytest then shows the words. Page transitions are finished first, or colours were
    measured half way.
    """
    set_scheme(page, scheme)
    page.evaluate("() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {})))")
    found = Axe().run(page).response["violations"]
    return [
        _read(rule["id"], node)
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
        if not _is_unfolds(rule["id"], node)
    ]


def set_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Show the page light or dark, as it is: unfold decides by a class when the page is loaded, our error pages by the
    browser's wish.
    """
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")


def _read(rule: str, node: dict) -> str:
    return f"{rule}: {node['html'][:160]}: {node['failureSummary'].splitlines()[-1].strip()}"


def _is_unfolds(rule: str, node: dict) -> bool:
    return any(rule == known and part in node["html"] for known, part in UNFOLDS_OWN)
