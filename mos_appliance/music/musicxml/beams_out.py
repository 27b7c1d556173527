"""What MNX says of beams and accidentals, as children of `note`; what was kept of a MusicXML file stands for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.musicxml.kept import own_list
from mos_appliance.music.musicxml.tree import Element, new

_SIGNS: Final = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_MOST: Final = 8
"""Levels of beams that MusicXML counts."""


def accidental(note: Json) -> Iterator[Element]:
    """The sign that is printed before a note, when MNX says that one is."""
    shown = note.get("accidentalDisplay", {})
    sign = _SIGNS.get(note.get("pitch", {}).get("alter", 0))
    if not shown.get("show") or sign is None or any(kept[:1] == ["accidental"] for kept in own_list(note, "musicxml")):
        return
    enclosed = {"brackets": "bracket", "parentheses": "parentheses"}.get(shown.get("enclosure", {}).get("symbol", ""))
    yield new("accidental", sign, **({enclosed: "yes"} if enclosed else {}))


def beam_elements(part: Json) -> dict[str, list[Element]]:
    """The `beam` elements of each event that a beam of the part names, by its id, from the outermost on."""
    found: dict[str, list[Element]] = {}
    for measure in part["measures"]:
        for beam in measure.get("beams", ()):
            _take(beam, 1, found)
    return found


def _take(beam: Json, level: int, found: dict[str, list[Element]]) -> None:
    names = beam["events"]
    for place, name in enumerate(names):
        if len(names) == 1:
            kind = "backward hook" if beam.get("direction") == "left" else "forward hook"
        else:
            kind = "begin" if not place else "end" if place == len(names) - 1 else "continue"
        found.setdefault(name, []).append(new("beam", kind, number=str(level)))
    if level < _MOST:
        for inner in beam.get("beams", ()):
            _take(inner, level + 1, found)
