"""The score of a piece: bars of both hands as an MNX document."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx import build
from mos_appliance.music.mnx.extensions import set_own
from shelf.beaming import beams
from shelf.notation import Bar, Event, Mistake, Pitch, Sign, key_signs

_PIANO: Final = 0
_MARKS: Final = {"s": "staccato", "t": "tenuto", "a": "accent", "l": "breath"}
_CHORDS: Final = {
    "": "maj", "m": "min", "7": "7", "m7": "min7", "maj7": "maj7", "dim": "dim", "sus4": "sus4", "6": "maj6",
    "5": "(1,5)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What all bars share."""

    metre: str
    fifths: int
    mode: str
    tempo: int
    beat: str
    """The note value that `tempo` counts, `quarter` or `quarter.`."""


class _Hand:
    """Writes the bars of one hand."""

    def __init__(self, hand: str, staff: int, frame: Frame, words: list[str]) -> None:
        self.hand, self.staff, self.frame = hand, staff, frame
        self._words = words
        self._count = 0
        self._tie: list[Json] = []
        self._slurs: list[Json] = []
        self._pins = 0
        self._signs: dict[tuple[str, int], int] = {}
        """The accidentals that hold in the bar, by step and octave."""
        self._key = key_signs(frame.fifths)

    def bar(self, bar: Bar, full: Fraction) -> Json:
        """The `partMeasure` of one bar."""
        measure: Json = {"sequences": [], "beams": []}
        self._signs = {}
        for number, voice in enumerate(bar.voices):
            ids = {id(event): self._id() for event in voice}
            sequence: Json = {"content": self._content(voice, ids, number)}
            if self.staff > 1 or len(bar.voices) > 1:
                sequence["staff"] = self.staff
                sequence["voice"] = str(4 * (self.staff - 1) + number + 1)
            set_own(sequence, "hand", self.hand)
            measure["sequences"].append(sequence)
            measure["beams"] += beams(self.frame.metre, voice, ids, full)
        for event in (item for sequence in measure["sequences"] for item in sequence["content"]):
            self._forget_id(event, measure["beams"])
        if not measure["beams"]:
            del measure["beams"]
        return measure

    def _id(self) -> str:
        self._count += 1
        return f"{self.hand[0]}{self._count}"

    def _forget_id(self, item: Json, held: list[Json]) -> None:
        """Events that nothing names need no id."""
        names = {name for beam in held for name in beam["events"]}
        for event in item.get("content", [item]):
            if event.get("id") not in names and not event.pop("_pinned", False):
                event.pop("id", None)
            event.pop("_pinned", None)

    def _content(self, voice: list[Event], ids: dict[int, str], number: int) -> list[Json]:
        content: list[Json] = []
        triplet = 0
        for event in voice:
            made = self._event(event, ids[id(event)], number)
            if "g" in event.marks:
                content.append(build.grace([made]))
            elif event.tuplet and event.tuplet == triplet:
                content[-1]["content"].append(made)
            elif event.tuplet:
                total = sum((one.written for one in voice if one.tuplet == event.tuplet), Fraction(0))
                unit = total / 3
                content.append(build.tuplet(build.quantity(3, unit), build.quantity(2, unit), [made]))
            else:
                content.append(made)
            triplet = event.tuplet
        return content

    def _event(self, event: Event, name: str, voice: int) -> Json:
        if event.silent:
            return build.space(event.length)
        if not event.pitches:
            return build.rest(event.written)
        made = build.event(event.written, self._notes(event), id=name)
        markings: Json = {_MARKS[mark]: {} for mark in event.marks if mark in _MARKS}
        if markings:
            made["markings"] = markings
        if "f" in event.marks:
            set_own(made, "fermata", {})
        self._slur(event, made, name)
        if not voice and self._words and not self._continued and "g" not in event.marks:
            self._sing(made)
        return made

    def _slur(self, event: Event, made: Json, name: str) -> None:
        for _ in range(event.slur_ends):
            if not self._slurs:
                raise Mistake(f"{self.hand}: a slur ends that began nowhere")
            begun = self._slurs.pop()
            begun["target"] = name
            made["_pinned"] = True
        for _ in range(event.slurs):
            slur: Json = {}
            made.setdefault("slurs", []).append(slur)
            self._slurs.append(slur)

    def _sing(self, made: Json) -> None:
        word = self._words.pop(0)
        if word == "_":
            return
        before, after = word.startswith("-"), word.endswith("-")
        kind = ("middle" if before else "start") if after else "end" if before else "whole"
        text = word.strip("-").replace("~", " ")
        made["lyrics"] = {"lines": {"1": {"text": text, "type": kind}}}

    def _notes(self, event: Event) -> list[Json]:
        ending, self._tie = self._tie, []
        self._continued = bool(ending)
        notes = []
        for place, pitch in enumerate(event.pitches):
            note = build.note(build.pitch(pitch.step, pitch.octave, pitch.alter))
            self._accidental(note, pitch, bool(ending))
            for begun in ending:
                if _same(begun["pitch"], pitch):
                    note["id"] = begun["ties"][0]["target"]
            if event.tied:
                self._pins += 1
                note["ties"] = [{"target": f"{self.hand[0]}t{self._pins}"}]
                self._tie.append(note)
            if event.fingers not in {"", "-"} and event.printed:
                set_own(note, "fingering", [event.fingers[place]])
            notes.append(note)
        return notes

    def _accidental(self, note: Json, pitch: Pitch, continued: bool) -> None:
        """Print a sign where the key and the bar so far say otherwise; what a tie leads to needs none."""
        place = pitch.step, pitch.octave
        if self._signs.get(place, self._key.get(pitch.step, 0)) != pitch.alter and not continued:
            note["accidentalDisplay"] = {"show": True}
            self._signs[place] = pitch.alter

    def finish(self) -> None:
        """Errors: `Mistake` when something has no end."""
        for what, left in (("slur", self._slurs), ("tie", self._tie), ("word", self._words)):
            if left:
                raise Mistake(f"{self.hand}: {len(left)} × {what} left over")


