"""Shows phone numbers in templates."""

from django import template

from voiceplatform.phone_numbers import format_phone

register = template.Library()


@register.filter
def phone(stored: str, missing: str = "Caller ID withheld") -> str:
    """Return a stored number as people write it, `+1 555 123 0100`; `missing` when there is none."""
    return format_phone(stored) if stored else missing
