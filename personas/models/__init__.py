"""Who speaks, and who may see it. One module for each aggregate; import the models from here."""

from personas.models.api_key import ApiKey, ApiKeyManager, refuse_unknown_scopes
from personas.models.crm import CrmSnapshot
from personas.models.customer import DEFAULT_CUSTOMER, Customer, CustomerOwnedQuerySet, Membership, refuse_foreign
from personas.models.number import PhoneNumber
from personas.models.persona import Agent, Persona, PersonaVersion
from personas.models.rule import RoutingRule
from personas.models.saved_view import SavedView, SavedViewQuerySet

__all__ = [
    "DEFAULT_CUSTOMER",
    "Agent",
    "ApiKey",
    "ApiKeyManager",
    "CrmSnapshot",
    "Customer",
    "CustomerOwnedQuerySet",
    "Membership",
    "Persona",
    "PersonaVersion",
    "PhoneNumber",
    "RoutingRule",
    "SavedView",
    "SavedViewQuerySet",
    "refuse_foreign",
    "refuse_unknown_scopes",
]
