"""`mos.toml`, the settings file on the card: one table, from which the commented file is written and a card's is read.

A wrong line costs that line, not the boot: it is told, and its default holds. What cannot be read at all is told too.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "card" / "mos.toml"
MAX_BYTES: Final = 16_384
"""A settings file is small; what is larger is none."""
_INTRODUCTION: Final = """# Settings of this MOS box. Open it with any text editor, change what is behind the =, save.
# A line that begins with # is a note. A line that MOS does not understand is passed over.
"""


@dataclass(frozen=True, slots=True)
class CardSetting:
    """One line of the file; `check` says what is wrong with a value, or nothing."""

    name: str
    default: str
    doc: str
    check: Callable[[str], str]


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    expression = re.compile(pattern)

    def check(value: str) -> str:
        return "" if not value or expression.fullmatch(value) else f"is not {wanted}"

    return check


SETTINGS: Final[tuple[CardSetting, ...]] = (
    CardSetting(
        "sound",
        "auto",
        "Where sound goes: auto, or alsa: and the name of a device.",
        _matching(r"auto|silent|alsa:[\w:,=.@-]{1,60}", "auto, silent or alsa:NAME"),
    ),
)


def text() -> str:
    """The file as it lies on a new card."""
    lines = [_INTRODUCTION]
    for row in SETTINGS:
        lines.append(f'# {row.doc}\n{row.name} = "{row.default}"\n')
    return "\n".join(lines)


def read(content: bytes) -> tuple[dict[str, str], list[str]]:
    """The settings of a card, and what was passed over, a line each.

    Every line is read by itself, so that a wrong one takes no other with it.
    """
    values = {row.name: row.default for row in SETTINGS}
    told: list[str] = []
    if len(content) > MAX_BYTES:
        return values, [f"mos.toml: has {len(content)} bytes, at most {MAX_BYTES} are read; the defaults hold"]
    known = {row.name: row for row in SETTINGS}
    for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), 1):
        why = _take(line, known, values)
        if why:
            told.append(f"mos.toml: line {number}: {why}")
    return values, told


def _take(line: str, known: dict[str, CardSetting], values: dict[str, str]) -> str:
    """Take one line in. Returns why it is passed over, or nothing."""
    try:
        parsed = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return 'is not of the form name = "value"'
    for name, value in parsed.items():
        if name not in known:
            return f"{name[:40]} is no setting"
        if not isinstance(value, str):
            return f'{name} needs its value in quotes: {name} = "…"'
        wrong = known[name].check(value)
        if wrong:
            return f"{name} {wrong}"
        values[name] = value
    return ""


def main(argv: Sequence[str]) -> int:
    """Write `card/mos.toml`, or with --check say whether it is stale. Returns the exit code."""
    if "--check" in argv:
        stale = not FILE.is_file() or FILE.read_text(encoding="utf-8") != text()
        if stale:
            print(f"{FILE}: is stale: python -m image.card writes it", file=sys.stderr)
        return int(stale)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
