"""The patchbay process: keyboards that come are connected to the engine, those that go are told of."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.patchbay import Keyboard, Patchbay, Patched
from drivers.sequencer import AlsaSequencer
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import ConnectedKeyboard, Keyboards, RunFile, decode_file, encode_file
from mos_appliance.wire.records import MAX_DATAGRAM_RECORDS, RECORD_BYTES, Kind, Source, decode, encode

_LOOK_AGAIN_S: Final = 2.0
"""Everything is looked at so often even when nothing was announced: announcements can be lost."""
_RETRY_S: Final = 1.0
_OWED_S: Final = 0.02
"""So soon the engine is told again what its queue had no room for."""
_LOCAL_OFF: Final = BY_NAME["local_off"].number


class PatchbayProcess:
    """What the process holds: its socket, what it last told, and (while there is one) the sequencer's patchbay."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        own = run / RunFile.PATCHBAY_SOCKET
        own.unlink(missing_ok=True)
        self._socket.bind(str(own))
        self._told = self._read_last()
        self._written: Keyboards | None = None
        self._local_off = self._told.local_off
        self._said = ""
        self._owed = 0

    def fileno(self) -> int:
        """Readable when a record is there."""
        return self._socket.fileno()

    def serve(self, programs: bool) -> None:
        """Look after one sequencer until it is gone. Errors: `Unavailable` then, or when there is none."""
        sequencer = AlsaSequencer()
        with contextlib.closing(sequencer):
            bay = Patchbay(sequencer, programs)
            self._say("")
            while True:
                self.read_records()
                if self._local_off is not None:
                    bay.set_local_off(self._local_off)
                self.tell(bay.look())
                sequencer.wait(_OWED_S if self._owed else _LOOK_AGAIN_S, self.fileno())

    def explain(self, error: Unavailable) -> None:
        """There is no sequencer now: no keyboard either."""
        self._say(f"no keyboards for now: {error.what}")
        self.tell(Patched((), (), False))

    def read_records(self) -> None:
        """Take what the hub asks; only Local Off is for us."""
        while True:
            try:
                datagram = self._socket.recv(MAX_DATAGRAM_RECORDS * RECORD_BYTES)
            except BlockingIOError:
                return
            for record in decode(datagram):
                if record.kind is Kind.SET_CONTROL and record.which == _LOCAL_OFF:
                    self._local_off = bool(record.value("value"))

    def tell(self, patched: Patched) -> None:
        """Tell the engine of keyboards that went, and everybody of those that are here."""
        now = Keyboards(
            [keyboard.name for keyboard in patched.keyboards],
            [_told(keyboard, patched.engine_there) for keyboard in patched.keyboards],
            self._local_off,
        )
        here = {(keyboard.client, keyboard.name) for keyboard in now.keyboards}
        missed = [known for known in self._told.keyboards if (known.client, known.name) not in here]
        self._owed += max(len(patched.gone), len(missed))
        self._told = now
        self._send_owed()
        if now != self._written:
            self._write(now)

    def _send_owed(self) -> None:
        """Tell the engine of keyboards that went: a full queue is tried again, for notes hang on it."""
        record = encode(Kind.KEYBOARD_GONE, flags=Source.KEYBOARD, index=len(self._told.keyboards))
        engine = str(self._run / RunFile.ENGINE_SOCKET)
        while self._owed:
            try:
                self._socket.sendto(record, engine)
            except BlockingIOError:
                return
            except (FileNotFoundError, ConnectionRefusedError):  # an engine that is not there holds no notes
                self._owed = 0
                return
            self._owed -= 1

    def _read_last(self) -> Keyboards:
        """What a killed predecessor had told."""
        try:
            return decode_file((self._run / RunFile.KEYBOARDS).read_bytes(), Keyboards, RunFile.KEYBOARDS)
        except (FileNotFoundError, BadInput):
            return Keyboards()

    def _write(self, keyboards: Keyboards) -> None:
        new = self._run / f"{RunFile.KEYBOARDS}.{os.getpid()}"
        new.write_bytes(encode_file(keyboards))
        new.replace(self._run / RunFile.KEYBOARDS)
        self._written = keyboards

    def _say(self, line: str) -> None:
        """One line for people, once."""
        if line and line != self._said:
            sys.stderr.write(f"{line}\n")
        self._said = line


def _told(keyboard: Keyboard, connected: bool) -> ConnectedKeyboard:
    return ConnectedKeyboard(keyboard.name, keyboard.client, list(keyboard.port_names), connected)


def main(argv: Sequence[str]) -> int:
    """Be the patchbay until killed."""
    parser = argparse.ArgumentParser(prog="mos _patchbay")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--programs", action="store_true", help="connect Midi Through and other programs too")
    args = parser.parse_args(argv)
    process = PatchbayProcess(args.run)
    while True:  # only a signal ends it
        try:
            process.serve(args.programs)
        except Unavailable as error:
            process.explain(error)
            _wait(process, error.retry_s or _RETRY_S)


def _wait(process: PatchbayProcess, seconds: float) -> None:
    """Let the time pass, taking records meanwhile."""
    select.select([process], [], [], seconds)
    process.read_records()
