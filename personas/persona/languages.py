"""Lists the languages that the form of a persona offers, by BCP 47 tag.

Pure: no Django, no LiveKit. Any other tag that `spec.LANGUAGE` accepts works too: the CRM and the API may send one.
"""

LANGUAGES = {
    "ar-EG": "Arabic (Egypt)",
    "bn-BD": "Bengali (Bangladesh)",
    "zh-CN": "Chinese (Mandarin)",
    "cs-CZ": "Czech (Czechia)",
    "da-DK": "Danish (Denmark)",
    "nl-BE": "Dutch (Belgium)",
    "nl-NL": "Dutch (Netherlands)",
    "en-AU": "English (Australia)",
    "en-IN": "English (India)",
    "en-GB": "English (UK)",
    "en-US": "English (US)",
    "fi-FI": "Finnish (Finland)",
    "fr-CA": "French (Canada)",
    "fr-FR": "French (France)",
    "de-AT": "German (Austria)",
    "de-DE": "German (Germany)",
    "de-CH": "German (Switzerland)",
    "el-GR": "Greek (Greece)",
    "he-IL": "Hebrew (Israel)",
    "hi-IN": "Hindi (India)",
    "hu-HU": "Hungarian (Hungary)",
    "id-ID": "Indonesian (Indonesia)",
    "it-IT": "Italian (Italy)",
    "ja-JP": "Japanese (Japan)",
    "ko-KR": "Korean (South Korea)",
    "nb-NO": "Norwegian (Norway)",
    "pl-PL": "Polish (Poland)",
    "pt-BR": "Portuguese (Brazil)",
    "pt-PT": "Portuguese (Portugal)",
    "ro-RO": "Romanian (Romania)",
    "ru-RU": "Russian (Russia)",
    "es-MX": "Spanish (Mexico)",
    "es-ES": "Spanish (Spain)",
    "es-US": "Spanish (US)",
    "sv-SE": "Swedish (Sweden)",
    "th-TH": "Thai (Thailand)",
    "tr-TR": "Turkish (Türkiye)",
    "uk-UA": "Ukrainian (Ukraine)",
    "vi-VN": "Vietnamese (Vietnam)",
}


# Which one a language without a country means: the one with most speakers among customers of telephone agents.
_MAIN = {"de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR", "nl": "nl-NL", "pt": "pt-BR", "zh": "zh-CN"}


def read_language(written: str) -> str:
    """Return the tag of a language from the list, written `de-DE`, `de_de` or just `de`; "" when it is not in the list."""
    tag = written.strip().replace("_", "-").lower()
    for known in LANGUAGES:
        if tag == known.lower():
            return known
    return _MAIN.get(tag) or next((known for known in LANGUAGES if known.split("-")[0] == tag), "")


def name_language(tag: str) -> str:
    """Return the name of a language, `German (Germany)`, or the tag when it is not in the list."""
    return LANGUAGES.get(tag, tag)
