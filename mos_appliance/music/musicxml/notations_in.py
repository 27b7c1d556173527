"""What hangs on a note: articulations, ornaments, fingering, fermatas, lyrics. What MNX has no word for is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.musicxml.draft import Draft
from mos_appliance.music.musicxml.kept import keep, keep_attributes
from mos_appliance.music.musicxml.lyrics import read_lyric
from mos_appliance.music.musicxml.note_in import NoteParts
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.tuplets_in import PLACED, TAKEN
from mos_appliance.music.musicxml.words import ARTICULATIONS, ORNAMENTS

if TYPE_CHECKING:
    from mos_appliance.music.musicxml.part_in import PartReader

_GROUPS: Final = ("articulations", "ornaments", "technical")
_POINTED: Final = ("accent", "strongAccent")


def read_notations(reader: PartReader, parts: NoteParts, draft: Draft, holder: Json, joined: bool) -> None:
    """Take what the note's `notations` say; `joined`: it is not the first of its event."""
    report = reader.report
    for notations in parts.notations:
        if notations.keys():
            found = keep_attributes(notations, report, parts.where)
            parts.attributes.setdefault("notations", {}).update(found)
        for child in notations:
            tag = child.tag
            if tag in _GROUPS:
                _group(child, parts, draft, holder, joined, report)
            elif tag == "tied" and "rest" not in draft.event:
                continue  # `Spans.ties` has it
            elif tag == "slur" and reader.spans.slur(child, parts, draft, holder):
                continue
            elif tag == "tuplet" and not joined and draft.grace is None:
                draft.tuplets.append(child)
                parts.pending.append(("", child))
            elif not (not joined and _simple(child, parts, draft.event, report)):
                _keep(parts, child, report)


def _group(group: Element, parts: NoteParts, draft: Draft, holder: Json, joined: bool, report: Report) -> None:
    """Articulations, ornaments or technical marks, one by one."""
    if group.keys():
        report.unread(parts.where, f"attributes of {group.tag}")
    for child in group:
        match group.tag:
            case "articulations":
                taken = not joined and _articulation(child, draft.event, parts, report)
            case "ornaments":
                taken = not joined and _ornament(child, draft, parts, report)
            case _:
                taken = _technical(child, holder, parts, report)
        if not taken:
            _keep(parts, child, report, group.tag)


def _keep(parts: NoteParts, child: Element, report: Report, group: str = "") -> None:
    kept = keep(child, report, parts.where)
    if kept is not None:
        parts.kept.append(["notations", [group, kept]] if group else ["notations", kept])


def _spare(child: Element, parts: NoteParts, report: Report, known: tuple[str, ...] = ()) -> None:
    found = keep_attributes(child, report, parts.where, known)
    if found:
        parts.attributes.setdefault(child.tag, {}).update(found)


def _articulation(child: Element, event: Json, parts: NoteParts, report: Report) -> bool:
    name = ARTICULATIONS.get(child.tag)
    if name is None or len(child) or name in event.get("markings", {}):
        return False
    mark: Json = {}
    pointing = child.get("type")
    if name in _POINTED and pointing in ("up", "down"):
        mark["pointing"] = pointing
    if name == "breath" and text_of(child):
        mark["symbol"] = text_of(child)
    _spare(child, parts, report, ("type",) if name in _POINTED else ())
    event.setdefault("markings", {})[name] = mark
    return True


def _ornament(child: Element, draft: Draft, parts: NoteParts, report: Report) -> bool:
    event = draft.event
    if child.tag == "tremolo":
        return _tremolo(child, draft, parts, report)
    name = ORNAMENTS.get(child.tag)
    rows: list[str] = own(event).get("ornaments", [])
    if name is None or len(child) or name in rows:
        return False
    _spare(child, parts, report)
    set_own(event, "ornaments", [*rows, name])
    return True


def _tremolo(child: Element, draft: Draft, parts: NoteParts, report: Report) -> bool:
    """On one note a marking; between two it is known only later whether MNX can say it (`keep_unplaced`)."""
    marks = text_of(child)
    kind = child.get("type", "single")
    if kind == "start" and draft.tremolo is None:
        draft.tremolo = child
        parts.pending.append(("ornaments", child))
        return True
    if kind == "stop" and draft.tremolo_stop is None:
        draft.tremolo_stop = child
        parts.pending.append(("ornaments", child))
        return True
    if kind != "single" or len(marks) != 1 or marks not in "12345678" or "tremolo" in draft.event.get("markings", {}):
        return False
    _spare(child, parts, report, ("type",))
    draft.event.setdefault("markings", {})["tremolo"] = {"marks": int(marks)}
    return True


def _technical(child: Element, holder: Json, parts: NoteParts, report: Report) -> bool:
    finger = text_of(child)
    if child.tag != "fingering" or not finger or "rest" in holder or child.get("alternate") == "yes":
        return False
    rows: list[str] = list(own(holder).get("fingering", []))
    if child.get("substitution") == "yes" and rows:
        rows[-1] += f"-{finger}"
    elif child.get("substitution") == "yes":
        return False
    else:
        rows.append(finger)
    _spare(child, parts, report, ("substitution",))
    set_own(holder, "fingering", rows)
    return True


def _simple(child: Element, parts: NoteParts, event: Json, report: Report) -> bool:
    """Fermatas and arpeggios."""
    ours = own(event)
    row: dict[str, Any] = {}
    if child.tag == "fermata" and "fermata" not in ours:
        if text_of(child):
            row["shape"] = text_of(child)
        _spare(child, parts, report)
        set_own(event, "fermata", row)
        return True
    if child.tag == "arpeggiate" and "arpeggio" not in ours:
        if child.get("direction"):
            row["direction"] = child.get("direction")
        _spare(child, parts, report, ("direction",))
        set_own(event, "arpeggio", row)
        return True
    return False


def keep_unplaced(parts: NoteParts, report: Report) -> None:
    """Keep the marks of tuplets and tremolos for which no tuplet or tremolo was made."""
    for group, mark in parts.pending:
        mark.attrib.pop(TAKEN, None)
        if mark.attrib.pop(PLACED, None) is None:
            _keep(parts, mark, report, group)


def read_lyrics(parts: NoteParts, event: Json, joined: bool, report: Report) -> None:
    """The syllables of a note; those of the further notes of a chord are kept on them."""
    for element in parts.lyrics:
        found = None if joined else read_lyric(element, report, parts.where)
        lines = event.get("lyrics", {}).get("lines", {})
        if found is None or found[0] in lines:
            kept = keep(element, report, parts.where)
            if kept is not None:
                parts.kept.append(kept)
            continue
        line, syllable = found
        event.setdefault("lyrics", {}).setdefault("lines", {})[line] = syllable


def read_beams(parts: NoteParts, report: Report) -> None:
    """Beams stay on their notes as they are."""
    for element in parts.beams:
        kept = keep(element, report, parts.where)
        if kept is not None:
            parts.kept.append(kept)
