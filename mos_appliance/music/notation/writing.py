"""Voices into the bars of an MNX part: ties, rests, tuplets, beams, clefs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import value
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.notation.beams import FLAGS, beams_of
from mos_appliance.music.notation.tones import Chord, Tone, Voice
from mos_appliance.music.notation.units import BarSpan, as_wholes
from mos_appliance.music.notation.values import Span, pieces, spans, written

_TREBLE: Final = {"sign": "G", "staffPosition": -2}
_BASS: Final = {"sign": "F", "staffPosition": 2}


class Segment(NamedTuple):
    """A stretch of a bar with the chord that sounds in it, None for silence. Units from the bar's beginning."""

    start: int
    end: int
    chord: Chord | None


class PartWriter:
    """One part. `names` says what the note of each index is called."""

    def __init__(self, bars: list[BarSpan], ids: count[int], *, loud: bool) -> None:
        self.bars = bars
        self.names: dict[int, str] = {}
        self._ids = ids
        self._loud = loud
        self._pending: dict[int, Json] = {}
        self._beamed: list[tuple[int, Json | None]] = []

    def write(self, staves: list[list[Voice]]) -> list[Json]:
        """The measures; `staves` from above, each with its voices."""
        measures: list[Json] = [{"sequences": []} for _ in self.bars]
        for staff, voices in enumerate(staves, 1):
            for place, voice in enumerate(voices):
                self._voice(voice, measures, staff, len(staves), place)
        self._clefs(staves, measures)
        return measures

    def _clefs(self, staves: list[list[Voice]], measures: list[Json]) -> None:
        for staff, voices in enumerate(staves, 1):
            heights = [chord.height for voice in voices for chord in voice]
            middle = sum(heights) / len(heights) if heights else (72 if staff == 1 else 48)
            clef = _BASS if middle < (52 if staff < len(staves) else 58) else _TREBLE
            row: Json = {"clef": dict(clef), **({"staff": staff} if len(staves) > 1 else {})}
            measures[0].setdefault("clefs", []).append(row)

    def _voice(self, voice: Voice, measures: list[Json], staff: int, staves: int, place: int) -> None:
        for bar, segments in enumerate(_segments(voice, self.bars)):
            sounds = any(segment.chord for segment in segments)
            if not sounds and place:
                continue
            self._beamed = []
            sequence: Json = {"content": self._content(segments, self.bars[bar], place > 0) if sounds else []}
            if not sounds:
                sequence["fullMeasure"] = {}
            if staves > 1:
                sequence["staff"] = staff
            if staves > 1 or place:
                sequence["voice"] = str(4 * (staff - 1) + place + 1)
            measures[bar]["sequences"].append(sequence)
            beams = self._beams(self.bars[bar])
            if beams:
                measures[bar].setdefault("beams", []).extend(beams)

    def _content(self, segments: list[Segment], bar: BarSpan, hidden: bool) -> list[Json]:
        out: list[Json] = []
        marks = [segment.start for segment in segments]
        for span in spans(bar.length, marks, bar.metre, bar.offset):
            inside = [
                segment._replace(start=max(segment.start, span.start), end=min(segment.end, span.end))
                for segment in segments
                if segment.start < span.end and segment.end > span.start
            ]
            if span.notes:
                out.append(self._tuplet(span, inside))
                continue
            for segment in inside:
                lengths = pieces(
                    segment.start + bar.offset, segment.end + bar.offset, bar.metre, rest=segment.chord is None
                )
                out += self._events(segment, lengths, lengths, hidden)
        return out

    def _tuplet(self, span: Span, segments: list[Segment]) -> Json:
        unit = (span.end - span.start) // span.usual
        content: list[Json] = []
        for segment in segments:
            real = segment.end - segment.start
            inner = written(real * span.notes // span.usual)
            content += self._events(segment, inner, [length * span.usual // span.notes for length in inner], False)
        counts = [{"multiple": number, "duration": value(as_wholes(unit))} for number in (span.notes, span.usual)]
        self._beamed.append((span.end, None))
        return {"type": "tuplet", "inner": counts[0], "outer": counts[1], "content": content}

    def _events(self, segment: Segment, lengths: list[int], real: list[int], hidden: bool) -> Iterator[Json]:
        """The notes or rests of a segment, one after another."""
        place = segment.start
        for length, lasts in zip(lengths, real, strict=True):
            if segment.chord is None and hidden:
                wholes = as_wholes(length)
                self._beamed.append((place, None))
                yield {"type": "space", "duration": [wholes.numerator, wholes.denominator]}
            elif segment.chord is None:
                self._beamed.append((place, None))
                yield {"duration": value(as_wholes(length)), "rest": {}}
            else:
                yield self._event(segment.chord, length, place)
            place += lasts

    def _event(self, chord: Chord, length: int, place: int) -> Json:
        event: Json = {"duration": value(as_wholes(length)), "notes": [self._head(tone) for tone in chord.tones]}
        if chord.lyrics:
            event["lyrics"], chord.lyrics = chord.lyrics, {}
        if event["duration"]["base"] in FLAGS:
            event["id"] = f"e{next(self._ids)}"
            self._beamed.append((place, event))
        else:
            self._beamed.append((place, None))
        return event

    def _head(self, tone: Tone) -> Json:
        """A head of a note: the first has its name, the others are tied to the one before."""
        before = self._pending.get(tone.index)
        head: Json = {"id": f"{'t' if before else 'n'}{next(self._ids)}", "pitch": tone.name}
        if before is not None:
            before["ties"] = [{"target": head["id"]}]
        else:
            self.names[tone.index] = head["id"]
            if self._loud:
                set_own(head, "velocity", max(1, tone.velocity))
        self._pending[tone.index] = head
        return head

    def _beams(self, bar: BarSpan) -> list[Json]:
        """Beams over what falls into one beat; over two in half a bar of eighths."""
        groups: dict[int, list[list[Json]]] = {}
        going = False
        for place, event in self._beamed:
            beat = (place + bar.offset) // bar.metre.beat
            if event is None:
                going = False
                continue
            rows = groups.setdefault(beat, [])
            if not going or not rows:
                rows.append([])
            rows[-1].append(event)
            going = True
        found = [row for beat in sorted(groups) for row in groups[beat]]
        named = [[(event["id"], FLAGS[event["duration"]["base"]]) for event in row] for row in found]
        return beams_of(named)


def _segments(voice: Voice, bars: list[BarSpan]) -> Iterator[list[Segment]]:
    """A voice bar by bar, silence included."""
    place = 0
    for bar in bars:
        end = bar.start + bar.length
        out: list[Segment] = []
        cursor = 0
        while place < len(voice) and voice[place].onset < end:
            chord = voice[place]
            start, stop = max(chord.onset, bar.start) - bar.start, min(chord.end, end) - bar.start
            if start > cursor:
                out.append(Segment(cursor, start, None))
            if stop > start:
                out.append(Segment(start, stop, chord))
            cursor = max(cursor, stop)
            if chord.end > end:
                break
            place += 1
        if cursor < bar.length:
            out.append(Segment(cursor, bar.length, None))
        yield out
