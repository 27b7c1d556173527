"""The worker of an import: one file after another from strangers, with limits, without network; it may die of one.

`python -m mos_appliance.app.library_worker` reads `Job`s from standard input and writes `Answer`s to standard output,
each MessagePack behind its length. It opens nothing: files come to it as bytes, and what it makes leaves as bytes.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import sys
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.piece import Facts, Piece

if TYPE_CHECKING:
    from mos_appliance.music.formats import Format
    from mos_appliance.music.json_text import Json

MEMORY_BYTES: Final = 1 << 30
"""Address space; the libraries themselves reserve most of it."""
JOB_CPU_S: Final = 30
"""CPU time that one file may take."""
_NICE: Final = 5
LENGTH_BYTES: Final = 4
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A file to be looked at, and the layouts to engrave it in."""

    name: str
    data: bytes
    known: Facts = Facts()
    """What is known of it: format, licence, source."""
    layouts: tuple[str, ...] = ()
    corrections: dict[str, str] | None = None
    """It is written down as a score with these (`library.writing_down`); None: it stays as it is."""


class Told(msgspec.Struct, frozen=True):
    """What was guessed, not understood, and had no place, where something was written down; as `mos convert` says."""

    guessed: list[dict[str, Any]] = []
    unread: list[dict[str, str]] = []
    lost: list[dict[str, str]] = []


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What came of it: a piece without its CID, or why not."""

    piece: Piece | None = None
    pages: dict[str, bytes] = {}
    """What was engraved, by layout (`library.engraved.Engraved`)."""
    unengraved: str = ""
    """Why nothing was, where it was asked for."""
    where: str = ""
    why: str = ""
    data: bytes = b""
    """The file that was made of it, where it was written down."""
    told: Told = Told()


def look_at(job: Job) -> Answer:
    """Do one job. Errors: `BadInput`."""
    import numpy as np

    from mos_appliance.library.description import describe
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.notes import NOTE, NoteList
    from mos_appliance.music.umf.files import notes_of

    row, data, told = format_of(job.name), job.data, Told()
    if job.corrections is None:
        document = row.load(data).document
    else:
        document, data, told = _write_down(job, row)
        row = format_of("x.umf")
    notes = (
        notes_of(document, False) if {"score", "performances"} & document.keys() else NoteList(np.zeros(0, NOTE), 1, ())
    )
    known = msgspec.structs.replace(job.known, format=row.name, bytes=len(data))
    piece = describe(document, notes, PurePath(job.name).stem, known)
    made = Answer(piece, data=b"" if data is job.data else data, told=told)
    if not job.layouts or "score" not in document:
        return made
    try:
        return msgspec.structs.replace(made, pages=_engrave(document, job.layouts))
    except (BadInput, Unavailable) as error:  # a good piece all the same
        return msgspec.structs.replace(made, unengraved=str(error))


def _write_down(job: Job, row: Format) -> tuple[Json, bytes, Told]:
    from mos_appliance.library.writing_down import write_down

    written = write_down(job.data, row, job.corrections or {})
    guessed = [guess.as_json() for guess in written.guessed]
    unread, lost = ([loss._asdict() for loss in losses] for losses in (written.unread, written.lost))
    return written.document, written.data, Told(guessed, unread, lost)


def _engrave(document: dict[str, object], layouts: tuple[str, ...]) -> dict[str, bytes]:
    from drivers.engraver import Engraver

    return Engraver().engrave(document, layouts)


def main() -> int:
    """Work until there is no more."""
    os.nice(_NICE)
    gc.disable()
    _shut_out_network()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    decode = msgspec.msgpack.Decoder(Job).decode
    while (message := receive(source)) is not None:
        _allow_cpu()
        send(sink, msgspec.msgpack.encode(_answer(decode(message))))
        gc.collect()
    return 0


def _answer(job: Job) -> Answer:
    try:
        return look_at(job)
    except BadInput as error:
        return Answer(where=error.where, why=error.why)
    except MemoryError:
        return Answer(where="file", why="needs more memory than an import may have")
    except RecursionError:
        return Answer(where="file", why="is nested too deeply")


def _allow_cpu() -> None:
    """Each file has its own time; the kernel ends the worker when it is over."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + JOB_CPU_S, hard))


def _shut_out_network() -> None:
    """Leave the network's namespace for an empty one, where the kernel lets us (it mostly does not in containers)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        libc.unshare(_CLONE_NEWNET)


def send(sink: IO[bytes], message: bytes) -> None:
    """Write one message."""
    sink.write(len(message).to_bytes(LENGTH_BYTES, "little") + message)
    sink.flush()


def receive(source: IO[bytes]) -> bytes | None:
    """Read one message; None at the end, also in the middle of one."""
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "little")
    message = source.read(length)
    return message if len(message) == length else None


if __name__ == "__main__":
    sys.exit(main())
