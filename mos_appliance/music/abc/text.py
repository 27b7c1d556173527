"""An ABC file as tunes and lines: characters, comments, continuations and where each tune begins."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.file_limits import ABC_BYTES

FILE_BYTES: Final = ABC_BYTES
MAX_LINES: Final = 400_000
MAX_LINE: Final = 20_000
MAX_TUNES: Final = 50_000
_FIELD: Final = re.compile(r"([A-Za-z+]):")
_COMMENT: Final = re.compile(r"(?<!\\)%")
_ESCAPE: Final = re.compile(
    r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([`'^~"=,c.uv/])([A-Za-z])|(AA|aa|AE|ae|OE|oe|ss)|(.))"""
)
_ACCENTS: Final = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", ",": "\u0327", "c": "\u0327",
    "u": "\u0306", "v": "\u030c", "=": "\u0304", ".": "\u0307",
}  # fmt: skip
_LIGATURES: Final = {"AA": "Å", "aa": "å", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "ss": "ß"}
_SLASHED: Final = {"o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "d": "đ", "D": "Đ"}


class Line(NamedTuple):
    """A line without its comment. `column` is that of its first character, from 1."""

    number: int
    text: str
    column: int = 1

    @property
    def field(self) -> str:
        """The letter of an information field; empty for music. `%` for an instruction to typesetters."""
        if self.text.startswith("%%"):
            return "%"
        return self.text[0] if _FIELD.match(self.text) else ""

    @property
    def value(self) -> str:
        """What stands behind the letter."""
        return self.text[2:].strip()


class Tune(NamedTuple):
    """A tune as it stands in the file; `head` ends with its K: field."""

    number: int
    title: str
    line: int
    head: tuple[Line, ...]
    body: tuple[Line, ...]


class Book(NamedTuple):
    """A file: what it says before the first tune holds for all."""

    head: tuple[Line, ...]
    tunes: tuple[Tune, ...]


def decoded(data: bytes) -> str:
    """The file's text: UTF-8, else Latin. Errors: `BadInput` when it is too large."""
    if len(data) > FILE_BYTES:
        raise BadInput("file", f"has more than {FILE_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def plain(text: str) -> str:
    r"""A text as it is meant: `\'e` and `&eacute;` are é, `\%` is %."""
    composed = unicodedata.normalize("NFC", html.unescape(_ESCAPE.sub(_unescape, text)))
    return "".join(char if char.isprintable() else " " for char in composed).strip()[:1000]


def _unescape(match: re.Match[str]) -> str:
    short, long, accent, letter, ligature, other = match.groups()
    if short or long:
        number = int(short or long, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    if accent == "/":
        return _SLASHED.get(letter, letter)
    if accent:
        return str(letter + _ACCENTS[accent])
    return _LIGATURES[ligature] if ligature else str(other)


def book_of(data: bytes) -> Book:
    """The tunes of a file. Errors: `BadInput` when there is none, or one lacks its key."""
    text = decoded(data)
    rows = re.split(r"\r\n|\r|\n", text)
    if len(rows) > MAX_LINES:
        raise BadInput("file", f"has more than {MAX_LINES:,} lines")
    head: list[Line] = []
    tunes: list[Tune] = []
    block: list[Line] = []
    for number, row in enumerate([*rows, ""], 1):
        if len(row) > MAX_LINE:
            raise BadInput(f"line {number}", f"has more than {MAX_LINE:,} characters")
        line = Line(number, _uncommented(row))
        ends = not row.strip() or (line.field == "X" and block and block[0].field == "X")
        if ends and block:
            _put(block, head, tunes)
            block = []
        if line.text.strip():
            block.append(line)
    if not tunes:
        raise BadInput("file", "holds no tune: none begins with X:")
    return Book(tuple(head), tuple(tunes))


def _uncommented(row: str) -> str:
    if row.startswith("%%"):
        return row.rstrip()
    match = _COMMENT.search(row)
    return (row[: match.start()] if match else row).rstrip()


def _put(block: list[Line], head: list[Line], tunes: list[Tune]) -> None:
    """A block of lines is a tune, or the head of the file, or free text."""
    start = next((place for place, line in enumerate(block) if line.field == "X"), None)
    if start is None:
        if not tunes:
            head += [line for line in block if line.field]
        return
    if not tunes:
        head += [line for line in block[:start] if line.field]
    if len(tunes) >= MAX_TUNES:
        raise BadInput(f"line {block[start].number}", f"more than {MAX_TUNES:,} tunes")
    tunes.append(_tune(_joined(block[start:])))


def _joined(block: list[Line]) -> list[Line]:
    """`+:` goes on with the field before it."""
    out: list[Line] = []
    for line in block:
        if line.field == "+" and out:
            out[-1] = out[-1]._replace(text=f"{out[-1].text} {line.value}")
        else:
            out.append(line)
    return out


def _tune(block: list[Line]) -> Tune:
    first = block[0]
    digits = re.match(r"\d{1,9}", first.value)
    titles = [plain(line.value) for line in block if line.field == "T"]
    end = next((place for place, line in enumerate(block) if line.field == "K"), None)
    if end is None:
        end = next((place - 1 for place, line in enumerate(block) if not line.field), len(block) - 1)
    head, body = tuple(block[: end + 1]), tuple(block[end + 1 :])
    return Tune(int(digits[0]) if digits else 0, titles[0] if titles else "", first.number, head, body)


def chosen(book: Book, number: int) -> Tune:
    """The tune with that number, the first for 0. Errors: `BadInput`."""
    if not number:
        return book.tunes[0]
    for tune in book.tunes:
        if tune.number == number:
            return tune
    known = ", ".join(str(tune.number) for tune in book.tunes[:10])
    more = " …" if len(book.tunes) > 10 else ""
    raise BadInput("tune", f"there is no X:{number}; there are {known}{more}")
