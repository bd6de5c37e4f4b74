"""Shows phone numbers in templates."""

from django import template

from voiceplatform.phone_numbers import WITHHELD, format_caller

register = template.Library()


@register.filter
def phone(stored: str, missing: str = WITHHELD) -> str:
    """Return a stored number as people write it, `+1 555 123 0100`; `missing` when there is none."""
    return format_caller(stored, missing)
