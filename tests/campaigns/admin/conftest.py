"""Browsers of people with a role at the customer of the campaigns."""

import pytest
from django.test import Client

from tests.conftest import make_customer, sign_in_member


@pytest.fixture
def manager(db) -> Client:
    return sign_in_member(make_customer(), "manager")


@pytest.fixture
def viewer(db) -> Client:
    return sign_in_member(make_customer(), "viewer")
