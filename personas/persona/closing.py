"""Decides what is said before the agent hangs up when a persona has no closing message of its own.

Pure: no Django, no LiveKit.
"""

ENGLISH = "Thank you for your call. Goodbye."

# By language without script and country: a goodbye on the telephone that fits every organization.
DEFAULT_CLOSING_MESSAGES = {
    "cs": "Děkujeme za zavolání. Na slyšenou.",
    "da": "Tak for opkaldet. Farvel.",
    "de": "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
    "en": ENGLISH,
    "es": "Gracias por su llamada. Adiós.",
    "fi": "Kiitos soitosta. Kuulemiin.",
    "fr": "Merci de votre appel. Au revoir.",
    "it": "Grazie per la chiamata. Arrivederci.",
    "nb": "Takk for samtalen. Ha det bra.",
    "nl": "Bedankt voor uw telefoontje. Tot ziens.",
    "pl": "Dziękujemy za telefon. Do usłyszenia.",
    "pt": "Obrigado pela sua ligação. Até logo.",
    "sv": "Tack för samtalet. Hej då.",
}


def default_closing_message(language: str) -> str:
    """Return the closing message in the language of a BCP 47 tag such as `de-DE`, in English where there is none."""
    return DEFAULT_CLOSING_MESSAGES.get(language.split("-")[0].lower(), ENGLISH)
