"""What was tried with updates, when, and what came of it: one JSON line each, only ever added to, and never long."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.store.document import read_document, write_document

MOST_BYTES: Final = 65_536
_KEPT_LINES: Final = 100


class Event(msgspec.Struct, frozen=True):
    """One line. `what`: installing, refused, installed, started, kept, gone back, cut off, fell back."""

    at: int
    """Seconds since 1970 by the box's clock, which may not have known better."""
    what: str
    version: str
    slot: str
    why: str = ""


_decoder: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)


class Log:
    """A file of at most `MOST_BYTES`; each line is on the card before `append` ends."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, event: Event) -> None:
        """Errors: `OSError`."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES - 4096:
            lines = (read_document(self._path, MOST_BYTES) or b"").splitlines(keepends=True)
            write_document(self._path, b"".join(lines[-_KEPT_LINES:]))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # A line that a power cut left half does not swallow this one.
            os.write(descriptor, (b"" if self._ends_a_line() else b"\n") + msgspec.json.encode(event) + b"\n")
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def _ends_a_line(self) -> bool:
        content = read_document(self._path, MOST_BYTES)
        return not content or content.endswith(b"\n")

    def events(self) -> list[Event]:
        """From the oldest to the newest; what is no line of ours is passed over."""
        found = []
        for line in (read_document(self._path, MOST_BYTES) or b"").splitlines():
            try:
                found.append(_decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
        return found

    def last(self, version: str, slot: str) -> Event | None:
        """The newest of that version in that root."""
        mine = [event for event in self.events() if (event.version, event.slot) == (version, slot)]
        return mine[-1] if mine else None