def _same(where: Json, pitch: Pitch) -> bool:
    return (where["step"], where["octave"], where.get("alter", 0)) == (pitch.step, pitch.octave, pitch.alter)


def score(hands: dict[str, list[Bar]], frame: Frame, words: list[str]) -> Json:
    """A document for one or both hands. Errors: `Mistake` where the hands do not fit together."""
    lengths = _lengths(hands, frame)
    writers = {
        hand: _Hand(hand, number, frame, words if hand == _singing(hands) else [])
        for number, hand in enumerate(hands, 1)
    }
    first = next(iter(hands.values()))
    measures = [_global(bar, frame, number) for number, bar in enumerate(first)]
    if "repeatEnd" not in measures[-1]:
        measures[-1]["barline"] = {"type": "final"}
    parts = []
    for number, length in enumerate(lengths):
        short = _full(frame) - length if not number else Fraction(0)
        parts.append(_both([(writers[hand], bars[number]) for hand, bars in hands.items()], short))
    for writer in writers.values():
        writer.finish()
    _hairpins(parts, hands)
    parts[0]["clefs"] = [_clef(hand, number) for number, hand in enumerate(hands, 1)]
    part: Json = {"id": "P1", "name": "Piano", "staves": len(hands), "measures": parts}
    set_own(part, "program", _PIANO)
    return build.document(measures, [part])


def _singing(hands: dict[str, list[Bar]]) -> str:
    return "right" if "right" in hands else "left"


def _full(frame: Frame) -> Fraction:
    count, unit = (int(part) for part in frame.metre.split("/"))
    return Fraction(count, unit)


def _lengths(hands: dict[str, list[Bar]], frame: Frame) -> list[Fraction]:
    """How long each bar lasts: all but a pick-up and what completes it are full. Errors: `Mistake`."""
    if len({len(bars) for bars in hands.values()}) != 1:
        raise Mistake(f"bars: { ({hand: len(bars) for hand, bars in hands.items()}) }")
    lengths = []
    for number, column in enumerate(zip(*hands.values(), strict=True), 1):
        ends = {voice[-1].onset + voice[-1].length for bar in column for voice in bar.voices if voice}
        if len(ends) != 1:
            raise Mistake(f"bar {number}: lasts {sorted(ends)}")
        lengths.append(ends.pop())
    odd = [number for number, length in enumerate(lengths, 1) if length != _full(frame)]
    first = next(iter(hands.values()))
    for number in odd:
        edge = number in {1, len(lengths)} or first[number - 1].repeat_end or first[number - 2].repeat_end
        if not edge or lengths[number - 1] > _full(frame):
            raise Mistake(f"bar {number}: lasts {lengths[number - 1]}, not {_full(frame)}")
    return lengths


