"""What the updater leaves for everybody to read: its state, and what came of the last update, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.app.update_log import Event
from mos_appliance.store.document import read_document

STATE: Final = Path("/run/update/state.json")
NO_SLOT: Final = "none"
"""A computer has no halves of a card."""
_MOST_BYTES: Final = 1 << 17


class State(msgspec.Struct, frozen=True):
    """What `update state` prints, and `STATE` holds."""

    version: str
    slot: str
    other: str
    """`empty` when nothing was ever installed, `waiting` for the next start, `kept` as the one before, or `bad`."""
    trial: str
    """The version that is being tried, or waits for the next start."""
    oldest: str
    """No bundle before this version is taken."""
    events: list[Event]


_decoder: Final[msgspec.json.Decoder[State]] = msgspec.json.Decoder(State)


def last_update(path: Path | None) -> tuple[str, str]:
    """Which half of the card runs, and one line of the last update; (`none`, nothing) where there is no updater."""
    content = read_document(path, _MOST_BYTES) if path is not None else None
    if not content:
        return NO_SLOT, ""
    try:
        state = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return NO_SLOT, "the updater's state cannot be read"
    if not state.events:
        return state.slot or NO_SLOT, ""
    last = state.events[-1]
    return state.slot or NO_SLOT, f"{last.version}: {last.what}" + (f": {last.why}" if last.why else "")
