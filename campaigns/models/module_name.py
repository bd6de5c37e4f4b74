"""How a campaign is named in the API, by commands and on the do-not-call list."""

from django.core.validators import RegexValidator

LONGEST_CAMPAIGN = 100  # characters
MODULE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z",
    "“%(value)s” is not a campaign's module name. Use letters without accents, digits, “_”, “-” and “.”, e.g. q4_sales.",
)
