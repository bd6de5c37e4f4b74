"""Secrets in the database are sealed, and shown only where they are needed."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from campaigns.models import PhoneHashKey
from personas.models import Customer
from tests.conftest import make_customer
from voiceplatform.encryption.key_rotation import rotate_all
from voiceplatform.encryption.secret import NoKeyFitsError, Secret

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
TOKEN = "crm-s3cret-token"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def customer(db) -> Customer:
    PhoneHashKey.objects.all().delete()  # it was sealed with the key of all tests
    customer = make_customer()
    customer.crm_token = TOKEN
    customer.save()
    return Customer.objects.get(pk=customer.pk)


def stored(customer):
    with connection.cursor() as cursor:
        cursor.execute("SELECT crm_token FROM personas_customer WHERE id = %s", [customer.pk])
        return cursor.fetchone()[0]


def test_the_database_never_holds_the_text(customer):
    assert stored(customer).startswith("fernet:gAAAA")
    assert TOKEN not in stored(customer)
    assert customer.crm_token.reveal() == TOKEN


def test_no_secret_is_no_text(db):
    customer = make_customer()

    assert (bool(customer.crm_token), customer.crm_token.reveal(), stored(customer)) == (False, "", "")


def test_a_row_tells_nothing_automatically(customer):
    said = f"{customer.crm_token} {customer.crm_token!r} {vars(customer)}"

    assert TOKEN not in said
    assert str(customer.crm_token) == "set"


def test_not_even_before_it_is_saved():
    assert TOKEN not in str(vars(Customer(crm_token=TOKEN)))


def test_a_row_can_be_pickled_and_loaded_in_part(customer):
    assert pickle.loads(pickle.dumps(customer)).crm_token.reveal() == TOKEN
    assert Customer.objects.defer("crm_token").get(pk=customer.pk).crm_token.reveal() == TOKEN


def test_update_seals_too(customer):
    Customer.objects.update(crm_token="another")

    assert "another" not in stored(customer)
    assert Customer.objects.get(pk=customer.pk).crm_token.reveal() == "another"


def test_a_dump_is_sealed_and_can_be_loaded(customer):
    dump = serializers.serialize("json", [customer])
    Customer.objects.update(crm_token="")
    next(iter(serializers.deserialize("json", dump))).save()

    assert TOKEN not in dump
    assert Customer.objects.get(pk=customer.pk).crm_token.reveal() == TOKEN


@pytest.mark.parametrize("lookup", ["crm_token", "crm_token__startswith", "crm_token__in"])
def test_no_one_searches_it(db, lookup):
    with pytest.raises(FieldError, match="crm_token is encrypted and cannot be searched"):
        Customer.objects.filter(**{lookup: TOKEN})


def test_the_history_does_not_have_it(customer):
    assert "crm_token" not in {field.name for field in Customer.history.model._meta.fields}


def test_without_its_key_a_row_loads_and_the_secret_says_why_not(customer, settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(NoKeyFitsError) as refused:
        Customer.objects.get(pk=customer.pk).crm_token.reveal()
    assert "put back the key" in str(refused.value)
    assert stored(customer)[10:30] not in str(refused.value)


def test_an_older_key_still_opens(customer, settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    assert customer.crm_token.reveal() == TOKEN


# -- changing keys


def test_after_the_command_the_old_key_can_go(customer, settings, capsys):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_encryption_keys")
    first = capsys.readouterr().out
    call_command("rotate_encryption_keys")
    second = capsys.readouterr().out
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    assert "personas.customer.crm_token: 1 sealed with the newest key, 0 already were." in first
    assert "Run it once more" in first
    assert "0 sealed with the newest key, 1 already were." in second
    assert "The older keys can be taken out." in second
    assert Customer.objects.get(pk=customer.pk).crm_token.reveal() == TOKEN


def test_a_secret_that_no_key_opens_is_named_and_the_others_are_done(customer, settings, capsys):
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    lost = make_customer("lost", crm_token="x")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    with pytest.raises(
        CommandError, match=rf"1 cannot be opened with any key in FIELD_ENCRYPTION_KEYS \(id {lost.pk}\)"
    ):
        call_command("rotate_encryption_keys")
    assert "1 sealed with the newest key" in capsys.readouterr().out


def test_a_secret_set_meanwhile_is_not_overwritten(customer, settings, monkeypatch):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    seal = Secret.seal

    def seal_while_another_process_writes(text):
        Customer.objects.filter(pk=customer.pk).update(crm_token=seal("set meanwhile"))
        return seal(text)

    monkeypatch.setattr(Secret, "seal", seal_while_another_process_writes)
    (done,) = [rotation for rotation in rotate_all() if rotation.column == "personas.customer.crm_token"]

    assert (done.renewed, done.changed_meanwhile) == (0, 1)
    assert Customer.objects.get(pk=customer.pk).crm_token.reveal() == "set meanwhile"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_every_secret_whole(settings):
    for number in range(60):
        make_customer(f"customer-{number}", crm_token=f"token-{number}")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    def run(_):
        try:
            return next((done.renewed, done.already, done.changed_meanwhile) for done in rotate_all(at_once=7))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(run, range(2)))
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    assert sum(renewed for renewed, _, _ in counts) == 60
    assert {customer.crm_token.reveal() for customer in Customer.objects.all()} >= {
        f"token-{number}" for number in range(60)
    }


def test_what_a_killed_run_left_is_done_by_the_next(customer, settings):
    make_customer("second", crm_token="second")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    Customer.objects.filter(pk=customer.pk).update(crm_token=customer.crm_token.renewed())  # as far as it came

    done = next(rotate_all(at_once=1))

    assert (done.renewed, done.already) == (1, 1)
