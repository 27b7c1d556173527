"""The kinds of files that are read and written: one row each; commands, importer and library look here.

What is converted goes through a UMF document in memory: each row knows how to make one of its files, and the other way.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import MAX_PLAYED_EVENTS, Arrangement, arrange
from mos_appliance.music.file_limits import ABC_BYTES, JSON_BYTES, XML_BYTES
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import FILE_BYTES, Smf, read_smf

if TYPE_CHECKING:
    from mos_appliance.music.json_text import Json
    from mos_appliance.music.mnx.document import Problem, Verdict
    from mos_appliance.music.umf.losses import Loaded, Saved
    from mos_appliance.music.wishes import Wishes


class Format(NamedTuple):
    """One row. Functions take the file's bytes; errors are `BadInput` with the place in the file."""

    name: str
    suffixes: tuple[str, ...]
    most_bytes: int
    notes: Callable[[bytes, bool], NoteList]
    """The notes; the flag asks for repeats to be unfolded."""
    judge: Callable[[bytes], Verdict]
    """Whether it is good: all its errors, and what is odd but was read. Errors: `BadInput` where it cannot be read."""
    smf: Callable[[bytes], Smf]
    """What is heard of it, repeats written out."""
    reader: Callable[[bytes, Wishes], Loaded]
    writer: Callable[[Json, Wishes], Saved] | None

    def load(self, data: bytes, wishes: Wishes | None = None) -> Loaded:
        """A UMF document of it. Errors: `BadInput`."""
        return self.reader(data, wishes or _no_wishes())

    def save(self, document: Json, wishes: Wishes | None = None) -> Saved:
        """A file of a UMF document. Errors: `BadInput`, also when such files are read only."""
        if self.writer is None:
            raise BadInput("name", f"{self.name} is read, not written")
        return self.writer(document, wishes or _no_wishes())

    def validate(self, data: bytes) -> tuple[str, ...]:
        """Warnings about what is odd. Errors: `BadInput` for the first error."""
        verdict = self.judge(data)
        _refuse_first(verdict.errors)
        return self.warnings(verdict.odd, data)

    def warnings(self, odd: tuple[Problem, ...], data: bytes) -> tuple[str, ...]:
        """What is odd about a good file, in words."""
        return tuple(f"{where}: {why}" if where else why for where, why in odd) + self._unplayable(data)

    def arrange(self, data: bytes, name: str = "") -> Arrangement:
        """Ready to be played; `name` goes into errors. Errors: `BadInput`."""
        return arrange(self.smf(data), name)

    def _unplayable(self, data: bytes) -> tuple[str, ...]:
        try:
            self.arrange(data).bars()
        except BadInput as error:  # a good file, yet more than the engine takes
            return (f"cannot be played: it {error.why}",)
        return ()


def _later(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported when it is called: who plays a MIDI file needs no reader of scores."""

    def call(*values: Any) -> Any:
        return getattr(import_module(f"mos_appliance.music.{module}"), name)(*values)

    return call


_refuse_first: Final = _later("mnx.document", "refuse_first")
_read_mnx: Final = _later("mnx.document", "read_mnx")
_read_json: Final = _later("json_text", "read_json")
_notes_of_score: Final = _later("mnx.notes", "score_notes")
_smf_of_score: Final = _later("mnx.playback", "score_smf")
_read_umf: Final = _later("umf.document", "read_umf")


def _no_wishes() -> Wishes:
    from mos_appliance.music.wishes import NONE  # noqa: PLC0415 - as `_later`

    return NONE


def _judge_midi(data: bytes) -> Verdict:
    from mos_appliance.music.mnx.document import Problem, Verdict  # noqa: PLC0415 - as `_later`

    smf = read_smf(data, most_bytes=FILE_BYTES)
    return Verdict((), tuple(Problem("", warning) for warning in read_notes(smf).warnings))


def _plain(load: Callable[[bytes], Loaded]) -> Callable[[bytes, Wishes], Loaded]:
    """Of a file that says everything itself."""
    return lambda data, _: load(data)


def _whole(save: Callable[[Json], Saved]) -> Callable[[Json, Wishes], Saved]:
    """Of a format that leaves no choice."""
    return lambda document, _: save(document)


def _musicxml(name: str, suffixes: tuple[str, ...], save: Callable[[Json], Saved]) -> Format:
    """The same reader reads both; the name says which is written."""
    return Format(
        name,
        suffixes,
        XML_BYTES,
        _later("musicxml.files", "musicxml_notes"),
        _later("musicxml.files", "judge_musicxml"),
        lambda data: _smf_of_score(_later("musicxml.files", "read_checked")(data).document),
        _plain(_later("musicxml.files", "load_musicxml")),
        _whole(save),
    )


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "MIDI",
        (".mid", ".midi", ".kar", ".smf", ".rmi"),
        FILE_BYTES,
        lambda data, _: read_notes(
            read_smf(data, most_bytes=FILE_BYTES)
        ),  # it knows no repeats: it is unfolded already
        _judge_midi,
        lambda data: read_smf(data, most_bytes=FILE_BYTES, most_events=2 * MAX_PLAYED_EVENTS),
        _later("notation.files", "load_midi"),
        _later("umf.files", "save_midi"),
    ),
    Format(
        "UMF",
        (".umf",),
        JSON_BYTES,
        lambda data, unfold: _later("umf.files", "notes_of")(_read_umf(data), unfold),
        lambda data: _later("umf.document", "judge_all")(_later("umf.document", "migrated")(_read_json(data))),
        lambda data: _later("umf.files", "smf_of")(_read_umf(data)),
        _plain(_later("umf.files", "load_umf")),
        _whole(_later("umf.files", "save_umf")),
    ),
    Format(
        "MNX",
        (".mnx",),
        JSON_BYTES,
        lambda data, unfold: _notes_of_score(_read_mnx(data), unfold),
        lambda data: import_module("mos_appliance.music.mnx.document").judge(_read_json(data), strict=True),
        lambda data: _smf_of_score(_read_mnx(data)),
        _plain(_later("umf.files", "load_mnx")),
        _whole(_later("umf.files", "save_mnx")),
    ),
    _musicxml("MusicXML", (".musicxml", ".xml"), _later("musicxml.files", "save_musicxml")),
    _musicxml("compressed MusicXML", (".mxl",), _later("musicxml.files", "save_mxl")),
    Format(
        "ABC",
        (".abc",),
        ABC_BYTES,
        _later("abc.files", "abc_notes"),
        _later("abc.files", "judge_abc"),
        lambda data: _smf_of_score(_later("abc.files", "abc_score")(data)),
        _later("abc.files", "load_abc"),
        None,
    ),
)


def format_of(path: str) -> Format:
    """The row for a file's name. Errors: `BadInput` naming what is read."""
    stem, dot, ending = path.rpartition("/")[2].rpartition(".")
    suffix = f".{ending.lower()}" if stem and dot else ""
    for row in FORMATS:
        if suffix in row.suffixes:
            return row
    known = ", ".join(f"{row.name} ({' '.join(row.suffixes)})" for row in FORMATS)
    raise BadInput("name", f"{suffix or 'a name without suffix'} is not read; what is: {known}")


def format_of_bytes(data: bytes) -> Format:
    """The row for a file that came without a name; what looks like none of them is taken for MIDI, which says why."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<", b"PK")):
        return format_of("x.musicxml")
    if head.startswith((b"X:", b"%abc")):
        return format_of("x.abc")
    if not head.startswith(b"{"):
        return format_of("x.mid")
    return format_of("x.umf" if b'"umf"' in data else "x.mnx")
