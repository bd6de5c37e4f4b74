"""JSON on a page: indented, escaped, wrapped."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def render_json(value: Any) -> SafeString:
    """Return HTML of the value. Whatever is in it is escaped."""
    return format_html('<pre class="vp-pre">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))


def render_json_text(text: str) -> SafeString:
    """Return HTML of JSON that came as text; text that is no JSON is shown as it came."""
    try:
        return render_json(json.loads(text))
    except ValueError:
        return format_html('<pre class="vp-pre">{}</pre>', text)
