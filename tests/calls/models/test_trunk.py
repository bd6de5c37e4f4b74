"""Over which trunks may a customer's calls leave, and what is refused in a trunk?"""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from calls.models import Trunk
from tests.conftest import make_customer, make_trunk

pytestmark = pytest.mark.django_db


def test_a_customers_own_trunk_comes_before_a_shared_one():
    ours, other = make_customer("ours"), make_customer("other")
    shared = make_trunk(name="shared")
    own = make_trunk(name="own", customer=ours)
    make_trunk(name="foreign", customer=other)
    make_trunk(name="switched off", customer=ours, enabled=False)
    assert list(Trunk.objects.usable_by(ours.pk)) == [own, shared]


def test_the_password_is_kept_sealed():
    trunk = make_trunk(auth_username="us", auth_password="hunter2")
    stored = Trunk.objects.filter(pk=trunk.pk).values_list("auth_password", flat=True).get()
    assert "hunter2" not in stored.sealed
    assert Trunk.objects.get(pk=trunk.pk).auth_password.reveal() == "hunter2"
    assert not any("hunter2" in str(row.__dict__) for row in trunk.history.all())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "sip:carrier.example"),
        ("address", "user@carrier.example"),
        ("address", "carrier.example:port"),
        ("address", "two words"),
        ("address", ""),
        ("numbers", []),
        ("numbers", ["5551230100"]),
        ("numbers", ["+15551230100", "+15551230100"]),
        ("numbers", "+15551230100"),
        ("numbers", [15551230100]),
        ("ringing_seconds", 14),
        ("ringing_seconds", 71),
        ("calls_per_second", 0),
        ("concurrency", 0),
        ("transport", "sctp"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field, value):
    trunk = Trunk(**{"name": "T", "address": "sip.example.com", "numbers": ["+15551230100"], field: value})
    with pytest.raises(ValidationError) as refused:
        trunk.full_clean()
    assert field in refused.value.message_dict


@pytest.mark.parametrize("address", ["sip.example.com", "192.0.2.10:5060", "[2001:db8::1]:5061", "carrier"])
def test_a_host_is_taken_with_or_without_a_port(address):
    Trunk(name="T", address=address, numbers=["+15551230100"]).full_clean()


def test_a_ringing_time_beyond_livekits_limit_cannot_even_be_stored():
    with pytest.raises(IntegrityError):
        make_trunk(ringing_seconds=90)


def test_a_password_without_a_user_name_is_refused():
    trunk = Trunk(name="T", address="sip.example.com", numbers=["+15551230100"], auth_password="secret")
    with pytest.raises(ValidationError, match="needs a user name"):
        trunk.full_clean()
