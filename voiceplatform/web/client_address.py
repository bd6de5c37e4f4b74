"""Finds the address a request comes from, through proxies.

Each proxy appends the address it heard from to `X-Forwarded-For`. Whatever stands further left was written by the
client and proves nothing, so the count of our own proxies (`TRUSTED_PROXIES`) decides, from the right.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address, None when the server names none (a Unix socket without proxies)."""
    return find_address(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def counted_address(request: HttpRequest) -> str | None:
    """Return what stands for a client where requests or failures are counted: of IPv6 the /64 network.

    A single connection has a /64, so its 2⁶⁴ addresses are one client.
    """
    address = client_address(request)
    return network_of(address) if address else None


def network_of(address: str) -> str:
    """Return the first address of the /64 of an IPv6 address; an IPv4 address, also one inside IPv6, as it is."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


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
