"""What the shape of a document does not say: numbers in range, lists that match, names that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.check import Findings, Path
from mos_appliance.music.mnx.rhythm import MAX_DOTS

MAX_NESTING: Final = 12
"""Tuplets within tuplets."""
MAX_MULTIPLE: Final = 10_000
MAX_BARS: Final = 100_000
MAX_PARTS: Final = 1_000
FASTEST_BPM: Final = 10_000
LONGEST_FRACTION: Final = 1_000_000
MAX_REPEATS: Final = 100

_RANGES: Final[dict[str, tuple[int, int]]] = {
    "dots": (0, MAX_DOTS),
    "multiple": (1, MAX_MULTIPLE),
    "bpm": (1, FASTEST_BPM),
    "count": (1, 1_000),
    "octave": (-10, 20),
    "alter": (-12, 12),
    "fifths": (-20, 20),
    "times": (1, MAX_REPEATS),
    "marks": (0, 16),
    "staff": (1, 255),
    "staves": (1, 255),
    "midiNumber": (0, 127),
    "halfSteps": (-127, 127),
}
"""What numbers by these names may be, wherever they stand."""


def check_sense(document: Json, findings: Findings, root: Path = None) -> None:
    """Check a document whose shape is right."""
    bars = document["global"]["measures"]
    if len(bars) > MAX_BARS:
        findings.error(((root, "global"), "measures"), f"has {len(bars):,} bars; at most {MAX_BARS:,} are read")
    if len(document["parts"]) > MAX_PARTS:
        findings.error((root, "parts"), f"has {len(document['parts']):,} parts; at most {MAX_PARTS:,} are read")
    for number, part in enumerate(document["parts"]):
        if len(part["measures"]) > len(bars):
            path = (((root, "parts"), number), "measures")
            findings.error(path, f"has {len(part['measures'])} bars where `global` has {len(bars)}")
    _Walk(findings).value(document, root)


class _Walk:
    """Through every value of a document, except what vendors put into `_x`."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.ids: set[str] = set()
        self.tuplets = 0

    def value(self, value: Any, path: Path) -> None:
        if type(value) is dict:
            self.object(value, path)
        elif type(value) is list:
            for index, item in enumerate(value):
                if type(item) is dict:
                    self.object(item, (path, index))

    def object(self, value: Json, path: Path) -> None:
        nested = value.get("type") == "tuplet"
        self.tuplets += nested
        if self.tuplets > MAX_NESTING:
            self.findings.error(path, f"is nested deeper than {MAX_NESTING} tuplets")
        else:
            for name, member in value.items():
                self.member(name, member, path)
        self.tuplets -= nested

    def member(self, name: str, member: Any, path: Path) -> None:
        if type(member) is int:
            low, high = _RANGES.get(name, (member, member))
            if not low <= member <= high:
                self.findings.error((path, name), f"is {member}, not {low} to {high}")
        elif type(member) is str:
            if name == "id":
                if member in self.ids:
                    self.findings.error((path, name), f"{member[:40]!r} names something else too")
                self.ids.add(member)
        elif type(member) is list and name in ("fraction", "duration"):
            self.fraction(member, (path, name))
        elif name != "_x":
            self.value(member, (path, name))

    def fraction(self, pair: list[Any], path: Path) -> None:
        if len(pair) != 2 or not all(type(number) is int for number in pair) or pair[1] == 0:
            self.findings.error(path, "is no fraction [n, d]")
        elif max(pair) > LONGEST_FRACTION:
            self.findings.error(path, f"is a fraction with numbers above {LONGEST_FRACTION:,}")


def oddities(document: Json) -> Iterator[str]:
    """What is legal, since the shape is right, yet worth telling: names that lead nowhere, parts that end early."""
    bars = len(document["global"]["measures"])
    for number, part in enumerate(document["parts"]):
        if len(part["measures"]) < bars:
            yield f"parts[{number}] has {len(part['measures'])} of {bars} bars"
    ids: set[str] = set()
    named: list[tuple[str, str]] = []
    for name, member in _texts(document):
        if name == "id":
            ids.add(member)
        else:
            named.append((name, member))
    for name, wanted in named:
        if wanted not in ids:
            yield f"a {name} names {wanted[:40]!r}, which is not there"


def _texts(document: Json) -> Iterator[tuple[str, str]]:
    """Every id, and every name of a note or event, with the member that it stands in."""
    waiting: list[Any] = [document]
    while waiting:
        for name, member in waiting.pop().items():
            if type(member) is dict:
                if name != "_x":
                    waiting.append(member)
            elif type(member) is list:
                waiting += [item for item in member if type(item) is dict]
                if name == "events":
                    yield from (("beam", item) for item in member if type(item) is str)
            elif name in _NAMING and type(member) is str:
                yield name, member


_NAMING: Final = ("id", "target", "startNote", "endNote")
