"""Says what is told to a person who asked not to be called again, once the number is on the do-not-call list.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

ENGLISH = "Understood. Your number is on our do-not-call list now, and we will not call you again."

CONFIRMATIONS = {  # by language without script and country
    "de": "Verstanden. Ihre Nummer steht jetzt auf unserer Sperrliste, und wir rufen Sie nicht mehr an.",
    "en": ENGLISH,
    "es": "Entendido. Su número ya está en nuestra lista de exclusión y no volveremos a llamarle.",
    "fr": "C'est noté. Votre numéro est maintenant sur notre liste d'opposition et nous ne vous appellerons plus.",
    "it": "Capito. Il suo numero è ora nella nostra lista di esclusione e non la chiameremo più.",
    "nl": "Begrepen. Uw nummer staat nu op onze bel-me-niet-lijst en we bellen u niet meer.",
    "pl": "Rozumiem. Pana lub Pani numer jest teraz na naszej liście wykluczeń i nie będziemy więcej dzwonić.",
    "pt": "Entendido. O seu número está agora na nossa lista de bloqueio e não voltaremos a ligar.",
}


def confirmation_in(language: str) -> str:
    """Return the words in the language of a BCP 47 tag such as `de-DE`, in English where there are none."""
    return CONFIRMATIONS.get(language.split("-")[0].lower(), ENGLISH)
