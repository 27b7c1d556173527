"""Who may come in: decided from a connection's addresses and headers alone, before anything is read."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

DOORS: Final = frozenset({"/api/v1/health"})
"""What answers without a login."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refused` is 0, or the HTTP status with which a request is turned away and `why`."""

    owner: bool
    refused: int = 0
    why: str = ""


def judge(path: str, peer: str, host: str, origin: str | None) -> Verdict:
    """Judge one request. `peer` is the address it came from, `host` and `origin` its headers.

    A Host that is a foreign name is refused whoever asks (DNS rebinding), and so is a page of another origin that
    reaches for the API from inside a visitor's browser.
    """
    name = host_name(host)
    if not is_own_name(name):
        return Verdict(False, 421, f"this appliance does not go by the name {name[:80]!r}")
    if origin is not None and origin.split("://", 1)[-1].lower() != host.lower():
        return Verdict(False, 403, "pages of another origin may not use this appliance")
    owner = is_loopback(peer)
    if not owner and path not in DOORS:
        return Verdict(False, 401, "this appliance is not paired with you; only the health page is open")
    return Verdict(owner)


def host_name(host: str) -> str:
    """The name in a Host header, without its port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rsplit(":", 1)[0].lower() if host.count(":") == 1 else host.lower()


def is_own_name(name: str) -> bool:
    """Whether a name can be ours: localhost, an address, or a name of multicast DNS."""
    name = name.rstrip(".")
    return name == "localhost" or name.endswith((".localhost", ".local")) or _address(name) is not None


def is_loopback(peer: str) -> bool:
    """Whether an address is this computer's own."""
    address = _address(peer)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address is not None and address.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
