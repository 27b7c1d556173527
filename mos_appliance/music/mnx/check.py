"""Whether a document is MNX: its shape by the table of `grammar`, its numbers in range, each problem with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mos_appliance.music.mnx.grammar import OBJECTS, UNIONS
from mos_appliance.music.mnx.rhythm import MAX_DOTS

MAX_PROBLEMS: Final = 50
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

Path = tuple[Any, str | int] | None
"""Where one is: (path of the parent, name or index); made as one goes down, written out only for a problem."""

_COLOUR: Final = re.compile("#[0-9a-f]{6}")


def written(path: Path) -> str:
    """`parts[0].measures[3]`, from the root."""
    out: list[str] = []
    while path is not None:
        path, step = path
        out.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(out)).removeprefix(".") or "document"


@dataclass(slots=True)
class Findings:
    """What is wrong, and what is only unknown: (where, why), at most MAX_PROBLEMS of each."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def error(self, path: Path, why: str) -> None:
        """Note what breaks the rules."""
        if len(self.errors) < MAX_PROBLEMS:
            self.errors.append((written(path), why))

    def strange(self, path: Path, why: str) -> None:
        """Note a member that the table does not know."""
        if len(self.unknown) < MAX_PROBLEMS:
            self.unknown.append((written(path), why))


Check = Callable[[Any, Path, Findings], None]


def check_shape(document: Any, findings: Findings, root: Path = None) -> None:
    """Compare a document with the table; unknown members are told apart from errors."""
    _check_of("root")(document, root, findings)


def told(value: Any) -> str:
    """A value in a message, short."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return repr(value[:40])
        case _:
            return str(value)


_SCALARS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "int": ("an integer", lambda value: type(value) is int),
    "count": ("an integer from 0 on", lambda value: type(value) is int and value >= 0),
    "str": ("a text", lambda value: type(value) is str),
    "bool": ("true or false", lambda value: type(value) is bool),
    "colour": ("a colour such as #00ff7f", lambda value: type(value) is str and bool(_COLOUR.fullmatch(value))),
}


def _scalar(kind: str) -> Check:
    """The check of a kind that holds no others."""
    wanted, fits = _SCALARS[kind]

    def check(value: Any, path: Path, findings: Findings) -> None:
        if not fits(value):
            findings.error(path, f"is {told(value)}, not {wanted}")

    return check


def _choice(kind: str) -> Check:
    words = kind.split("|")
    numbers = words[0].lstrip("-").isdigit()
    allowed = frozenset(int(word) for word in words) if numbers else frozenset(words)
    wanted = words[0] if len(words) == 1 else "one of " + ", ".join(words)
    expected = int if numbers else str

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not expected or value not in allowed:
            findings.error(path, f"is {told(value)}, not {wanted}")

    return check


def _list(inner: str) -> Check:
    item_check: list[Check] = []

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not list:
            findings.error(path, f"is {told(value)}, not a list")
            return
        if not item_check:
            item_check.append(_check_of(inner))
        check_item = item_check[0]
        for index, item in enumerate(value):
            check_item(item, (path, index), findings)

    return check


def _named(inner: str) -> Check:
    """An object whose names are free."""
    check_member = _check_of(inner)

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not dict:
            findings.error(path, f"is {told(value)}, not an object")
            return
        for name, member in value.items():
            check_member(member, (path, name), findings)

    return check


def _union(kinds: dict[str, str]) -> Check:
    default = kinds.get("event")

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not dict:
            findings.error(path, f"is {told(value)}, not an object")
            return
        word = value.get("type", default)
        kind = kinds.get(word) if type(word) is str else None
        if kind is not None:
            _check_of(kind)(value, path, findings)
        elif word is None:
            findings.error(path, "lacks 'type'")
        else:
            findings.error((path, "type"), f"is {told(word)}, not one of {', '.join(kinds)}")

    return check


def _object(name: str) -> Check:
    rows = OBJECTS[name]
    kinds = {row.name: row.kind for row in rows}
    required = tuple(row.name for row in rows if row.required)
    checks: dict[str, Check] = {"id": _identity, "_c": _scalar("str"), "_x": _vendors}

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not dict:
            findings.error(path, f"is {told(value)}, not an object")
            return
        for member in required:
            if member not in value:
                findings.error(path, f"lacks {member!r}")
        for member, inside in value.items():
            known = checks.get(member)
            if known is None:
                if member not in kinds:
                    findings.strange((path, member), "is not known to MNX")
                    continue
                known = checks[member] = _check_of_member(member, kinds[member])
            known(inside, (path, member), findings)

    return check


def _check_of_member(name: str, kind: str) -> Check:
    if kind == "int" and name in RANGES:
        return _ranged(*RANGES[name])
    if kind == "[count]":
        return _fraction
    if kind == "[content]":
        return _nested
    return _check_of(kind)


def _ranged(low: int, high: int) -> Check:
    check_integer = _scalar("int")

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not int:
            check_integer(value, path, findings)
        elif not low <= value <= high:
            findings.error(path, f"is {value}, not {low} to {high}")

    return check


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
        _check_of("[content]")(value, path, findings)


def _vendors(value: Any, path: Path, findings: Findings) -> None:
    """`_x`: one object a vendor, and in it whatever the vendor likes."""
    if type(value) is not dict:
        findings.error(path, f"is {told(value)}, not an object")
        return
    for name, member in value.items():
        if type(member) is not dict:
            findings.error((path, name), f"is {told(member)}, not an object")


_CHECKS: Final[dict[str, Check]] = {}


def _check_of(kind: str) -> Check:
    """The check of a kind of the table, made once; objects that hold themselves find theirs when first needed."""
    if kind not in _CHECKS:
        _CHECKS[kind] = _make(kind)
    return _CHECKS[kind]


def _make(kind: str) -> Check:
    if kind in _SCALARS:
        return _scalar(kind)
    if kind in OBJECTS:
        return _object(kind)
    if kind in UNIONS:
        return _union(UNIONS[kind])
    if kind[0] == "[":
        return _list(kind[1:-1])
    if kind[0] == "{":
        return _named(kind[1:-1])
    return _choice(kind.removeprefix("="))
