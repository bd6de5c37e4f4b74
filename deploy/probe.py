"""Exits 0 when one of our health pages says that this container is well.

    probe.py http://127.0.0.1:8000/health/process
    probe.py http://127.0.0.1:8000/health keeper      only what this check says counts

Standard library only, and no Django: a container is probed every few seconds.
"""

import json
import sys
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

SECONDS = 5.0


def probe(url: str, check: str = "") -> str:
    """Return what is wrong, in words; "" when nothing is."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=SECONDS) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as error:
        status, body = error.code, error.read()
    except (URLError, OSError) as error:
        return f"{url} does not answer: {error}"
    if not check:
        return "" if status == 200 else f"{url} answers {status}"
    try:
        said = json.loads(body)["checks"][check]
    except (ValueError, KeyError, TypeError):
        return f"{url} answers {status} and says nothing of {check}"
    return "" if said == "ok" or said.startswith("not needed") else f"{check}: {said}"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: probe.py URL [CHECK]")
    sys.exit(probe(*sys.argv[1:]) or 0)
