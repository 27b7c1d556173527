"""What keeper keeps on the data partition, and where: number, wireless network, the last time that was known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from mos_appliance.store.document import read_document, write_document
from mos_appliance.wire.keeper import MAX_NUMBER

_MOST_BYTES: Final = 16_384


class Places(NamedTuple):
    """Where things are on an image; tests have them elsewhere."""

    data: Path = Path("/data")
    run: Path = Path("/run/keeper")
    root: Path = Path("/")
    updater: Path = Path("/usr/lib/mos/update")

    @property
    def kept(self) -> Path:
        """The folder that only root may enter, on the data partition."""
        return self.data / "keeper"

    @property
    def hub(self) -> Path:
        """The hub's folder."""
        return self.data / "mos"


def make_folders(places: Places, group: int = -1) -> None:
    """Both folders, root's; the hub may go through the one in memory, to the socket and to what it is told."""
    places.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    places.kept.chmod(0o700)
    places.run.mkdir(mode=0o750, parents=True, exist_ok=True)
    os.chown(places.run, -1, group)
    places.run.chmod(0o750)


def keep(path: Path, value: Any) -> None:
    """A small file of keeper's own: whole or not there, also after a power cut, and for root alone."""
    before = os.umask(0o077)
    try:
        write_document(path, msgspec.json.encode(value))
    finally:
        os.umask(before)


def recall(path: Path) -> dict[str, Any]:
    """What such a file holds; nothing when it is not there or damaged."""
    content = read_document(path, _MOST_BYTES)
    try:
        value = msgspec.json.decode(content) if content else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def number_of_box(places: Places) -> int:
    """The number that was found for this box (`card_intake`); 1 as long as none was."""
    number = recall(places.kept / "number.json").get("number")
    return number if isinstance(number, int) and 1 <= number <= MAX_NUMBER else 1


def set_number(places: Places, number: int) -> None:
    """Keep another number for this board."""
    keep(places.kept / "number.json", {**recall(places.kept / "number.json"), "number": number})
