"""Who is let in."""

from __future__ import annotations

import pytest

from mos_appliance.companion.access import host_name, judge


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8080",
        "127.0.0.1",
        "192.168.4.1:8080",
        "[::1]:8080",
        "mos-anna.local",
        "MOS-Anna.local:80",
        "mos.local.",
    ],
)
def test_names_of_our_own_are_answered(host: str) -> None:
    assert judge("/", "127.0.0.1", host, None).refused == 0


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "evil.example:8080", "a:b:c", "local"])
def test_other_names_are_refused_even_to_the_owner(host: str) -> None:
    assert judge("/api/v1/health", "127.0.0.1", host, None).refused == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9", "http://localhost"])
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    assert judge("/api/v1/live", "127.0.0.1", "localhost:8080", origin).refused == 403


def test_our_own_page_is_let_in() -> None:
    assert judge("/api/v1/live", "127.0.0.1", "localhost:8080", "http://localhost:8080").owner


@pytest.mark.parametrize(
    ("peer", "owner"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.168.4.7", False)],
)
def test_loopback_is_the_owner(peer: str, owner: bool) -> None:
    assert judge("/api/v1/health", peer, "localhost", None).owner is owner


@pytest.mark.parametrize("peer", ["192.168.4.7", "fe80::1", "::ffff:10.0.0.1", ""])
def test_others_see_the_health_page_and_nothing_else(peer: str) -> None:
    assert judge("/api/v1/health", peer, "mos.local", None).refused == 0
    for path in ("/", "/api/v1/live", "/api/v1/takes", "/api/v1/health/", "/api/v1//health"):
        assert judge(path, peer, "mos.local", None).refused == 401


def test_the_port_and_brackets_are_no_part_of_the_name() -> None:
    assert [host_name(host) for host in ("A:1", "[::1]:80", "::1", "b")] == ["a", "::1", "::1", "b"]
