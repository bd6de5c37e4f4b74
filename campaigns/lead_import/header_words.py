"""Says which field of a lead the name of a column means, in English and seven other languages. Pure: data and look-up."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache


class Field(StrEnum):
    """What a column of a lead file holds."""

    PHONE = "phone"
    EXTENSION = "extension"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company"
    TITLE = "title"
    EMAIL = "email"
    TIME_ZONE = "time_zone"
    STATE = "state"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    RESOURCE_NAME = "resource_name"  # the person in whose name the agent calls
    CONSENT = "consent_on"  # the date on which the person agreed to be called
    EXTRA = "extra"  # kept beside the lead under the column's name
    IGNORED = "ignored"


# Names are compared without case, accents, spaces and punctuation. Languages: en, de, fr, es, it, pt, nl, pl.
_NAMES: dict[Field, str] = {
    Field.PHONE: """phone|phones|phone number|phone no|telephone|telephone number|tel|tel no|tel nr|mobile|mobile number|
        mobile phone|mob|cell|cell phone|cellphone|cell number|number to call|contact number|contact no|direct dial|
        direct line|landline|home phone|work phone|office phone|whatsapp|whatsapp number|msisdn|e164|dial number|
        Telefon|Telefonnummer|Telefonnr|Rufnummer|Handy|Handynummer|Mobil|Mobilnummer|Mobiltelefon|Festnetz|
        téléphone|numéro de téléphone|portable|mobile|téléphone portable|téléphone fixe|fixe|gsm|
        teléfono|teléfono móvil|móvil|celular|número de teléfono|número|fono|telf|tfno|
        telefono|cellulare|numero di telefono|telefono cellulare|recapito|
        telefone|telemóvel|celular|número de telefone|
        telefoon|telefoonnummer|mobiel|mobiele nummer|mobiel nummer|gsm nummer|telnr|
        telefon komórkowy|numer telefonu|nr telefonu|nr tel|komórka|numer|number""",
    Field.EXTENSION: "extension|ext|phone extension|ext no|Nebenstelle|Durchwahl|poste|extensión|interno|ramal|toestel|numer wewnętrzny",
    Field.NAME: """name|full name|fullname|prospect name|prospect|contact|contact name|contact person|lead name|lead|
        customer name|customer|client name|client|person|attendee|recipient|callee|display name|
        vollständiger Name|Ansprechpartner|Ansprechpartnerin|Kontakt|Kunde|Kundenname|Vor- und Nachname|
        nom|nom complet|nom et prénom|prénom et nom|contact|client|interlocuteur|
        nombre completo|nombre y apellidos|nombre y apellido|contacto|cliente|
        nome completo|nominativo|nome e cognome|contatto|referente|nome e sobrenome|contato|
        naam|volledige naam|contactpersoon|klant|klantnaam|
        imię i nazwisko|nazwisko i imię|osoba kontaktowa|kontakt|klient""",
    Field.FIRST_NAME: """first name|firstname|first|given name|givenname|forename|fname|
        Vorname|prénom|nombre|nombres|nome|primeiro nome|nome próprio|voornaam|imię|imiona""",
    Field.LAST_NAME: """last name|lastname|last|surname|family name|lname|
        Nachname|Familienname|Zuname|nom de famille|apellido|apellidos|cognome|sobrenome|apelido|apelidos|
        achternaam|familienaam|nazwisko""",
    Field.COMPANY: """company|company name|companyname|organisation|organization|organization name|organisation name|org|
        business|business name|employer|account|account name|firm|
        Firma|Firmenname|Unternehmen|Betrieb|société|entreprise|nom de la société|raison sociale|organisme|
        empresa|compañía|nombre de la empresa|razón social|azienda|società|ditta|ragione sociale|impresa|
        nome da empresa|companhia|razão social|bedrijf|bedrijfsnaam|onderneming|organisatie|
        nazwa firmy|przedsiębiorstwo|spółka|organizacja""",
    Field.TITLE: """title|job title|jobtitle|job|position|role|designation|occupation|
        Funktion|Berufsbezeichnung|Stelle|Beruf|fonction|poste occupé|intitulé du poste|titre|
        cargo|puesto|puesto de trabajo|ruolo|posizione|qualifica|mansione|função|profissão|
        functie|functietitel|beroep|stanowisko|zawód|funkcja""",
    Field.EMAIL: """email|e-mail|mail|email address|e-mail address|email id|
        E-Mail-Adresse|Mailadresse|courriel|adresse e-mail|adresse mail|adresse électronique|
        correo|correo electrónico|dirección de correo|posta elettronica|indirizzo e-mail|indirizzo mail|
        correio eletrónico|correio eletrônico|endereço de e-mail|e-mailadres|mailadres|adres e-mail|poczta""",
    Field.TIME_ZONE: """time zone|timezone|tz|tz name|iana time zone|
        Zeitzone|fuseau|fuseau horaire|zona horaria|huso horario|fuso|fuso orario|fuso horário|tijdzone|
        strefa czasowa""",
    Field.STATE: """state|province|state province|state or province|region|state code|
        Bundesland|état|province|région|estado|provincia|comunidad autónoma|regione|província|distrito|
        provincie|województwo""",
    Field.POSTAL_CODE: """zip|zip code|zipcode|postal code|postalcode|postcode|post code|zip postal code|
        PLZ|Postleitzahl|code postal|cp|código postal|cap|codice postale|codice avviamento postale|cep|kod pocztowy""",
    Field.COUNTRY: """country|country region|country code|country name|nation|
        Land|Staat|Ländercode|pays|code pays|país|código de país|código país|paese|nazione|codice paese|código do país|
        landcode|landnaam|kraj|kod kraju""",
    Field.RESOURCE_NAME: "resource name|resource|agent name|caller name|rep name|sales rep",
    Field.CONSENT: """consent|consent date|consent on|consented on|consented at|date of consent|consent given|
        consent timestamp|call consent|tcpa consent|tcpa consent date|opt in|opt in date|opted in on|opted in at|opt in at|
        opt in timestamp|opt in time|
        Einwilligung|Einwilligungsdatum|Einwilligung am|Datum der Einwilligung|Zustimmung|Zustimmung am|Opt-in-Datum|
        consentement|date du consentement|date de consentement|accord donné le|date d'opt-in|
        consentimiento|fecha de consentimiento|fecha del consentimiento|
        consenso|data consenso|data del consenso|consentimento|data de consentimento|data do consentimento|
        toestemming|datum toestemming|toestemmingsdatum|zgoda|data zgody|data wyrażenia zgody""",
}
# These give way where another column of the file means the field for sure: a column “Customer” beside “Contact name”.
_VAGUE = """customer|client|contact|lead|prospect|person|recipient|attendee|Kontakt|Kunde|cliente|contacto|contatto|contato|
    klant|klient|account|business|title|titre|job|number|número|numer|region|région|first|last|resource|cargo|cp|cap|land"""
# Words that stand beside a field's name and do not change it: Primary Phone, Lead email, Phone 1.
_DECORATION = {
    "primary",
    "main",
    "lead",
    "contact",
    "prospect",
    "customer",
    "client",
    "person",
    "business",
    "work",
    "home",
}
_DECORATION |= {
    "office",
    "personal",
    "direct",
    "best",
    "preferred",
    "default",
    "company",
    "value",
    "no",
    "the",
    "your",
    "of",
}
_DECORATION |= {
    "required",
    "optional",
    "us",
    "international",
    "intl",
    "e164",
    "cust",
    "day",
    "daytime",
    "evening",
    "other",
}
_DECORATION |= {
    "alternate",
    "alternative",
    "alt",
    "secondary",
    "second",
    "third",
    "additional",
    "mailing",
    "billing",
    "associated",
}
_PHONE_WORDS = {
    "phone",
    "phones",
    "telephone",
    "telephones",
    "tel",
    "mobile",
    "mobiles",
    "cell",
    "cellphone",
    "landline",
}
_PHONE_ROOTS = ("telefon", "telefoon", "telephon", "handy", "cellul", "celular", "whatsapp", "mobil", "movil", "komork")
_NOT_THE_NUMBER = {"type", "status", "fax", "label", "owner", "count", "consent", "notes", "note", "date", "time", "id"}
_NOT_THE_NUMBER |= {"carrier", "verified", "country", "extension", "ext", "provider", "valid", "calls", "model", "list"}
_NOT_THE_NUMBER |= {"opt", "in", "out", "plan", "hash", "line", "typ", "code", "telefax", "error", "score", "do", "dnc"}


def read_header_name(written: str) -> Field | None:
    """Return the field that a column's name means, None when it means none that we know."""
    plain = plain_name(written)
    if not plain or len(written) > 80:
        return None
    if field := _known().get(plain):
        return field
    words = _words(written)
    if len(words) > 6:
        return None
    kept = [word for word in words if word not in _DECORATION and not word.isdecimal()]
    if kept and (field := _known().get("".join(kept))):
        return field
    return Field.PHONE if _is_phone(words) else None


def is_vague(written: str) -> bool:
    """Whether a column's name may mean another thing than its field: only its exact words are compared."""
    return plain_name(written) in _vague()


@cache
def _vague() -> frozenset[str]:
    return frozenset("".join(_words(name.strip())) for name in _VAGUE.split("|"))


def _is_phone(words: list[str]) -> bool:
    has_phone = any(word in _PHONE_WORDS or word.startswith(_PHONE_ROOTS) for word in words)
    return has_phone and not _NOT_THE_NUMBER.intersection(words)


def plain_name(written: str) -> str:
    """Return a name as it is compared: lower case, without accents, spaces and punctuation."""
    return "".join(_words(written))


def _words(written: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written[:200])  # phoneNumber
    decomposed = unicodedata.normalize("NFKD", spaced.casefold().translate(_LETTERS))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.findall(r"[^\W_]+", bare)


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "đ": "d"})


@cache
def _known() -> dict[str, Field]:
    """Return the fields by plain name; a name that stands under two fields means the first."""
    names: dict[str, Field] = {}
    for field, listed in _NAMES.items():
        for name in listed.split("|"):
            names.setdefault("".join(_words(name.strip())), field)
    return names
