"""Decides with which token the CRM is asked about a customer's numbers, or that it is not asked.

Important: with the installation's token the CRM answers about every number it knows, and what it answers becomes the
customer's to read. So only the default customer uses that token, unless PERSONA_API_SHARED_TOKEN says that all
customers share one CRM.
"""

from django.conf import settings

from personas.crm.answer import CrmError, CrmReason
from personas.models import Customer
from personas.models.customer import DEFAULT_CUSTOMER
from voiceplatform.encryption.secret import NoKeyFitsError


def has_token(customer: Customer) -> bool:
    """Whether the customer has a token for the CRM, or the CRM needs none."""
    return bool(
        customer.crm_token
        or not settings.PERSONA_API_TOKEN
        or settings.PERSONA_API_SHARED_TOKEN
        or customer.slug == DEFAULT_CUSTOMER
    )


def token_for(customer: Customer) -> str:
    """Return the token, "" for a CRM that needs none.

    Raises CrmError when the customer's own cannot be decrypted: another token would ask in another's name.
    """
    if not has_token(customer):
        raise CrmError(CrmReason.NO_TOKEN)
    try:
        return customer.crm_token.reveal() or str(settings.PERSONA_API_TOKEN)
    except NoKeyFitsError:
        raise CrmError(CrmReason.TOKEN_UNREADABLE) from None
