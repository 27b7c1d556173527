"""The shape of JSON documents as a table, and whether a document has it: each problem with its place.

A line of a table reads `name kind`, with `!` after names that must be there. A kind is a scalar, an object of the
table, `[kind]` for a list, `{kind}` for an object whose names are free, `=word` for that word, `a|b|c` for one of those
words or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

MAX_PROBLEMS: Final = 50

Path = tuple[Any, str | int] | None
"""Where one is: (path of the parent, name or index); made as one goes down, written out only for a problem."""


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


class Member(NamedTuple):
    """One row of an object: `kind` as in the table."""

    name: str
    kind: str
    required: bool


def members_of(line: str) -> tuple[Member, ...]:
    """The rows of a line of a table."""
    rows = (row.split(" ", 1) for row in line.split(", ") if row)
    return tuple(Member(name.rstrip("!"), kind, name.endswith("!")) for name, kind in rows)


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


Scalars = Mapping[str, tuple[str, Callable[[Any], bool]]]
"""Kinds that hold no others: what is wanted, in words, and whether a value is that."""

SCALARS: Final[Scalars] = {
    "int": ("an integer", lambda value: type(value) is int),
    "count": ("an integer from 0 on", lambda value: type(value) is int and value >= 0),
    "number": ("a number", lambda value: type(value) in (int, float)),
    "str": ("a text", lambda value: type(value) is str),
    "bool": ("true or false", lambda value: type(value) is bool),
    "any": ("anything", lambda _: True),
}


class Shapes:
    """The checks of a table, each made when it is first needed, since objects may hold themselves.

    `unions`: lists of several objects, told apart by their `type`. `members`: checks of members that every object may
    have. `special`: a check for a member (its name, its kind) that needs more than its kind says, else None.
    """

    def __init__(
        self,
        name: str,
        objects: Mapping[str, tuple[Member, ...]],
        unions: Mapping[str, Mapping[str, str]],
        scalars: Scalars,
        members: Mapping[str, Check],
        special: Callable[[str, str], Check | None],
    ) -> None:
        self.name = name
        self.objects = objects
        self.unions = unions
        self.scalars = {**SCALARS, **scalars}
        self.members = members
        self.special = special
        self._checks: dict[str, Check] = {}

    def check_of(self, kind: str) -> Check:
        """The check of a kind of the table."""
        if kind not in self._checks:
            self._checks[kind] = self._make(kind)
        return self._checks[kind]

    def _make(self, kind: str) -> Check:
        if kind in self.scalars:
            return scalar(*self.scalars[kind])
        if kind in self.objects:
            return self._object(kind)
        if kind in self.unions:
            return self._union(self.unions[kind])
        if kind[0] == "[":
            return self._list(kind[1:-1])
        if kind[0] == "{":
            return self._named(kind[1:-1])
        return choice(kind.removeprefix("="))

    def _list(self, inner: str) -> Check:
        def check(value: Any, path: Path, findings: Findings) -> None:
            if type(value) is not list:
                findings.error(path, f"is {told(value)}, not a list")
                return
            check_item = self.check_of(inner)
            for index, item in enumerate(value):
                check_item(item, (path, index), findings)

        return check

    def _named(self, inner: str) -> Check:
        """An object whose names are free."""

        def check(value: Any, path: Path, findings: Findings) -> None:
            if type(value) is not dict:
                findings.error(path, f"is {told(value)}, not an object")
                return
            check_member = self.check_of(inner)
            for name, member in value.items():
                check_member(member, (path, name), findings)

        return check

    def _union(self, kinds: Mapping[str, str]) -> Check:
        default = kinds.get("event")

        def check(value: Any, path: Path, findings: Findings) -> None:
            if type(value) is not dict:
                findings.error(path, f"is {told(value)}, not an object")
                return
            word = value.get("type", default)
            kind = kinds.get(word) if type(word) is str else None
            if kind is not None:
                self.check_of(kind)(value, path, findings)
            elif word is None:
                findings.error(path, "lacks 'type'")
            else:
                findings.error((path, "type"), f"is {told(word)}, not one of {', '.join(kinds)}")

        return check

    def _object(self, name: str) -> Check:
        rows = self.objects[name]
        kinds = {row.name: row.kind for row in rows}
        required = tuple(row.name for row in rows if row.required)
        checks: dict[str, Check] = dict(self.members)

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
                        findings.strange((path, member), f"is not known to {self.name}")
                        continue
                    kind = kinds[member]
                    known = checks[member] = self.special(member, kind) or self.check_of(kind)
                known(inside, (path, member), findings)

        return check


def scalar(wanted: str, fits: Callable[[Any], bool]) -> Check:
    """The check of a value that holds no others."""

    def check(value: Any, path: Path, findings: Findings) -> None:
        if not fits(value):
            findings.error(path, f"is {told(value)}, not {wanted}")

    return check


def ranged(low: int, high: int) -> Check:
    """The check of an integer."""

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not int:
            findings.error(path, f"is {told(value)}, not an integer")
        elif not low <= value <= high:
            findings.error(path, f"is {value}, not {low} to {high}")

    return check


def choice(kind: str) -> Check:
    """The check of one of some words or numbers."""
    words = kind.split("|")
    numbers = words[0].lstrip("-").isdigit()
    allowed = frozenset(int(word) for word in words) if numbers else frozenset(words)
    wanted = words[0] if len(words) == 1 else "one of " + ", ".join(words)
    expected = int if numbers else str

    def check(value: Any, path: Path, findings: Findings) -> None:
        if type(value) is not expected or value not in allowed:
            findings.error(path, f"is {told(value)}, not {wanted}")

    return check
