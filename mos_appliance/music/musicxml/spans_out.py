"""Ties, slurs and tuplets as the marks on their notes that MusicXML wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.timeline import Placed
from mos_appliance.music.musicxml.kept import restore
from mos_appliance.music.musicxml.note_out import Sound
from mos_appliance.music.musicxml.tree import Element, new

MOST_SLURS: Final = 16
"""Numbers of slurs that are open at once."""

_SIDES: Final = {"up": "above", "down": "below"}
_SHOWN: Final = {"inner": "actual", "both": "both", "noNumber": "none"}


def tie_targets(part: Json) -> frozenset[str]:
    """The ids of the notes that ties lead to."""
    return frozenset(_targets(part["measures"]))


def _targets(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is list:
            waiting += item
        elif type(item) is dict:
            for tie in item.get("ties", ()):
                if "target" in tie:
                    yield tie["target"]
            waiting += [member for name, member in item.items() if name != "_x" and type(member) in (dict, list)]


def slur_marks(sounds: list[Sound]) -> None:
    """Give each slur a number that no other open one has, and its marks to the events."""
    places = {sound.event["id"]: index for index, sound in enumerate(sounds) if "id" in sound.event}
    spans = []
    for index, sound in enumerate(sounds):
        for slur in sound.event.get("slurs", ()):
            target = places.get(slur["target"])
            if target is None:
                sound.slurs.append((None, _slur("start", 1, slur)))
            else:
                spans.append((min(index, target), max(index, target), index, target, slur))
    busy: dict[int, int] = {}
    for low, high, start, target, slur in sorted(spans, key=lambda span: span[:4]):
        number = next((n for n in range(1, MOST_SLURS + 1) if busy.get(n, -1) < low), MOST_SLURS)
        busy[number] = high
        sounds[start].slurs.append((_note(sounds[start], slur.get("startNote")), _slur("start", number, slur)))
        sounds[target].slurs.append((_note(sounds[target], slur.get("endNote")), _slur("stop", number, slur)))


def _note(sound: Sound, name: str | None) -> Json | None:
    for note in (*sound.event.get("notes", ()), *sound.event.get("kitNotes", ())):
        if name is not None and note.get("id") == name:
            found: Json = note
            return found
    return None


def _slur(kind: str, number: int, slur: Json) -> Element:
    element = new("slur", None, type=kind, number=str(number))
    if kind == "start":
        if slur.get("side") in _SIDES:
            element.set("placement", _SIDES[slur["side"]])
        if "lineType" in slur:
            element.set("line-type", slur["lineType"])
    element.attrib.update(own(slur).get("attributes", {}).get(kind, {}))
    return element


def tuplet_marks(placed: list[Placed]) -> dict[int, list[Element]]:
    """The marks that open and close the printed tuplets, by the identity of their events."""
    edges: dict[int, tuple[Json, int, list[Json]]] = {}
    for row in placed:
        if row.grace is not None:
            continue
        for depth, tuplet in enumerate(row.tuplets):
            edges.setdefault(id(tuplet), (tuplet, depth, []))[2].append(row.event)
    marks: dict[int, list[Element]] = {}
    for tuplet, depth, events in edges.values():
        unseen = tuplet.get("bracket") == "no" and tuplet.get("showNumber") == "noNumber"
        if own(tuplet).get("plain") or (unseen and "musicxml" not in own(tuplet)):
            continue
        start = _tuplet(tuplet, depth)
        marks.setdefault(id(events[0]), []).append(start)
        stop = new("tuplet", None, type="stop", number=start.get("number", "1"))
        marks.setdefault(id(events[-1]), []).append(stop)
    return marks


def _tuplet(tuplet: Json, depth: int) -> Element:
    kept = restore(own(tuplet).get("musicxml"))
    if kept is not None and kept.tag == "tuplet":
        return kept
    element = new("tuplet", None, type="start", number=str(depth + 1))
    if tuplet.get("bracket") in ("yes", "no"):
        element.set("bracket", tuplet["bracket"])
    for name, member in (("show-number", "showNumber"), ("show-type", "showValue")):
        word = _SHOWN.get(tuplet.get(member, ""))
        if word is not None:
            element.set(name, word)
    return element
