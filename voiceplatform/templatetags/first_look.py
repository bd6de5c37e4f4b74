"""Helps those who try the product out."""

from django import template
from django.conf import settings

from voiceplatform.web import demo_user

register = template.Library()


@register.simple_tag
def demo_name() -> str:
    """Return whom to sign in as after `make demo`; "" without DEBUG or such a user. Cost: one query with DEBUG."""
    return demo_user.NAME if settings.DEBUG and demo_user.may_sign_in() else ""
