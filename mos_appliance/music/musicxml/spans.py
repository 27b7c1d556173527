"""Ties and slurs: their ends are found when the whole part is known, since the file's order is not that of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.musicxml.draft import Draft
from mos_appliance.music.musicxml.kept import Kept, keep, keep_attributes
from mos_appliance.music.musicxml.note_in import NoteParts
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element

Place = tuple[int, Fraction]


@dataclass(slots=True)
class _TieEnd:
    note: Json
    voice: str
    key: str


@dataclass(slots=True)
class _SlurEnd:
    event: Json
    note: Json
    voice: str
    number: str
    starts: bool
    attributes: dict[str, str]
    element: Kept


@dataclass(slots=True)
class Spans:
    """Collects while a part is read; `resolve` writes what was found."""

    report: Report
    tie_starts: dict[tuple[str, Place], list[_TieEnd]] = field(default_factory=dict)
    tie_stops: list[tuple[Place, _TieEnd]] = field(default_factory=list)
    slurs: list[_SlurEnd] = field(default_factory=list)

    def ties(self, parts: NoteParts, note: Json, draft: Draft, place: tuple[Place, Place]) -> None:
        """Take the ties of a note that sounds between two places."""
        kinds = {tie.get("type", "") for tie in parts.ties}
        for tie in parts.ties:
            self._spare(parts, tie, "tie")
        for notations in parts.notations:
            for tied in notations.findall("tied"):
                kinds.add(tied.get("type", ""))
                self._spare(parts, tied, "tied-stop" if tied.get("type") == "stop" else "tied")
        if not kinds:
            return
        key = repr(sorted(note["pitch"].items())) if "pitch" in note else note["kitComponent"]
        end = _TieEnd(note, draft.voice, key)
        if "let-ring" in kinds:
            note.setdefault("ties", []).append({"lv": True})
        if "start" in kinds:
            self.tie_starts.setdefault((key, place[1]), []).append(end)
        if "stop" in kinds:
            self.tie_stops.append((place[0], end))
        for kind in kinds - {"start", "stop", "let-ring"}:
            self.report.unread(parts.where, f"tied of type {kind[:20] or 'none'}")

    def _spare(self, parts: NoteParts, element: Element, path: str) -> None:
        found = keep_attributes(element, self.report, parts.where, ("type",))
        if found:
            parts.attributes.setdefault(path, {}).update(found)

    def slur(self, element: Element, parts: NoteParts, draft: Draft, note: Json) -> bool:
        """Take the beginning or the end of a slur; false for what is neither."""
        kind = element.get("type")
        if kind not in ("start", "stop") or len(element):
            return False
        attributes = keep_attributes(element, self.report, parts.where, ("type", "number"))
        kept = keep(element, Report(), "") or []
        number = element.get("number", "1")
        self.slurs.append(_SlurEnd(draft.event, note, draft.voice, number, kind == "start", attributes, kept))
        return True

    def resolve(self, part_ends: list[Fraction], ids: set[str]) -> None:
        """Find who is tied and slurred to whom. `part_ends`: how far the part came in each bar."""
        starts: dict[tuple[str, Place], list[_TieEnd]] = {}
        for (key, place), rows in self.tie_starts.items():
            starts.setdefault((key, _onward(place, part_ends)), []).extend(rows)
        for place, stop in self.tie_stops:
            self._tie(starts.get((stop.key, place), []), stop, ids)
        for rows in starts.values():
            for row in rows:
                row.note.setdefault("ties", []).append({})
        self._slurs(ids)

    def _tie(self, candidates: list[_TieEnd], stop: _TieEnd, ids: set[str]) -> None:
        """Prefer the same voice; a note is not tied to itself."""
        found = [row for row in candidates if row.note is not stop.note]
        found.sort(key=lambda row: row.voice != stop.voice)
        if not found:
            set_own(stop.note, "tieStop", True)
            return
        start = found[0]
        candidates.remove(start)
        start.note.setdefault("ties", []).append({"target": identify(stop.note, "t", ids)})

    def _slurs(self, ids: set[str]) -> None:
        waiting: dict[tuple[str, str], list[_SlurEnd]] = {}
        stops: dict[tuple[str, str], list[_SlurEnd]] = {}
        pairs: list[tuple[_SlurEnd, _SlurEnd]] = []
        for slur in self.slurs:
            key = slur.number, slur.voice
            mine, others = (waiting, stops) if slur.starts else (stops, waiting)
            if not slur.starts and others.get(key):
                pairs.append((others[key].pop(), slur))
            else:
                mine.setdefault(key, []).append(slur)
        left_starts = [slur for rows in waiting.values() for slur in rows]
        left_stops = [slur for rows in stops.values() for slur in rows]
        for stop in left_stops:
            match = next((slur for slur in left_starts if slur.number == stop.number), None)
            if match is None:
                _keep_notation(stop)
            else:
                left_starts.remove(match)
                pairs.append((match, stop))
        for slur in left_starts:
            _keep_notation(slur)
        for start, stop in pairs:
            _slur(start, stop, ids)


def _onward(place: Place, ends: list[Fraction]) -> Place:
    """The end of a bar is the beginning of the next."""
    bar, at = place
    return (bar + 1, Fraction(0)) if bar < len(ends) and at >= ends[bar] > 0 else place


def identify(item: Json, letter: str, ids: set[str]) -> str:
    """The `id` of a note or event, made where there is none."""
    name: str | None = item.get("id")
    if name is None:
        number = len(ids) + 1
        while f"{letter}{number}" in ids:
            number += 1
        name = item["id"] = f"{letter}{number}"
        ids.add(name)
    return name


def _keep_notation(slur: _SlurEnd) -> None:
    """A slur with one end only stays on its note as it was."""
    holder = slur.note
    kept = holder.get("_x", {}).get("org.mos", {}).get("musicxml")
    if kept is None:
        set_own(holder, "musicxml", [["notations", slur.element]])
    else:
        kept.append(["notations", slur.element])


def _slur(start: _SlurEnd, stop: _SlurEnd, ids: set[str]) -> None:
    slur: Json = {"target": identify(stop.event, "e", ids)}
    for end, member in ((start, "startNote"), (stop, "endNote")):
        notes = end.event.get("notes", end.event.get("kitNotes", []))
        if notes and end.note is not notes[0]:
            slur[member] = identify(end.note, "s", ids)
    side = start.attributes.pop("placement", None)
    if side in ("above", "below"):
        slur["side"] = "up" if side == "above" else "down"
    style = start.attributes.get("line-type")
    if style in ("dashed", "dotted", "solid", "wavy"):
        slur["lineType"] = style
        del start.attributes["line-type"]
    attributes = {path: end.attributes for path, end in (("start", start), ("stop", stop)) if end.attributes}
    if attributes:
        set_own(slur, "attributes", attributes)
    start.event.setdefault("slurs", []).append(slur)
