"""Who was out of touch may not call others dead."""

import pytest

from calls.dispatch.database_contact import DatabaseContact


@pytest.mark.parametrize(
    ("contacts", "at", "lasted"),
    [
        ([], 5, 0),
        ([0], 0, 0),
        ([0, 1, 2, 3], 3.5, 3.5),
        ([0, 1, 2, 3], 6, 0),  # the last contact is too old
        ([0, 1, 2, 8, 9], 9.5, 1.5),  # the database was away
    ],
)
def test_contact_lasts_from_the_last_break(contacts, at, lasted):
    contact_with_database = DatabaseContact()
    for contact in contacts:
        contact_with_database.note_contact(contact)

    assert contact_with_database.lasted(at) == lasted
