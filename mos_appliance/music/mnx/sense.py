"""What the parts of a document say about each other: lists that match, names that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.shapes import Findings, Path

MAX_BARS: Final = 100_000
MAX_PARTS: Final = 1_000


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