def _global(bar: Bar, frame: Frame, number: int) -> Json:
    measure: Json = {"id": f"m{number + 1}"}
    if not number:
        count, unit = (int(part) for part in frame.metre.split("/"))
        key: Json = {"fifths": frame.fifths}
        set_own(key, "mode", frame.mode)
        measure["key"] = key
        measure["time"] = {"count": count, "unit": unit}
        value: Json = {"base": frame.beat.rstrip(".")}
        if frame.beat.endswith("."):
            value["dots"] = 1
        measure["tempos"] = [{"bpm": frame.tempo, "value": value}]
    if bar.repeat_start:
        measure["repeatStart"] = {}
    if bar.repeat_end:
        measure["repeatEnd"] = {}
    if bar.ending:
        measure["ending"] = {"duration": 1, "numbers": [bar.ending], "open": bar.ending == 2}
    return measure


def _both(column: list[tuple[_Hand, Bar]], short: Fraction) -> Json:
    """One bar of both hands: sequences of the second staff stand behind those of the first."""
    whole: Json = {"sequences": []}
    for writer, bar in column:
        measure = writer.bar(bar, short)
        whole["sequences"] += measure["sequences"]
        if "beams" in measure:
            whole.setdefault("beams", []).extend(measure["beams"])
        for sign in bar.signs:
            _sign(whole, sign, writer.staff)
    return whole


def _sign(measure: Json, sign: Sign, staff: int) -> None:
    where: dict[str, Any] = {"position": build.position(sign.onset)}
    match sign.kind:
        case "dynamic":
            only = {"staff": staff} if staff > 1 else {}  # what stands with the upper staff is for both
            measure.setdefault("dynamics", []).append({**where, "value": sign.text, **only})
        case "chord":
            _list(measure, "chords").append({**where, "label": harte(sign.text), "text": sign.text})
        case "pedal":
            kind = {"ped": "start", "*": "stop"}.get(sign.text, sign.text)
            _list(measure, "pedals").append({**where, "type": kind, "staff": staff})


def _list(measure: Json, name: str) -> list[Json]:
    held: list[Json] = measure.setdefault("_x", {}).setdefault("org.mos", {}).setdefault(name, [])
    return held


def harte(symbol: str) -> str:
    """A chord symbol such as `Am` in Harte's syntax, `A:min`. Errors: `Mistake`."""
    root = symbol[: 2 if symbol[1:2] in {"#", "b"} else 1]
    kind = _CHORDS.get(symbol[len(root) :])
    if kind is None:
        raise Mistake(f"{symbol!r} is no chord symbol")
    return f"{root}:{kind}"


def _hairpins(parts: list[Json], hands: dict[str, list[Bar]]) -> None:
    for staff, bars in enumerate(hands.values(), 1):
        begun: Json | None = None
        for number, bar in enumerate(bars):
            for sign in bar.signs:
                if sign.kind != "hairpin":
                    continue
                if begun is not None:
                    begun["end"] = {"measure": f"m{number + 1}", "position": build.position(sign.onset)}
                    begun = None
                if sign.text != "end":
                    kind = "crescendo" if sign.text == "cresc" else "diminuendo"
                    begun = {
                        "type": kind,
                        "position": build.position(sign.onset),
                        **({"staff": staff} if staff > 1 else {}),
                    }
                    _list(parts[number], "hairpins").append(begun)
        if begun is not None:
            raise Mistake(f"staff {staff}: a hairpin has no <end>")


def _clef(hand: str, staff: int) -> Json:
    clef = {"sign": "G", "staffPosition": -2} if hand == "right" else {"sign": "F", "staffPosition": 2}
    return {"clef": clef, "staff": staff}
