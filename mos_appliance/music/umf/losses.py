"""What a conversion could not carry: never silent, and so that a machine can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import VENDOR

MAX_LOSSES: Final = 1_000
_FREE: Final = (".lines", ".kit", ".sounds")
"""Objects whose names are free."""


class Loss(NamedTuple):
    """`where`: a place in the file that was read; `what`: what had no place in the other."""

    where: str
    what: str


class Guess(NamedTuple):
    """What the file did not say: `value` was taken; `others` are what else it may be, the likeliest first."""

    what: str
    value: str
    confidence: float
    """0 to 1."""
    others: tuple[tuple[str, float], ...] = ()

    def text(self) -> str:
        """In one line."""
        rest = ", ".join(f"{value} {share:.0%}" for value, share in self.others)
        return f"{self.what} {self.value} ({self.confidence:.0%}{'; or ' if rest else ''}{rest})"

    def as_json(self) -> Json:
        """As `mos convert --json` prints it."""
        others = [{"value": value, "confidence": round(share, 3)} for value, share in self.others]
        told = {"what": self.what, "value": self.value, "confidence": round(self.confidence, 3)}
        return {**told, **({"others": others} if others else {})}


class Loaded(NamedTuple):
    """A UMF document, what of the file was not understood, and what was but has no place in the document."""

    document: Json
    unread: tuple[Loss, ...]
    lost: tuple[Loss, ...] = ()
    guessed: tuple[Guess, ...] = ()


class Saved(NamedTuple):
    """A file, and what of the document had no place in it."""

    data: bytes
    lost: tuple[Loss, ...]


def besides_score(document: Json) -> Iterator[Loss]:
    """What a document has besides its score: formats of scores have no place for it."""
    for name, value in document.items():
        if name == "metadata":
            yield from (Loss(f"metadata.{member}", member) for member, text in value.items() if text != "")
        elif name not in ("umf", "score"):
            count = f"{len(value)} " if isinstance(value, list) else ""
            yield Loss(name, f"{count}{name}")


def counted(document: Any, kept: frozenset[str], root: str, whole: frozenset[str] = frozenset()) -> list[Loss]:
    """Every member whose name is not among `kept`, once for each name: the first place, and how often it stands there.

    What stands in our part of `_x` counts by its own names; members of a name of `whole` are kept with all in them.
    """
    found: dict[str, tuple[str, int]] = {}
    waiting: list[tuple[str, Any]] = [(root, document)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(f"{where}[{index}]", value[index]) for index in reversed(range(len(value)))]
            continue
        if not isinstance(value, dict):
            continue
        for name, member in _members(value):
            if name in whole:
                continue
            if name in kept or where.endswith(_FREE):
                waiting.append((f"{where}.{name}", member))
            else:
                first, times = found.get(name, (f"{where}.{name}", 0))
                found[name] = first, times + 1
    losses = [Loss(where, f"{times} × {name}" if times > 1 else name) for name, (where, times) in found.items()]
    return losses[:MAX_LOSSES]


def _members(value: Json) -> Iterator[tuple[str, Any]]:
    """The members of an object in reverse, so that the first of them is looked at first; those of `_x` are ours."""
    for name, member in reversed(value.items()):
        if name == "_x" and isinstance(member, dict):
            ours = member.get(VENDOR, {})
            known = isinstance(ours, dict)  # in what we do not know anything may stand there
            yield from ((f"_x.{vendor}", None) for vendor in member if vendor != VENDOR or not known)
            yield from ours.items() if known else ()
        else:
            yield name, member
