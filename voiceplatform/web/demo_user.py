"""The user of `make demo`."""

from django.contrib.auth.models import User

NAME = "demo"


def may_sign_in() -> bool:
    """Whether the demo's user exists and can sign in to the admin. Cost: one query."""
    return User.objects.filter(username=NAME, is_active=True, is_staff=True).exists()
