"""What the importer hands back to the hub."""

from __future__ import annotations

import msgspec

from mos_appliance.wire.live import SongLoaded


class ImportedSong(msgspec.Struct, frozen=True):
    """A song for the engine and for the pages; `song.mos` of the run directory holds one too."""

    block: bytes
    """As `wire.song` lays it out."""
    song: SongLoaded
    handle: int = 0
    """What the hub calls it."""


class Refused(msgspec.Struct, frozen=True):
    """Why an import was refused."""

    where: str
    why: str
