"""The admin's pages about who answers. Importing this package registers them."""

from personas.admin import api_key, crm, customer, number, persona, rule, saved_view, user

__all__ = ["api_key", "crm", "customer", "number", "persona", "rule", "saved_view", "user"]
