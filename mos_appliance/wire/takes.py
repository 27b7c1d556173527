"""Takes as the API tells them."""

from __future__ import annotations

import msgspec


class Take(msgspec.Struct, frozen=True):
    """One performance that was kept."""

    take: str
    title: str
    started: str | None
    """Wall time in ISO 8601, null while the date is unknown."""
    seconds: float
    notes: int
    bytes: int
    recording: bool
    kept: bool
    """Never removed to make room."""


class TakePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be changed of a take; what is absent stays. A take that is given a title is kept."""

    title: str | None = None
    kept: bool | None = None
