"""The students of this box: for each a sealed log of events and a key; and tombstones of those who were erased.

    students/origin            the number by which this box's events are known
    students/ID.log            sealed events (`student_log`)
    students/keys/ID.key       32 random bytes, for the owner's eyes only
    students/erased/ID         a tombstone: this student is never taken in again
    students/lock             held by whoever may append
    students/damaged/          copies of logs as they were found, and logs without their key

ID is the student's, 32 hexadecimal digits. Every method works on the disk and waits for it: call them from one worker
thread. Nothing is lost when one returns; after a power cut the last record is there or not, nothing else is missing.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from mos_appliance.errors import BadInput, Corrupt, Unavailable
from mos_appliance.store.document import read_document, sync_directory, write_document
from mos_appliance.store.sodium import KEY_BYTES, NONCE_BYTES, SALT_BYTES
from mos_appliance.store.student_file import Portable, check_passphrase, read_student_file, write_student_file
from mos_appliance.store.student_log import (
    MAX_FILE_BYTES,
    LogContent,
    decode_log,
    encode_record,
    log_header,
)
from mos_appliance.wire.students import (
    MAX_EVENTS,
    STUDENT_BYTES,
    Body,
    Envelope,
    decode_event,
    enclose,
    encode_event,
)

MAX_STUDENTS: Final = 2000
_ID: Final = re.compile(r"[0-9a-f]{32}")
_LOG, _KEY = ".log", ".key"
_log: Final = logging.getLogger("mos.hub")


@dataclass(slots=True)
class Ledger:
    """What is known of a student's log without reading it again."""

    key: bytes
    clock: int = 0
    sequence: int = 0
    """Of the last event of this box."""
    places: int = 0
    events: int = 0


