"""One voice of an ABC tune being read: notes become events, accidentals last for a bar, ties find their ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.abc.events import MAX_BARS, MAX_EVENTS, MAX_NESTED, Bar, Event, Grace, Item, Report, Tuplet
from mos_appliance.music.abc.fields import Clef, Key, default_unit
from mos_appliance.music.abc.scanner import LONGEST
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import midi_pitch, pitch
from mos_appliance.music.mnx.extensions import set_own

SHARING: Final = ("not", "octave", "pitch")
"""Which notes of a bar an accidental holds for: `propagate-accidentals`."""


@dataclass(slots=True)
class Shared:
    """What all voices of a tune have in common."""

    report: Report = field(default_factory=Report)
    ids: count[int] = field(default_factory=lambda: count(1))
    sharing: str = "pitch"
    events: int = 0
    user: dict[str, str] = field(default_factory=dict)


class Voice:
    """A voice. `bars` are whole; `bar` is being filled."""

    def __init__(self, name: str, shared: Shared) -> None:
        self.id = name
        self.shared = shared
        self.name = ""
        self.program: int | None = None
        self.drums = False
        self.key = Key()
        self.metre: tuple[int, int] | None = (4, 4)
        self.unit = default_unit((4, 4))
        self.octave = 0
        self.bars: list[Bar] = []
        self.bar = Bar()
        self.clefs: list[tuple[int, Clef]] = []
        self.line: list[tuple[int, Event]] = []
        """What words may be sung to: bar and event, since the last line of music began."""
        self.verses = 0
        self.marks: list[str] = []
        """Decorations that wait for their note."""
        self.rows: list[tuple[str, Any]] = []
        self.spaced = True
        self.grace: Grace | None = None
        self.chord: list[tuple[Json, Fraction]] | None = None
        self._graces: list[Grace] = []
        self._tuplets: list[Tuplet] = []
        self._accidentals: dict[tuple[str, int], int] = {}
        self._ties: dict[tuple[str, int], tuple[Json, str]] = {}
        self._chord_ties: list[tuple[Json, str]] = []
        self._slurs: list[tuple[str, Event | None]] = []
        self._last: Event | None = None
        self._broken = Fraction(1)

    @property
    def number(self) -> int:
        """The bar that is being filled, from 0."""
        return len(self.bars)

    def place(self, step: str, octave: int, sign: int | None, where: str) -> Json:
        """The pitch that a letter means here. Errors: `BadInput`."""
        octave += self.octave
        tied = self._ties.get((step, octave))
        shared = (step, octave) if self.shared.sharing == "octave" else (step, 0)
        if sign is not None:
            alter = sign
            if self.shared.sharing != "not":
                self._accidentals[shared] = sign
        elif tied is not None:
            alter = tied[0]["pitch"].get("alter", 0)
        else:
            alter = self._accidentals.get(shared, self.key.alters.get(step, 0))
        found = pitch(step, octave, alter) if -2 <= octave <= 11 else None
        if found is None or not 0 <= midi_pitch(found) <= 127:
            raise BadInput(where, "a note that no instrument has")
        return found

    def add_note(self, note: Json, length: Fraction, where: str) -> None:
        """A note: in a chord, among grace notes, or alone."""
        if self.chord is not None:
            self.chord.append((note, length))
        else:
            self.add(Event(length, where, [note]))

    def add(self, event: Event) -> None:
        """Put an event into the bar. Errors: `BadInput`."""
        self.shared.events += 1
        if self.shared.events > MAX_EVENTS:
            raise BadInput(event.where, f"more than {MAX_EVENTS:,} notes and rests")
        if self.grace is not None:
            self.grace.events.append(event)
            return
        event.length *= self.unit * self._broken
        if event.length > LONGEST or event.length.denominator > 4096:
            raise BadInput(event.where, "a note that lasts longer or shorter than is read")
        self._broken = Fraction(1)
        event.glued = not self.spaced
        self.spaced = False
        event.rows, self.rows = self.rows, []
        for grace in self._graces:
            self._put(grace)
        self._graces.clear()
        self._resolve_ties(event)
        self._begin_slurs(event)
        self._put(event)
        self._last = event
        if event.kind == "notes":
            self.line.append((self.number, event))

    def _put(self, item: Item) -> None:
        holder = self._tuplets[-1].items if self._tuplets else self.bar.layers[-1]
        holder.append(item)
        if isinstance(item, Event) and self._tuplets:
            for tuplet in self._tuplets:
                tuplet.left -= 1
            while self._tuplets and self._tuplets[-1].left <= 0:
                self._tuplets.pop()

    def open_tuplet(self, tuplet: Tuplet) -> None:
        """The next events stand in a tuplet. Errors: `BadInput`."""
        if len(self._tuplets) >= MAX_NESTED:
            raise BadInput(tuplet.where, f"more than {MAX_NESTED} tuplets in each other")
        holder = self._tuplets[-1].items if self._tuplets else self.bar.layers[-1]
        holder.append(tuplet)
        self._tuplets.append(tuplet)

    def break_rhythm(self, by: int, where: str) -> None:
        """`>` so often when positive, `<` when negative: dots one note, shortens the other."""
        less = Fraction(1, 1 << min(abs(by), 8))
        if self._last is None or abs(by) > 4:
            self.shared.report.add(where, "broken rhythm that has no note before it")
            return
        self._last.length *= 2 - less if by > 0 else less
        self._broken = less if by > 0 else 2 - less

    def close_grace(self) -> None:
        """The grace notes wait for the note that they belong to."""
        if self.grace is not None and self.grace.events:
            self._graces.append(self.grace)
        self.grace = None

    def tie(self, where: str) -> None:
        """Tie the last note, or all of the last chord."""
        if self.chord:
            self._chord_ties.append((self.chord[-1][0], where))
        elif self._last is not None and self._last.notes and self.chord is None:
            for note in self._last.notes:
                self._await(note, where)
        else:
            self.shared.report.add(where, "tie that no note stands before")

    def _await(self, note: Json, where: str) -> None:
        self._ties[note["pitch"]["step"], note["pitch"]["octave"]] = note, where

    def _resolve_ties(self, event: Event) -> None:
        """Ties end at the next event."""
        ending, self._ties = self._ties, {}
        for note in event.notes:
            place = note["pitch"]["step"], note["pitch"]["octave"]
            found = ending.get(place)
            if found is not None and found[0]["pitch"] == note["pitch"]:
                note["id"] = f"t{next(self.shared.ids)}"
                found[0]["ties"] = [{"target": note["id"]}]
                del ending[place]
        for note, where in ending.values():
            self.shared.report.add(where, "tie that leads to no note of its pitch")
            note.setdefault("ties", [{"lv": True}])
        for note, where in self._chord_ties:
            self._await(note, where)
        self._chord_ties.clear()

    def open_slur(self, where: str) -> None:
        """A slur begins at the next note."""
        if len(self._slurs) < 16:
            self._slurs.append((where, None))

    def _begin_slurs(self, event: Event) -> None:
        self._slurs = [(where, event if begin is None else begin) for where, begin in self._slurs]

    def close_slur(self, where: str) -> None:
        """A slur ends at the last note."""
        begin = self._slurs.pop()[1] if self._slurs else None
        if begin is None or self._last is None or begin is self._last:
            self.shared.report.add(where, "slur between fewer than two notes")
            return
        target = self._last.members.setdefault("id", f"e{next(self.shared.ids)}")
        begin.members.setdefault("slurs", []).append({"target": target})

    def overlay(self) -> None:
        """What follows sounds together with what this bar holds."""
        self._close_tuplets()
        if len(self.bar.layers) < 8:
            self.bar.layers.append([])
        self._last, self._broken = None, Fraction(1)

    def _close_tuplets(self) -> None:
        for tuplet in self._tuplets:
            self.shared.report.add(tuplet.where, "tuplet that its bar does not fill")
        self._tuplets.clear()

    def end_bar(self, where: str) -> None:
        """The bar is whole; the next begins. Errors: `BadInput`."""
        self._close_tuplets()
        self.bar.ending_rows, self.rows = self.rows, []
        self.bars.append(self.bar)
        self.bar = Bar()
        self._accidentals.clear()
        self._broken = Fraction(1)
        self.spaced = True
        if len(self.bars) > MAX_BARS:
            raise BadInput(where, f"more than {MAX_BARS:,} bars")

    def finish(self) -> None:
        """Nothing more comes."""
        if not self.bar.empty:
            self.end_bar("")
        for _, where in self._ties.values():
            self.shared.report.add(where, "tie that leads to no note of its pitch")
        for where, _ in self._slurs:
            self.shared.report.add(where, "slur that does not end")
        if self.rows and self.bars:
            self.bars[-1].ending_rows += self.rows

    def own(self, event: Event, name: str, value: Any) -> None:
        """One of our members at an event."""
        set_own(event.members, name, value)
