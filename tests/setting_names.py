"""Which variables of the environment does settings.py read?"""

import re

from django.conf import settings


def setting_names() -> set[str]:
    """Return the names, as written in settings.py."""
    source = (settings.BASE_DIR / "voiceplatform" / "settings.py").read_text()
    return set(re.findall(r'env\.(?:text|flag|number|choice|url|words)\(\s*"([A-Z_]+)"', source))
