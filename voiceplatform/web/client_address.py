"""Finds the address a request comes from, through proxies.

Each proxy appends the address it heard from to `X-Forwarded-For`. Whatever stands further left was written by the
client and proves nothing, so the count of our own proxies (`TRUSTED_PROXIES`) decides, from the right.
"""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address, None when the server names none (a Unix socket without proxies)."""
    return find_address(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def find_address(peer: str, forwarded_for: str, *, proxies: int) -> str | None:
    """Return the address that the outermost proxy of ours heard from; the peer's when the header does not reach that
    far.
    """
    heard = [part.strip() for part in forwarded_for.split(",")]
    candidate = heard[-proxies] if 0 < proxies <= len(heard) else peer
    return candidate if _is_address(candidate) else (peer if _is_address(peer) else None)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
