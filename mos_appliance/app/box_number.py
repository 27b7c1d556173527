"""The number of a box: thirty cards with one content become thirty boxes that can be told apart."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.app.keeper_state import Places, keep, recall
from mos_appliance.store.document import read_document
from mos_appliance.wire.keeper import MAX_NUMBER

_FIRST_NUMBER: Final = 10_000
"""Numbers that boxes find for themselves have five digits, so that two of thirty seldom find the same."""


def board_identity(root: Path) -> str:
    """What no other board has: its serial number, else the address of its first network device; else nothing."""
    serial = read_document(root / "sys/firmware/devicetree/base/serial-number", 100) or b""
    name = serial.strip(b"\0 \n").decode("ascii", "replace")
    if name.strip("0"):
        return name
    for device in sorted((root / "sys/class/net").glob("[ew]*")):
        address = (read_document(device / "address", 100) or b"").decode("ascii", "replace").strip()
        if address.strip("0:"):
            return address
    return ""


def number_of(identity: str) -> int:
    """The number that a board finds for itself: spread evenly over 10000 to 99999."""
    digest = int.from_bytes(hashlib.sha256(f"MOS number {identity}".encode()).digest()[:8], "big")
    return _FIRST_NUMBER + digest % (MAX_NUMBER + 1 - _FIRST_NUMBER)


def find_number(places: Places, asked: str = "", chance: Callable[[int], int] = secrets.randbelow) -> int:
    """The number of this box, kept from now on.

    What the settings file asks for comes first; then what was kept on this board; else the board's own. A card that was
    copied, used and put into another board so gets that board's number. Without any identity it is chance, once.
    """
    path = places.kept / "number.json"
    kept = recall(path)
    number, board = kept.get("number"), kept.get("board")
    identity = board_identity(places.root)
    mark = hashlib.sha256(identity.encode()).hexdigest()[:16] if identity else ""
    if not isinstance(number, int) or not 1 <= number <= MAX_NUMBER or board != mark:
        number = number_of(identity) if identity else _FIRST_NUMBER + chance(MAX_NUMBER + 1 - _FIRST_NUMBER)
    if asked:
        number = int(asked)
    if (number, mark) != (kept.get("number"), board):
        keep(path, {"number": number, "board": mark})
    return number
