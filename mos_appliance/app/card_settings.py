"""`mos.toml`, the settings file on the card: one table, from which the commented file is written and a card's is read.

A wrong line costs that line, not the boot: it is told, and its default holds. What cannot be read at all is told too.
The file may come from any editor: UTF-8 or UTF-16, CRLF, curly quotation marks.
"""

from __future__ import annotations

import binascii
import codecs
import re
import tomllib
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mos_appliance.wire.faults import LANGUAGES
from mos_appliance.wire.keeper import MAX_NUMBER

MAX_BYTES: Final = 16_384
"""A settings file is small; what is larger is none."""
MAX_TOLD: Final = 20
_PASSWORD: Final = "wifi_password"
_UNQUOTED: Final = "needs quotation marks"
_STRUCK: Final = "#"
_MOVED: Final = "# wifi_password is in the box now"
INTRODUCTION: Final = """# Settings of this MOS box. Open this file with any text editor,
# change what is between the quotation marks, save.
# A line that begins with # is a note. What MOS does not understand it passes over, and says so aloud and on its page.
# Settings that you do not need stay as they are. The box reads this file whenever it is switched on.
"""
_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_CURLY: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'"})


@dataclass(frozen=True, slots=True)
class CardSetting:
    """One line of the file; `check` says what is wrong with a value, or nothing."""

    name: str
    doc: tuple[str, ...]
    check: Callable[[str], str]
    default: str = ""
    quote: str = '"'
    """Single quotation marks where a value may hold a backslash."""
    secret: bool = False
    """Moved off the card, shown to nobody."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A line that was passed over: its number (0: the whole file), the setting if it is known, and why."""

    line: int
    name: str
    why: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"mos.toml: {where}{self.why}"


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    expression = re.compile(pattern)

    def check(value: str) -> str:
        return "" if not value or expression.fullmatch(value) else f"is not {wanted}"

    return check


def _number(value: str) -> str:
    fits = value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_NUMBER
    return "" if not value or fits else f"is not a whole number from 1 to {MAX_NUMBER}"


def _language(value: str) -> str:
    return "" if value in LANGUAGES else f"is none of {', '.join(LANGUAGES)}"


def _network(value: str) -> str:
    return "" if len(value.encode()) <= 32 else "is longer than the 32 bytes that a network's name may have"


def _text(value: str) -> str:
    return "" if len(value) <= 40 and value.isprintable() else "is longer than 40 characters"


def _teacher_key(value: str) -> str:
    try:
        good = not value or len(b64decode(value, validate=True)) == 32
    except (binascii.Error, ValueError):
        good = False
    return "" if good else "is not a public key as `mos key show` prints it: 44 letters, digits and signs"


