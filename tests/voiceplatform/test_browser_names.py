"""The login history names the browser."""

import pytest

from voiceplatform.admin import name_browser

MOZILLA = "Mozilla/5.0 (X11; Linux x86_64)"


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36", "Chrome"),
        (f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge"),
        (f"{MOZILLA} Gecko/20100101 Firefox/132.0", "Firefox"),
        (f"{MOZILLA} AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1", "Safari"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "–"),
    ],
)
def test_a_browser_is_named_by_what_tells_it_from_the_others(user_agent, browser):
    assert name_browser(user_agent) == browser
