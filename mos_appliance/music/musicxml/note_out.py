"""An event of MNX as `note` elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.musicxml.beams_out import accidental
from mos_appliance.music.musicxml.kept import dress, own_list, own_table, restore
from mos_appliance.music.musicxml.lyrics import write_lyric
from mos_appliance.music.musicxml.marks_out import event_marks, note_marks
from mos_appliance.music.musicxml.note_in import transposed
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element, new
from mos_appliance.music.musicxml.words import NOTE_ORDER, TYPES

_PLACE: Final = {tag: place for place, tag in enumerate(NOTE_ORDER)}


@dataclass(slots=True)
class Sound:
    """An event in its place. Units: whole notes; `ticks` as `duration` wants it."""

    event: Json
    onset: Fraction
    duration: Fraction
    ticks: int
    voice: str
    staff: int
    grace: Json | None
    modification: tuple[int, int] | None
    normal: Json | None
    """The note value that the modification counts, where it is not that of the event."""
    tremolo: str = ""
    """`start` or `stop`, and how many marks: `start3`."""
    tuplets: list[Element] = field(default_factory=list)
    slurs: list[tuple[Json | None, Element]] = field(default_factory=list)
    """Beginnings and ends of slurs with the note that they hang on, None for the first."""
    where: str = ""


@dataclass(slots=True)
class NoteWriter:
    """What is the same for all notes of a part."""

    part: Json
    staves: bool
    tied: frozenset[str]
    """The notes that ties lead to."""
    report: Report
    beams: dict[str, list[Element]] = field(default_factory=dict)
    """What the part's beams say of an event, by its id."""

    def notes(self, sound: Sound, shift: tuple[int, int]) -> Iterator[Element]:
        """The `note` elements of an event; `shift` leads from written to sounding pitch."""
        event = sound.event
        rows: list[tuple[Json, Element]] = []
        rows += [(note, self._pitch(note, shift)) for note in event.get("notes", ())]
        rows += [(note, self._unpitched(note)) for note in event.get("kitNotes", ())]
        if not rows:
            rows.append((event, self._rest(event)))
        for index, (holder, head) in enumerate(rows):
            yield self._note(sound, holder, head, index == 0)

    def _note(self, sound: Sound, holder: Json, head: Element, first: bool) -> Element:
        event = sound.event
        note = new("note")
        if "id" in holder and holder is not event:
            note.set("id", holder["id"])
        children = [head]
        if sound.grace is not None:
            children.append(new("grace", None, slash="yes") if sound.grace.get("slash", True) else new("grace"))
        else:
            children.append(new("duration", sound.ticks))
        if not first:
            children.append(new("chord"))
        children.append(new("voice", sound.voice))
        children += self._value(sound)
        children += accidental(holder)
        staff = holder.get("staff", sound.staff)
        if self.staves or staff != 1:
            children.append(new("staff", staff))
        notations = new("notations")
        self._ties(holder, children, notations)
        if first:
            children += self._event_children(sound, notations)
        for target, element in sound.slurs:
            if target is holder or (target is None and first):
                notations.append(element)
        note_marks(holder, event, notations)
        self._restore(holder, children, notations)
        if len(notations) or "notations" in own_table(holder, "attributes"):
            children.append(notations)
        children.sort(key=lambda child: _PLACE.get(child.tag, 99))
        note.extend(children)
        _give_back(note, holder)
        return note

    def _value(self, sound: Sound) -> Iterator[Element]:
        """`type`, `dot`, `time-modification`."""
        event = sound.event
        value = event["duration"]
        if not own(event).get("untyped"):
            word = TYPES.get(value["base"])
            if word is None:
                self.report.lost(sound.where, f"duration.base {value['base']}")
            else:
                yield new("type", word)
                yield from (new("dot") for _ in range(value.get("dots", 0)))
        if sound.modification is not None:
            actual, normal = sound.modification
            element = new("time-modification", None, new("actual-notes", actual), new("normal-notes", normal))
            if sound.normal is not None:
                element.append(new("normal-type", TYPES.get(sound.normal["base"], "1024th")))
                element.extend(new("normal-dot") for _ in range(sound.normal.get("dots", 0)))
            yield element

    def _pitch(self, note: Json, shift: tuple[int, int]) -> Element:
        pitch = note["pitch"]
        step, octave, alter = pitch["step"], pitch["octave"], pitch.get("alter", 0)
        if shift != (0, 0):
            step, octave, alter = transposed(step, octave, alter, (-shift[0], -shift[1]))
        cents = own(note).get("cents", 0)
        exact = Fraction(alter) + (Fraction(str(cents)) / 100 if type(cents) in (int, float) else 0)
        element = new("pitch", None, new("step", step))
        if exact:
            element.append(new("alter", alter if exact == alter else f"{float(exact):g}"))
        element.append(new("octave", octave))
        return element

    def _unpitched(self, note: Json) -> Element:
        component = self.part.get("kit", {}).get(note["kitComponent"], {})
        element = new("unpitched")
        if not own(component).get("anywhere"):
            element.extend(_display(component.get("staffPosition", 0)))
        return element

    def _rest(self, event: Json) -> Element:
        rest = event.get("rest", {})
        element = new("rest")
        if "staffPosition" in rest:
            element.extend(_display(rest["staffPosition"]))
        if own(event).get("wholeBar"):
            element.set("measure", "yes")
        return element

    def _ties(self, note: Json, children: list[Element], notations: Element) -> None:
        kinds = []
        if note.get("id") in self.tied or own(note).get("tieStop"):
            kinds.append("stop")
        for tie in note.get("ties", ()):
            kinds.append("let-ring" if tie.get("lv") else "start")
        for kind in kinds:
            if kind != "let-ring":
                children.append(new("tie", None, type=kind))
            tied = new("tied", None, type=kind)
            dress(tied, own_table(note, "attributes").get("tied-stop" if kind == "stop" else "tied"))
            notations.append(tied)
        component = self.part.get("kit", {}).get(note.get("kitComponent", ""), {})
        if "instrument" in own(component):
            children.append(new("instrument", None, id=str(own(component)["instrument"])))
        elif "instrument" in own_table(note, "attributes"):
            children.append(new("instrument"))

    def _event_children(self, sound: Sound, notations: Element) -> Iterator[Element]:
        """What stands on the first note of a chord for all of them."""
        event = sound.event
        if "stemDirection" in event:
            yield new("stem", event["stemDirection"])
        yield from self.beams.get(event.get("id", ""), ())
        for line, syllable in event.get("lyrics", {}).get("lines", {}).items():
            yield write_lyric(line, syllable)
        notations.extend(sound.tuplets)
        event_marks(event, sound.tremolo, notations)

    def _restore(self, holder: Json, children: list[Element], notations: Element) -> None:
        """Put back what was kept beside the note."""
        groups: dict[str, Element] = {child.tag: child for child in notations}
        for kept in own_list(holder, "musicxml"):
            element = restore(kept)
            if element is None:
                self.report.lost("note", "_x.org.mos.musicxml that is no element")
            elif element.tag != "notations":
                children.append(element)
            else:
                for child in element:
                    if child.tag in ("articulations", "ornaments", "technical") and child.tag in groups:
                        groups[child.tag].extend(child)
                    else:
                        notations.append(child)
                        groups[child.tag] = child


def _display(position: int) -> tuple[Element, Element]:
    place = position + 34
    return new("display-step", "CDEFGAB"[place % 7]), new("display-octave", place // 7)


def _give_back(note: Element, holder: Json) -> None:
    """Put the attributes back where they were."""
    paths = own_table(holder, "attributes")
    for path, attributes in paths.items():
        if path == "note":
            dress(note, attributes)
        elif path not in ("tied", "tied-stop"):
            for element in note.iter(path):
                dress(element, attributes)
                if path != "dot":
                    break
