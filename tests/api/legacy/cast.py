"""Requests as the older dialer's clients send them."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import Campaign
from tests.api.cast import api
from tests.campaigns.cast import make_lead, make_list
from tests.conftest import make_customer

OLDER = "/api/agentic"
TEXT = "prospect_name,phone,company_name,Industry\nAnn,212-555-0101,Acme,Retail\nBob,12,,\n"


def dialer(**values) -> Client:
    """A client with a key of Riverside."""
    return api("campaigns:read", "campaigns:write", customer=make_customer(), **values)


def upload(client: Client, text: str | bytes = TEXT, *, name: str = "prospects.csv", headers=None, **values):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(f"{OLDER}/csv/upload", {"file": SimpleUploadedFile(name, content), **values}, headers=headers)


def send(client: Client, address: str, **values):
    """Post a form whose files are SimpleUploadedFile."""
    return client.post(f"{OLDER}/{address}", values)


def make_default_list(name: str = "leads.csv", leads: int = 1, **values):
    """A list of the built-in campaign."""
    made = make_list(Campaign.objects.built_in_of(make_customer()), name, **values)
    for n in range(leads):
        make_lead(made, name=f"Lead {n + 1}")
    return made
