"""One part, bar by bar: the cursor goes through the elements, what it meets finds its place in MNX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import position
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.mnx.rhythm import MAX_DOTS, the_same, value_of
from mos_appliance.music.musicxml.draft import NO_TIME, ONE, Draft
from mos_appliance.music.musicxml.kept import keep
from mos_appliance.music.musicxml.limits import LONGEST_FRACTION
from mos_appliance.music.musicxml.notations_in import keep_unplaced, read_beams, read_lyrics, read_notations
from mos_appliance.music.musicxml.note_in import (
    NoteParts,
    attach,
    decimal,
    integer,
    named,
    pitch_of,
    take_apart,
    tell_children,
)
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.rhythm_in import sequences_of
from mos_appliance.music.musicxml.spans import Spans
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.words import BASES

LONGEST_DURATION: Final = 1_000_000
"""Quarters; and the finest division is as much."""
MAX_VOICES: Final = 64
TIMED: Final = ("offset", "duration")
"""Children of kept elements that count divisions: they are kept as fractions of a quarter."""

Place = tuple[int, Fraction]
"""A bar, counted from 0, and a place in it."""

Claim = Callable[[int, str, Any, str], bool]
"""Says of a bar (its number, which member, what it is, who says so); false when another part said otherwise."""
Hooks = dict[str, Callable[["PartReader", Element], bool]]
"""Readers of elements by name; false from one that leaves the element to be kept as it is."""


@dataclass(slots=True)
class BarDraft:
    """What one part says about one bar."""

    measure: Json
    number: int
    drafts: dict[str, list[Draft]] = field(default_factory=dict)
    high: Fraction = NO_TIME
    """How far the cursor came."""
    parts: list[tuple[Draft, Json, NoteParts, bool]] = field(default_factory=list)


class PartReader:
    """Reads the measures of one part into `part["measures"]`."""

    def __init__(self, part: Json, name: str, report: Report, ids: set[str], claim: Claim, hooks: Hooks) -> None:
        self.part = part
        self.claim = claim
        self.hooks = hooks
        self.name = name
        self.report = report
        self.ids = ids
        self.spans = Spans(report)
        self.shift = (0, 0)
        """From written to sounding pitch: half steps, staff steps."""
        self.divisions = ONE
        self.cursor = NO_TIME
        self.bar = BarDraft({}, 0)
        self.last: Draft | None = None
        self.lengths: list[Fraction] = []
        self.open_rows: dict[str, Json] = {}
        """Hairpins and octave lines that have not ended, by name and number."""
        self.open_places: dict[str, tuple[Json, Fraction]] = {}
        self.bar_id: Callable[[int], str] = str
        self.note_count = 0
        self.where = f"part {name}, bar 1"
        """The place in the file, for messages."""
        self._durations: dict[str, Fraction] = {}

    def read_measure(self, element: Element, number: int) -> None:
        """Append one measure."""
        measure: Json = {"sequences": []}
        self.part["measures"].append(measure)
        self.bar = BarDraft(measure, number)
        self.where = f"part {self.name}, bar {number + 1}"
        self.cursor = NO_TIME
        self.last = None
        self.note_count = 0
        for child in element:
            tag = child.tag
            if tag == "note":
                self._note(child)
            elif tag in ("backup", "forward"):
                self._move(child)
            else:
                self._positioned(child)
        self._finish()

    def duration(self, element: Element | None, where: str) -> Fraction:
        """A duration as part of a whole note."""
        text = text_of(element)
        length = self._durations.get(text)
        if length is None:
            length = decimal(text, where) / self.divisions / 4
            if not 0 <= length <= LONGEST_DURATION:
                raise BadInput(where, f"duration is {text[:20]!r}, which is no length")
            if length.denominator > LONGEST_FRACTION:
                raise BadInput(where, f"duration {text[:20]!r} is finer than is read")
            length = self._durations[text] = the_same(length)
        return length

    def set_divisions(self, element: Element) -> None:
        """How many units a quarter has from here on."""
        divisions = decimal(text_of(element), self.where)
        if not 0 < divisions <= LONGEST_DURATION:
            raise BadInput(self.where, f"divisions is {text_of(element)[:20]!r}, which is no number of parts")
        self.divisions = divisions
        self._durations = {}

    def _move(self, element: Element) -> None:
        tell_children(element, ("duration", "voice", "staff"), self.report, self.where)
        length = self.duration(element.find("duration"), self.where)
        self._reach()
        if element.tag == "forward":
            self.cursor += length
        elif length > self.cursor:
            self.report.unread(self.where, "backup beyond the beginning of the bar")
            self.cursor = NO_TIME
        else:
            self.cursor -= length
        self.last = None

    def _reach(self) -> None:
        """Before the cursor goes back: the bar is as long as it came."""
        if self.cursor > self.bar.high:
            self.bar.high = self.cursor

    def _positioned(self, element: Element) -> None:
        """What is no note: its own reader, else kept as it is at this place."""
        hook = self.hooks.get(element.tag)
        if hook is None or not hook(self, element):
            self.keep_here(element)

    def keep_here(self, element: Element, wrap: str = "") -> None:
        """Keep an element at the cursor; `wrap` is the element that it stood in."""
        for child in element:
            if child.tag in TIMED and text_of(child):
                child.text = str(decimal(text_of(child), self.where) / self.divisions)
        kept = keep(element, self.report, self.where)
        if kept is not None:
            row: Json = {"position": position(self.cursor), "element": kept}
            if wrap:
                row["within"] = wrap
            self.append_own("musicxml", row)

    def append_own(self, name: str, row: Any) -> None:
        """Append to one of our lists of the measure."""
        measure = self.bar.measure
        rows = own(measure).get(name)
        if rows is None:
            rows = []
            set_own(measure, name, rows)
        rows.append(row)

    def _note(self, element: Element) -> None:
        self.note_count += 1
        where = f"{self.where}, note {self.note_count}"
        parts = take_apart(element, self.report, where)
        first = parts.first
        chord = self.last if "chord" in first else None
        draft = self._draft(parts, chord)
        joined = chord is not None and _joins(chord, draft, first)
        if "chord" in first and chord is None:
            self.report.unread(where, "chord without a note before it")
        target = chord if joined and chord is not None else draft
        holder = self._holder(parts, target)
        self._annotate(parts, target, holder, joined)
        self.bar.parts.append((target, holder, parts, joined))
        if joined:
            return
        voices = self.bar.drafts
        if draft.voice not in voices and len(voices) >= MAX_VOICES:
            raise BadInput(where, f"has more than {MAX_VOICES} voices in a bar")
        voices.setdefault(draft.voice, []).append(draft)
        if chord is None:
            self.last = draft
            if draft.grace is None:
                self.cursor = draft.end
        elif draft.end > self.bar.high:
            self.bar.high = draft.end

    def _draft(self, parts: NoteParts, chord: Draft | None) -> Draft:
        first, where = parts.first, parts.where
        length = NO_TIME
        grace = None
        if "grace" in first:
            grace = "slash" if first["grace"].get("slash") == "yes" else "plain"
        else:
            length = self.duration(first.get("duration"), where)
        voice = text_of(first.get("voice"))[:40] or (chord.voice if chord else "1")
        staff = integer(first.get("staff"), where, 1, 255, 1)
        base = BASES.get(text_of(first.get("type")))
        dots = min(parts.dots, MAX_DOTS)
        draft = Draft(
            chord.onset if chord else self.cursor,
            length,
            voice,
            staff,
            {},
            value_of(base, dots) if base else None,
            base,
            dots,
            grace=grace,
            where=where,
        )
        if first.get("type") is not None and base is None:
            self.report.unread(where, f"type {text_of(first['type'])[:20]}")
        if "time-modification" in first:
            self._modify(draft, first["time-modification"])
        rest = first.get("rest")
        if rest is not None and rest.get("measure") == "yes" and not draft.onset and grace is None:
            draft.whole_bar = True
        return draft

    def _modify(self, draft: Draft, element: Element) -> None:
        known = ("actual-notes", "normal-notes", "normal-type", "normal-dot")
        tell_children(element, known, self.report, draft.where)
        actual = integer(element.find("actual-notes"), draft.where, 1, 10_000)
        normal = integer(element.find("normal-notes"), draft.where, 1, 10_000)
        draft.actual = actual, normal
        draft.ratio = Fraction(normal, actual) if draft.grace is None else ONE
        draft.unit = text_of(element.find("normal-type")) or None, len(element.findall("normal-dot"))

    def _holder(self, parts: NoteParts, draft: Draft) -> Json:
        """The object that the note becomes: a note or kit note of its event, or the event itself for a rest."""
        first, event = parts.first, draft.event
        staff = integer(first.get("staff"), parts.where, 1, 255, 1)
        if "pitch" in first:
            pitch, cents = pitch_of(first["pitch"], parts.where, self.report, self.shift)
            note: Json = {"pitch": pitch}
            if cents:
                set_own(note, "cents", cents)
            event.setdefault("notes", []).append(note)
        elif "unpitched" in first:
            note = {"kitComponent": self._component(first["unpitched"], first.get("instrument"), parts.where)}
            event.setdefault("kitNotes", []).append(note)
        else:
            event["rest"] = self._rest(first.get("rest"), parts.where)
            return event
        if staff != draft.staff:
            note["staff"] = staff
        if "instrument" in first and "unpitched" not in first:
            parts.attributes.setdefault("instrument", {})["id"] = first["instrument"].get("id", "")
        name = named(parts.element, self.ids)
        if name is not None:
            note["id"] = name
        elif parts.element.get("id") is not None:
            self.report.lost(parts.where, "note@id")
        return note

    def _rest(self, element: Element | None, where: str) -> Json:
        if element is None:
            self.report.unread(where, "note without pitch or rest")
            return {}
        tell_children(element, ("display-step", "display-octave"), self.report, where)
        position = _staff_position(element, where)
        return {} if position is None else {"staffPosition": position}

    def _component(self, element: Element, instrument: Element | None, where: str) -> str:
        """The name of the kit's component for an unpitched note; made where there is none yet."""
        tell_children(element, ("display-step", "display-octave"), self.report, where)
        position = _staff_position(element, where)
        identity = instrument.get("id", "") if instrument is not None else ""
        name = f"{identity or 'unpitched'}{'' if position is None else f' at {position}'}"
        kit = self.part.setdefault("kit", {})
        if name not in kit:
            component: Json = {"staffPosition": position or 0}
            if identity:
                set_own(component, "instrument", identity)
            if position is None:
                set_own(component, "anywhere", True)
            kit[name] = component
        return name

    def _annotate(self, parts: NoteParts, draft: Draft, holder: Json, joined: bool) -> None:
        first = parts.first
        if (parts.ties or parts.notations) and ("pitch" in first or "unpitched" in first):
            place = (self.bar.number, draft.onset), (self.bar.number, draft.end)
            self.spans.ties(parts, holder, draft, place)
        if parts.notations:
            read_notations(self, parts, draft, holder, joined)
        if parts.lyrics:
            read_lyrics(parts, draft.event, joined, self.report)
        if parts.beams:
            read_beams(parts, self.report)
        stem = text_of(first.get("stem"))
        if stem in ("up", "down") and not joined and "stemDirection" not in draft.event:
            draft.event["stemDirection"] = stem
        elif stem and draft.event.get("stemDirection") != stem:
            parts.kept.append(["stem", stem])

    def _finish(self) -> None:
        """All notes of the bar are known: write its sequences."""
        self._reach()
        bar = self.bar
        for voice, drafts in bar.drafts.items():
            self._sequences(voice, drafts)
        for _, holder, parts, _ in bar.parts:
            if parts.pending:
                keep_unplaced(parts, self.report)
            attach(holder, parts)
        self.lengths.append(bar.high)

    def _sequences(self, voice: str, drafts: list[Draft]) -> None:
        staff = drafts[0].staff
        frame: Json = {"staff": staff} if staff > 1 else {}
        frame["voice"] = voice
        for draft in drafts:
            if draft.staff != staff:
                draft.event["staff"] = draft.staff
        plain = [draft for draft in drafts if not draft.whole_bar]
        for draft in drafts:
            if draft.whole_bar:
                self._whole_bar(draft, frame, plain)
        for content in sequences_of(plain):
            self.bar.measure["sequences"].append({**frame, "content": content})

    def _whole_bar(self, draft: Draft, frame: Json, plain: list[Draft]) -> None:
        """A rest for the whole bar, unless something else stands in its voice or it says more than that."""
        event = draft.event
        if draft.length != self.bar.high or plain or set(event) - {"rest", "staff"}:
            draft.whole_bar = False
            plain.append(draft)
            plain.sort(key=lambda other: other.onset)
            set_own(event, "wholeBar", True)
            return
        full: Json = dict(event.get("rest", {}))
        if draft.base is not None:
            full["visualDuration"] = {"base": draft.base, **({"dots": draft.dots} if draft.dots else {})}
        sequence = {**frame, "content": [], "fullMeasure": full}
        self.bar.measure["sequences"].append(sequence)
        for index, (target, _, parts, joined) in enumerate(self.bar.parts):
            if target is draft:
                self.bar.parts[index] = (target, full, parts, joined)


def _joins(chord: Draft, draft: Draft, first: dict[str, Element]) -> bool:
    """Whether a note stands in the same event as the one before it."""
    same = (chord.length, chord.voice, chord.written, chord.ratio) == (
        draft.length,
        draft.voice,
        draft.written,
        draft.ratio,
    )
    return same and (chord.grace is None) == (draft.grace is None) and "rest" not in first and "rest" not in chord.event


def _staff_position(element: Element, where: str) -> int | None:
    """Steps above the middle line, as in the treble clef."""
    step = text_of(element.find("display-step"))
    if not step or step not in "CDEFGAB":
        return None
    return "CDEFGAB".index(step) + 7 * integer(element.find("display-octave"), where, -10, 20, 4) - 34
