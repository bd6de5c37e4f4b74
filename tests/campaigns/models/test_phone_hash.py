"""Does a number stay blocked after its person was erased, without being kept?"""

import pytest
from django.db import connection

from campaigns.models import DoNotCall, PhoneHashKey, find_block, phone_hash
from campaigns.models.listed_numbers import find_listed
from tests.campaigns.cast import make_campaign
from tests.campaigns.entries import BLOCKED, NINE, add
from tests.conftest import make_customer
from voiceplatform.encryption.key_rotation import rotate_all

pytestmark = pytest.mark.django_db


def forget(phone: str = BLOCKED) -> int:
    return DoNotCall.objects.filter(customer=make_customer()).forget(phone)


def stored_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM campaigns_donotcall t")
        return str(cursor.fetchone()[0])


def test_an_erased_number_stays_blocked_and_is_not_stored():
    add()
    add("+12125550142")

    assert forget() == 1
    assert find_block(BLOCKED, customer=make_customer()).is_removed is False
    assert BLOCKED not in stored_text()
    assert "+12125550142" in stored_text()
    assert find_block("+12125550143", customer=make_customer()) is None


def test_an_erased_number_is_blocked_in_its_scope_only():
    add(scope="campaign", campaign="q4_sales")
    forget()

    assert find_block(BLOCKED, customer=make_customer(), campaign="q4_sales")
    assert find_block(BLOCKED, customer=make_customer()) is None
    assert find_block(BLOCKED, customer=make_customer("brightline"), campaign="q4_sales") is None


def test_a_removed_entry_of_an_erased_number_still_blocks_nothing():
    add().remove(by="leo", reason="New consent", now=NINE)
    forget()

    assert BLOCKED not in stored_text()
    assert find_block(BLOCKED, customer=make_customer()) is None


def test_other_customers_entries_stay_as_they_are():
    other = add(customer=make_customer("brightline"))
    forget()

    other.refresh_from_db()
    assert other.phone == BLOCKED


def test_a_number_that_was_listed_again_is_erased_again():
    first = add()
    forget()
    add()
    forget()

    assert BLOCKED not in stored_text()
    assert find_block(BLOCKED, customer=make_customer()) == first


def test_a_process_that_knows_another_key_hashes_with_the_stored_one(monkeypatch):
    monkeypatch.setattr(phone_hash, "_known", ["the key of a database that was replaced"])
    add()
    forget()
    monkeypatch.setattr(phone_hash, "_known", [])  # as in a process that starts now

    assert find_block(BLOCKED, customer=make_customer())


def test_a_change_of_the_encryption_keys_loses_no_hash(settings, monkeypatch):
    from cryptography.fernet import Fernet

    add()
    forget()
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    list(rotate_all())
    settings.FIELD_ENCRYPTION_KEYS = [new]
    monkeypatch.setattr(phone_hash, "_known", [])

    assert find_block(BLOCKED, customer=make_customer())


def test_the_key_is_sealed():
    phone_hash.read_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM campaigns_phonehashkey")
        assert cursor.fetchone()[0].startswith("fernet:")
    assert PhoneHashKey.objects.count() == 1


def test_an_entry_of_an_erased_number_says_so(admin_client):
    add()
    forget()
    html = admin_client.get("/admin/campaigns/donotcall/").content.decode()
    answer = admin_client.get("/admin/campaigns/donotcall/check-number/", {"number": BLOCKED}).content.decode()

    assert "Erased number" in html
    assert "whose person was erased, is blocked for Riverside" in answer


def test_an_erased_number_is_recognized_by_an_import():
    campaign = make_campaign()
    add()
    add(prefix="+1900")
    forget()

    assert find_listed([BLOCKED, "+19005550142", "+12125550142"], campaign) == {BLOCKED, "+19005550142"}
