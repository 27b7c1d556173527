"""Whether a document is MNX: its shape by the table of `grammar`, its numbers in range, each problem with its place."""

from __future__ import annotations

import re
from typing import Any, Final

from mos_appliance.music.mnx.grammar import OBJECTS, UNIONS
from mos_appliance.music.mnx.rhythm import MAX_DOTS
from mos_appliance.music.shapes import Check, Findings, Path, Shapes, ranged, scalar, told

MAX_NESTING: Final = 12
"""Tuplets within tuplets."""
LONGEST_FRACTION: Final = 1_000_000
FASTEST_BPM: Final = 10_000

RANGES: Final[dict[str, tuple[int, int]]] = {
    "dots": (0, MAX_DOTS),
    "multiple": (1, 10_000),
    "bpm": (1, FASTEST_BPM),
    "count": (1, 1_000),
    "octave": (-10, 20),
    "alter": (-12, 12),
    "fifths": (-20, 20),
    "times": (1, 100),
    "marks": (0, 16),
    "staff": (1, 255),
    "staves": (1, 255),
    "midiNumber": (0, 127),
    "halfSteps": (-127, 127),
}
"""What the integers by these names may be, wherever they stand."""


def _special(name: str, kind: str) -> Check | None:
    if kind == "int" and name in RANGES:
        return ranged(*RANGES[name])
    if kind == "[count]":
        return _fraction
    return _nested if kind == "[content]" else None


def _fraction(value: Any, path: Path, findings: Findings) -> None:
    match value:
        case [int(over), int(under)] if type(over) is int and type(under) is int and over >= 0 and under > 0:
            if max(over, under) > LONGEST_FRACTION:
                findings.error(path, f"is a fraction with numbers above {LONGEST_FRACTION:,}")
        case _:
            findings.error(path, "is no fraction [n, d]")


def _identity(value: Any, path: Path, findings: Findings) -> None:
    """`id`: names one thing only."""
    if type(value) is not str:
        findings.error(path, f"is {told(value)}, not a text")
    elif value in findings.ids:
        findings.error(path, f"{value[:40]!r} names something else too")
    else:
        findings.ids.add(value)


def _nested(value: Any, path: Path, findings: Findings) -> None:
    """The content of a sequence or a tuplet, which holds no tuplets beyond MAX_NESTING."""
    depth, up = 0, path
    while up is not None:
        up, step = up
        depth += step == "content"
    if depth > MAX_NESTING + 1:
        findings.error(path, f"is nested deeper than {MAX_NESTING} tuplets")
    else:
        SHAPES.check_of("[content]")(value, path, findings)


def _vendors(value: Any, path: Path, findings: Findings) -> None:
    """`_x`: one object a vendor, and in it whatever the vendor likes."""
    if type(value) is not dict:
        findings.error(path, f"is {told(value)}, not an object")
        return
    for name, member in value.items():
        if type(member) is not dict:
            findings.error((path, name), f"is {told(member)}, not an object")


_COLOUR: Final = re.compile("#[0-9a-f]{6}")
_TEXT: Final = scalar("a text", lambda value: type(value) is str)
SHAPES: Final = Shapes(
    "MNX",
    OBJECTS,
    UNIONS,
    {"colour": ("a colour such as #00ff7f", lambda value: type(value) is str and bool(_COLOUR.fullmatch(value)))},
    {"id": _identity, "_c": _TEXT, "_x": _vendors},
    _special,
)


def check_shape(document: Any, findings: Findings, root: Path = None) -> None:
    """Compare a document with the table; unknown members are told apart from errors."""
    SHAPES.check_of("root")(document, root, findings)