def hold(root: Path) -> IO[bytes]:
    """Keep others out of a directory of students while the file that is returned is open: only one may append.

    Errors: `Unavailable` when somebody is in, `OSError`.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (root / "lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Unavailable("the students are in use by another mos, perhaps a running appliance", 5.0) from None
    return file


class Gone(BadInput):
    """The student was erased, and is not taken in again."""


class Students:
    """The directory of students."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._keys = root / "keys"
        self._erased = root / "erased"
        self._damaged = root / "damaged"
        self._ledgers: dict[str, Ledger] = {}
        self._origin = 0
        self.told: list[str] = []
        """What was found amiss since the start, in words for the owner."""

    def open(self) -> None:
        """Find who is there; finish what a power cut interrupted. Errors: `OSError`."""
        for directory in (self._root, self._keys, self._erased, self._damaged):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._origin = self._own_number()
        for student in self.erased():
            self._destroy(student)
        for file in sorted(self._root.glob(f"*{_LOG}")):
            if _ID.fullmatch(file.stem):
                self._admit(file.stem)
        for key in self._keys.glob(f"*{_KEY}"):
            if key.stem not in self._ledgers and not self._file(key.stem).exists():
                key.unlink()  # the plug was pulled before the student was there

    # -- who is there ------------------------------------------------------------------------------------------------

    def ids(self) -> list[str]:
        """The students, by id."""
        return sorted(self._ledgers)

    def count(self, student: str) -> int:
        """How many events there are of a student. Errors: `KeyError`."""
        return self._ledgers[student].events

    def erased(self) -> list[str]:
        """The ids of those who were erased."""
        return sorted(file.name for file in self._erased.iterdir() if _ID.fullmatch(file.name))

    def make(self) -> str:
        """A new student, without any event. Errors: `BadInput` when there are too many, `OSError`."""
        student = secrets.token_hex(STUDENT_BYTES)
        self._begin(student, secrets.token_bytes(KEY_BYTES))
        return student

    def _begin(self, student: str, key: bytes) -> None:
        """The key first: a log without its key could never be read."""
        if len(self._ledgers) >= MAX_STUDENTS:
            raise BadInput("students", f"there are {MAX_STUDENTS} already")
        write_document(self._key_file(student), key)
        self._key_file(student).chmod(0o600)
        write_document(self._file(student), log_header(bytes.fromhex(student)))
        self._ledgers[student] = Ledger(key)

    # -- events ------------------------------------------------------------------------------------------------------

    def append(self, student: str, day: int | None, body: Body) -> Envelope:
        """Something happened: it is on the disk when this returns. Errors: `KeyError`, `BadInput`, `OSError`."""
        ledger = self._ledgers[student]
        event = enclose(self._origin, ledger.sequence + 1, ledger.clock + 1, day, body)
        self._write(student, [event])
        return event

    def read(self, student: str) -> list[Envelope]:
        """All events, in order. Errors: `KeyError`, `Corrupt`, `OSError`."""
        content = self._content(student, self._ledgers[student].key)
        return sorted({event.id: event for event in content.events}.values(), key=lambda event: event.order)

    def merge(self, student: str, events: list[Envelope]) -> list[Envelope]:
        """Take in events of other boxes; those that are known already are left out. Returns what was new.

        Two different events of one id cannot both be true: the one that is here stays.
        Errors: `KeyError`, `BadInput`, `Corrupt`, `OSError`.
        """
        known = {event.id for event in self.read(student)}
        new = {event.id: event for event in reversed(events) if event.id not in known}
        ordered = sorted(new.values(), key=lambda event: event.order)
        if len(known) + len(ordered) > MAX_EVENTS:
            raise BadInput("events", f"would be more than {MAX_EVENTS}")
        if ordered:
            self._write(student, ordered)
        return ordered

    def _write(self, student: str, events: list[Envelope]) -> None:
        ledger, who = self._ledgers[student], bytes.fromhex(student)
        if ledger.events + len(events) > MAX_EVENTS:
            raise BadInput("events", f"would be more than {MAX_EVENTS}")
        records = [
            encode_record(ledger.key, who, ledger.places + number, secrets.token_bytes(NONCE_BYTES), event)
            for number, event in enumerate(events, 1)
        ]
        _append(self._file(student), b"".join(records))
        self._count(ledger, events)
        ledger.places += len(records)

    # -- from box to box ---------------------------------------------------------------------------------------------

    def export(self, student: str, passphrase: str) -> bytes:
        """The student as a file. Errors: `KeyError`, `BadInput`, `Corrupt`, `OSError`."""
        check_passphrase(passphrase)
        events = [encode_event(event) for event in self.read(student)]
        content = Portable(bytes.fromhex(student), self._ledgers[student].key, events)
        return write_student_file(
            content, passphrase, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        )

    def take_in(self, data: bytes, passphrase: str) -> tuple[str, list[Envelope]]:
        """A student out of a file. Returns the id and the events that were new.

        Errors: `Gone` when that student was erased here, `BadInput`, `Corrupt`, `OSError`.
        """
        content = read_student_file(data, passphrase)
        student = content.student.hex()
        if (self._erased / student).exists():
            raise Gone("student", "was erased here, and is not taken in again")
        events = [decode_event(event) for event in content.events]
        if student not in self._ledgers:
            self._begin(student, content.key)
        return student, self.merge(student, events)

    # -- erasure -----------------------------------------------------------------------------------------------------

    def erase(self, student: str) -> None:
        """Destroy a student's key and log and leave a tombstone; also for one who was never here.

        Errors: `BadInput` when that is no id, `OSError`.
        """
        if not _ID.fullmatch(student):
            raise BadInput("student", "is no id of 32 hexadecimal digits")
        write_document(self._erased / student, b"")
        self._destroy(student)

    def _destroy(self, student: str) -> None:
        self._ledgers.pop(student, None)
        key = self._key_file(student)
        if key.exists():
            with key.open("r+b") as file:  # where the card writes in place, this is the end of it
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            key.unlink()
            sync_directory(self._keys)
        for place in (self._root, self._damaged):
            for log in place.glob(f"{student}*"):
                log.unlink()
            sync_directory(place)

    # -- within ------------------------------------------------------------------------------------------------------

    def _file(self, student: str) -> Path:
        return self._root / f"{student}{_LOG}"

    def _key_file(self, student: str) -> Path:
        return self._keys / f"{student}{_KEY}"

    def _own_number(self) -> int:
        """The number of this box. One that is lost is drawn anew: its events stay those of another box."""
        text = (read_document(self._root / "origin") or b"").strip()
        if text.isdigit() and 0 < int(text[:20]) < 1 << 62:
            return int(text[:20])
        number = 1 + secrets.randbelow((1 << 62) - 1)
        write_document(self._root / "origin", str(number).encode())
        return number

    def _count(self, ledger: Ledger, events: list[Envelope]) -> None:
        ledger.events += len(events)
        for event in events:
            ledger.clock = max(ledger.clock, event.clock)
            if event.origin == self._origin:
                ledger.sequence = max(ledger.sequence, event.sequence)

    def _content(self, student: str, key: bytes) -> LogContent:
        with self._file(student).open("rb") as file:
            data = file.read(MAX_FILE_BYTES)
        return decode_log(data, key, bytes.fromhex(student), f"{student}{_LOG}")

    def _admit(self, student: str) -> None:
        """A log as found at start: a torn end is cut off, damage is put aside as a copy and stepped over."""
        file, key = self._file(student), read_document(self._key_file(student))
        if key is None or len(key) != KEY_BYTES:
            self._put_aside(student, "its key is missing")
            return
        try:
            content = self._content(student, key)
        except Corrupt as error:
            if file.stat().st_size < len(log_header(bytes(STUDENT_BYTES))):
                self._start_again(student, key)
            else:
                self._put_aside(student, error.why)
            return
        torn = file.stat().st_size - content.whole
        if content.damaged:
            shutil.copy2(file, self._damaged / f"{student}.{secrets.token_hex(4)}{_LOG}")
            self._tell(f"student {student[:8]}: {content.damaged} bytes were damaged and stepped over; a copy is kept")
        if torn:
            os.truncate(file, content.whole)
            self._tell(f"student {student[:8]}: the last record was torn and dropped ({torn} bytes)")
        ledger = Ledger(key, places=content.places)
        self._count(ledger, content.events)
        self._ledgers[student] = ledger

    def _start_again(self, student: str, key: bytes) -> None:
        """A log that was torn before its first record."""
        write_document(self._file(student), log_header(bytes.fromhex(student)))
        self._ledgers[student] = Ledger(key)

    def _put_aside(self, student: str, why: str) -> None:
        self._file(student).replace(self._damaged / f"{student}.{secrets.token_hex(4)}{_LOG}")
        sync_directory(self._root)
        sync_directory(self._damaged)
        self._tell(f"student {student[:8]}: put aside: {why}")

    def _tell(self, text: str) -> None:
        _log.warning("%s", text)
        self.told.append(text)


def _append(file: Path, content: bytes) -> None:
    """Append and make it last. What a full disk cut in half is cut off again. Errors: `OSError`."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        length = os.fstat(descriptor).st_size
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fdatasync(descriptor)
        except OSError:
            os.ftruncate(descriptor, length)
            raise
    finally:
        os.close(descriptor)