def _ssh_key(value: str) -> str:
    wrong = "is not one line of a public key that begins with ssh-ed25519, ecdsa-sha2-nistp256 or ssh-rsa"
    if not value:
        return ""
    kind, _, rest = value.partition(" ")
    if kind not in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa") or not value.isprintable() or len(value) > 1000:
        return wrong
    try:
        key = b64decode(rest.split(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        return wrong
    return "" if key[4 : 4 + len(kind)] == kind.encode() and len(key) > len(kind) + 36 else wrong


SETTINGS: Final[tuple[CardSetting, ...]] = (
    CardSetting("class", ("The class that this box belongs to, such as 3b or Room 12.",), _text),
    CardSetting(
        "number",
        (
            "The number of this box, from 1 to 99999. Empty: it finds one of its own, and speaks it when it starts.",
            "With one file for thirty cards leave it empty.",
        ),
        _number,
    ),
    CardSetting("language", (f"The language in which the box speaks: {', '.join(LANGUAGES)}.",), _language, "en"),
    CardSetting(
        "voice",
        ("Whether the box says aloud what is wrong, and its number when it starts: on or off.",),
        _matching("on|off", "on or off"),
        "on",
    ),
    CardSetting(
        "sound",
        ("Where sound goes: auto finds the headphones; alsa: and the name of a device, if there are several.",),
        _matching(r"auto|silent|alsa:[\w:,=.@-]{1,60}", "auto, silent or alsa:NAME"),
        "auto",
    ),
    CardSetting(
        "wifi_network",
        ("The name of the wireless network. Empty: only the cable. Capitals and small letters count.",),
        _network,
        quote="'",
    ),
    CardSetting(
        _PASSWORD,
        (
            "Its password. At the first start it is moved into the box, and this line is made a note.",
            "A new password later: write the line again, here or at the end of the file.",
        ),
        _matching(r"[ -~]{8,63}|[0-9a-fA-F]{64}", "8 to 63 letters, digits and signs without accents"),
        quote="'",
        secret=True,
    ),
    CardSetting(
        "wifi_country",
        ("The country that the box is in, as two capital letters (DE, BR, IN …): radio has rules.",),
        _matching(r"[A-Z]{2}", "two capital letters, such as DE"),
    ),
    CardSetting(
        "teacher_key",
        ("The teacher's public key, as `mos key show` prints it: lessons that are signed with it are trusted.",),
        _teacher_key,
    ),
    CardSetting(
        "ssh_key",
        (
            "For who looks after the computers, otherwise leave it empty: a public key (ssh-ed25519 …).",
            "Whoever has its secret half may then do everything on this box, over the network.",
        ),
        _ssh_key,
    ),
)
KNOWN: Final = {row.name: row for row in SETTINGS}


def text() -> str:
    """The file as it lies on a new card."""
    lines = [INTRODUCTION]
    for row in SETTINGS:
        notes = "".join(f"# {line}\n" for line in row.doc)
        lines.append(f"{notes}{row.name} = {row.quote}{row.default}{row.quote}\n")
    return "\n".join(lines)


def read(content: bytes) -> tuple[dict[str, str], list[Passed]]:
    """The settings of a card, and what was passed over. Of a setting that stands there twice the last one holds.

    Every line is read by itself, so that a wrong one takes no other with it.
    """
    values = {row.name: row.default for row in SETTINGS}
    if len(content) > MAX_BYTES:
        why = f"has {len(content)} bytes, at most {MAX_BYTES} are read; nothing of it holds"
        return values, [Passed(0, "", why)]
    told: list[Passed] = []
    for number, (_, _, line) in enumerate(lines_of(content), 1):
        passed = _take(line, values)
        if passed is not None and len(told) < MAX_TOLD:
            told.append(Passed(number, *passed))
    return values, told


def lines_of(content: bytes) -> Iterator[tuple[int, int, str]]:
    """Each line: where its bytes begin and end (without what ends the line), and its text."""
    mark, encoding = _encoding(content)
    at = mark
    for bare, end in _LINE.findall(content[mark:].decode(encoding, errors="replace")):
        size = len(bare.encode(encoding, errors="replace"))
        yield at, min(at + size, len(content)), bare
        at += size + len(end.encode(encoding))


def strikes(content: bytes) -> list[tuple[int, bytes, bytes]]:
    """How passwords are struck out, without a byte more or less: place, what to write first, what then.

    The first write is one character, so that it is done wholly or not at all when the plug is pulled: from then on the
    line is a note. The second overwrites what stands in it; one that was cut off is found again by `#ifi_password`.
    """
    mark, encoding = _encoding(content)
    found = []
    if len(content) > MAX_BYTES or not _round_trips(content, mark, encoding):
        return []
    for start, end, line in lines_of(content):
        name = line.partition("=")[0].strip(f"{_STRUCK} \t")
        if name not in (_PASSWORD, _PASSWORD[1:]) or not _holds_something(line):
            continue
        unit = _STRUCK.encode(encoding)
        whole = end - start
        note = (_MOVED + " " * whole).encode(encoding)[:whole]
        found.append((start, unit, note[len(unit) :]))
    return found


def _holds_something(line: str) -> bool:
    value = line.partition("=")[2].strip()
    return value not in ("", '""', "''")


def _round_trips(content: bytes, mark: int, encoding: str) -> bool:
    """Whether places in the text are places in the file: a file with bytes that are no text is left alone."""
    try:
        return content[mark:].decode(encoding).encode(encoding) == content[mark:]
    except UnicodeError:
        return False


def _encoding(content: bytes) -> tuple[int, str]:
    """Bytes of the mark at the beginning, and how the text is written."""
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return len(mark), encoding
    return 0, "utf-8" if _round_trips(content, 0, "utf-8") else "latin-1"


def _take(line: str, values: dict[str, str]) -> tuple[str, str] | None:
    """Take one line in. Returns setting and reason when it is passed over."""
    try:
        parsed = _parsed(line)
    except (tomllib.TOMLDecodeError, RecursionError):
        return _unread(line)
    for name, value in parsed.items():
        if name not in KNOWN:
            return "", f"{name[:40]!r} is no setting"
        whole = isinstance(value, int) and not isinstance(value, bool) and name == "number"
        said = str(value) if whole else value
        wrong = KNOWN[name].check(said) if isinstance(said, str) else _UNQUOTED
        if wrong:
            return name, _wrong(name, wrong)
        values[name] = str(said) or KNOWN[name].default
    return None


def _unread(line: str) -> tuple[str, str]:
    """Setting and reason for a line that is no TOML."""
    name = line.partition("=")[0].strip()[:40]
    if name == _PASSWORD and "\\" in line:
        return name, "has a \\ in its value: put single quotation marks around it: wifi_password = '…'"
    if name in KNOWN:
        return name, _wrong(name, _UNQUOTED)
    return "", 'is not of the form name = "value"'


def _wrong(name: str, why: str) -> str:
    return f'the value of {name} needs quotation marks around it: {name} = "…"' if why is _UNQUOTED else f"{name} {why}"


def _parsed(line: str) -> dict[str, object]:
    """Errors: `TOMLDecodeError`."""
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        straight = line.translate(_CURLY)
        if straight == line:
            raise
        return tomllib.loads(straight)
