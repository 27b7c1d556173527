"""Engraved pages as they are kept: SVG, packed, and a map of where everything is."""

from __future__ import annotations

import gzip
from typing import Final

import msgspec

VERSION: Final = 3
"""Of what is kept; pages of another one are engraved again."""


class PlacedNote(msgspec.Struct, frozen=True):
    """A note head. Units: `x` and `y` of its middle in the page's own (see `PageSize`); times as `n/d` quarters."""

    id: str
    """As the score has it."""
    page: int
    x: int
    y: int
    bar: int = 0
    onset_quarters: str = ""
    duration_quarters: str = ""


class PlacedBar(msgspec.Struct, frozen=True):
    """A bar, from 1, with the box around its staves."""

    bar: int
    page: int
    x: int
    y: int
    width: int
    height: int
    onset_quarters: str = ""


class PageSize(msgspec.Struct, frozen=True):
    """A page: in CSS pixels, and how many units of the map it is wide and high."""

    width: int
    height: int
    units_wide: int
    units_high: int


class PageMap(msgspec.Struct, frozen=True):
    """Where everything is."""

    layout: str
    engraver: str
    pages: list[PageSize] = []
    bars: list[PlacedBar] = []
    notes: list[PlacedNote] = []


class Engraved(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of one layout: SVG pages, each packed by gzip, and their map."""

    version: int
    pages: list[bytes]
    map: PageMap


def unpacked(page: bytes) -> bytes:
    """The SVG of a page."""
    return gzip.decompress(page)


def decode(data: bytes) -> Engraved | None:
    """What was kept; None when it is of another version, or is nothing of ours."""
    try:
        found = msgspec.msgpack.decode(data, type=Engraved)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if found.version == VERSION else None
