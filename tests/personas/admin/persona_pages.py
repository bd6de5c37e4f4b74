"""The addresses and forms of the persona pages, and what they answer."""

import re

from django.contrib.messages import get_messages
from django.urls import reverse

from personas.models import Persona

ROUTING_TEST = "/admin/personas/phonenumber/routing-test/"


def page_of(persona: Persona, name: str, *more) -> str:
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


def shows_line(html: str, sign: str, text: str) -> bool:
    """Whether the page shows this line of a difference."""
    label = "added" if sign == "+" else "removed"
    return re.search(rf'aria-label="{label}">{re.escape(sign)}</span>\s*<span>{re.escape(text)}', html) is not None


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]
