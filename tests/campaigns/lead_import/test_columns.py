"""Is the header found, and does every column fill the right field?"""

import io

import pytest

from campaigns.lead_import.columns import MappingError, find_layout
from campaigns.lead_import.header_words import read_header_name
from campaigns.lead_import.read import read_records

OLD_DIALER = "prospect_name,company_name,job_title,phone,email,timezone,resource_name"
ANN = "Ann Ray,212-555-0101"


def layout(text: str, mapping=None, region="US"):
    return find_layout(list(read_records(io.BytesIO(text.encode())).records), region, mapping)


def fields(text: str, mapping=None, region="US") -> list[str]:
    return [column.field.value for column in layout(text, mapping, region).columns]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (OLD_DIALER, "name company title phone email time_zone resource_name"),
        ("First Name,Last Name,Primary Phone,Company Name", "first_name last_name phone company"),
        ("firstName,lastName,phoneNumber", "first_name last_name phone"),
        ("Vorname,Nachname,Firma,Handy-Nr.,PLZ,Land", "first_name last_name company phone postal_code country"),
        ("Prénom,Nom,Société,Téléphone portable,Courriel", "first_name name company phone email"),
        ("Nombre,Apellidos,Teléfono móvil,Cargo", "first_name last_name phone title"),
        ("Nome,Cognome,Cellulare,Azienda", "first_name last_name phone company"),
        ("Nome completo,Telemóvel,Empresa,Fuso horário", "name phone company time_zone"),
        ("Voornaam,Achternaam,Telefoonnummer,Bedrijf", "first_name last_name phone company"),
        ("Imię,Nazwisko,Nr telefonu,Stanowisko", "first_name last_name phone title"),
        ("Name,Phone 1 - Type,Phone 1 - Value", "name extra phone"),
        ("Name,Phone,Fax,Phone status,Phone Verified", "name phone extra extra extra"),
        ("Customer,Contact name,Phone", "extra name phone"),
        ("Title,Job title,Phone", "extra title phone"),
        ("Name,Name,Home phone,Mobile", "name name phone phone"),
    ],
)
def test_names_of_columns_are_known_in_many_languages(header, expected):
    assert fields(f"{header}\nx,y,z\n") == expected.split()


@pytest.mark.parametrize("name", ["", "Phone list", "Fax", "Notes", "Telefax", "Do not call", "x" * 500])
def test_other_words_are_no_field(name):
    assert read_header_name(name) is None


def test_lines_above_the_header_are_not_it():
    found = layout(f"Phone list,\nExported,2026-11-02\n\nName,Phone\n{ANN}\n")

    assert found.header_line == 4


def test_a_wider_header_of_another_file_below_is_not_the_header():
    found = layout(f"Name,Phone\n{ANN}\nName,Phone,Company,Email\n{ANN},Acme,a@example.com\n")

    assert found.header_line == 1


def test_pairs_of_words_above_the_header_are_not_it():
    assert layout(f"Kind,Mobile,\nName,Phone,Company\n{ANN},Acme\n").header_line == 2


def test_a_row_with_a_number_in_it_is_no_header():
    assert layout('[{"name": "Ann", "phone": "212-555-0101"}]\n').header_line is None


def test_without_a_header_columns_are_told_by_their_content():
    rows = "Ann Ray,212-555-0101,ann@example.com,America/Chicago,17\nBob Sun,212-555-0102,,,18\n"

    assert layout(rows).header_line is None
    assert fields(rows) == ["name", "phone", "email", "time_zone", "extra"]


def test_a_header_in_an_unknown_language_is_told_by_the_numbers_below_it():
    found = layout("Nimi,Puhelinnumero,Yritys\nAino,+358 9 4245 0101,Oy\n", region="FI")

    assert found.header_line == 1
    assert [column.field.value for column in found.columns] == ["extra", "phone", "extra"]


def test_a_header_without_a_name_for_the_phone_is_a_header():
    found = layout(f"Name,,Company\n{ANN},Acme\n")

    assert (found.header_line, found.mapping) == (1, {"Name": "name", "column 2": "phone", "Company": "company"})


@pytest.mark.parametrize("name", ["Name", "Phone", "Notes", ""])
def test_thousands_of_columns_are_read_in_a_moment(name):
    found = layout(",".join([name] * 5_000) + f"\n{ANN}\n")

    assert len(found.columns) <= 5_000


def test_a_mapping_goes_before_what_was_guessed():
    header = f"Name,Phone,Second\n{ANN},212-555-0102\n"

    assert fields(header, {"Second": "phone", "Name": "company"}) == ["company", "extra", "phone"]


def test_a_mapping_may_name_places_without_a_header():
    assert fields(f"{ANN}\n", {"column 1": "company"}) == ["company", "phone"]


def test_two_columns_mapped_to_one_field_are_refused_with_both_names():
    with pytest.raises(MappingError, match="“Name” and “Alias” are both mapped to name") as refused:
        layout(f"Name,Alias,Phone\nx,{ANN}\n", {"Name": "name", "Alias": "name"})

    assert refused.value.columns == ("Name", "Alias")


@pytest.mark.parametrize("mapping", [{"Nickname": "name"}, {"Name": "nickname"}])
def test_a_mapping_to_what_does_not_exist_is_refused(mapping):
    with pytest.raises(MappingError):
        layout(f"Name,Phone\n{ANN}\n", mapping)
