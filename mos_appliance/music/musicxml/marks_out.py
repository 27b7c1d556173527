"""Articulations, ornaments, fingering, fermatas and arpeggios of an event as children of `notations`."""

from __future__ import annotations

from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.musicxml.tree import Element, new
from mos_appliance.music.musicxml.words import ARTICULATIONS, ORNAMENTS

_ARTICULATION: Final = {name: tag for tag, name in ARTICULATIONS.items()}
_ORNAMENT: Final = {name: tag for tag, name in ORNAMENTS.items()}


def event_marks(event: Json, tremolo: str, notations: Element) -> None:
    """What stands on the first note of an event; `tremolo`: `start` or `stop` and how many marks."""
    ornaments = new("ornaments")
    for name in own(event).get("ornaments", ()):
        if name in _ORNAMENT:
            ornaments.append(new(_ORNAMENT[name]))
    articulations = new("articulations")
    for name, mark in event.get("markings", {}).items():
        if name == "tremolo":
            ornaments.append(new("tremolo", mark["marks"], type="single"))
        elif name in _ARTICULATION:
            articulations.append(_articulation(name, mark))
    if tremolo:
        ornaments.append(new("tremolo", tremolo[-1], type=tremolo[:-1]))
    notations.extend(group for group in (ornaments, articulations) if len(group))
    fermata = own(event).get("fermata")
    if type(fermata) is dict:
        notations.append(new("fermata", fermata.get("shape")))
    arpeggio = own(event).get("arpeggio")
    if type(arpeggio) is dict:
        element = new("arpeggiate")
        if "direction" in arpeggio:
            element.set("direction", str(arpeggio["direction"]))
        notations.append(element)


def _articulation(name: str, mark: Json) -> Element:
    element = new(_ARTICULATION[name], mark.get("symbol"))
    if "pointing" in mark:
        element.set("type", mark["pointing"])
    return element


def note_marks(note: Json, _event: Json, notations: Element) -> None:
    """Fingers."""
    technical = new("technical")
    for row in own(note).get("fingering", ()):
        for index, finger in enumerate(str(row).split("-")):
            element = new("fingering", finger)
            if index:
                element.set("substitution", "yes")
            technical.append(element)
    if len(technical):
        notations.append(technical)
