"""How the notes of a score are played: how long each sounds, where grace notes fall, tremolos and broken chords.

A score says what is meant, not what is done; these are the customs. Units: ticks of the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.notes import Page, Sounding
from mos_appliance.music.mnx.rhythm import duration_of

SHORTENED: Final[dict[str, Fraction]] = {
    "staccatissimo": Fraction(1, 4),
    "spiccato": Fraction(2, 5),
    "staccato": Fraction(1, 2),
    "strongAccent": Fraction(4, 5),
}
"""How much of its length a note with that marking sounds; the first that it has counts."""
MAX_STROKES: Final = 256


class Stroke(NamedTuple):
    """A key pressed and let go."""

    onset: int
    duration: int
    note: Sounding


def strokes(notes: list[Sounding], page: Page) -> Iterator[Stroke]:
    """What the fingers do for the notes."""
    graces: dict[tuple[int, int, int, int], list[Sounding]] = defaultdict(list)
    plain = []
    for note in notes:
        if note.head.placed.grace is None:
            plain.append(note)
        else:
            graces[_voice(note)].append(note)
    later: dict[tuple[int, int, int, int], int] = {}
    for place, group in graces.items():
        shift = yield from _grace(group, page)
        if shift:
            later[place] = shift
    for note in plain:
        yield from _plain(note, page, later.get(_voice(note), 0))


def _voice(note: Sounding) -> tuple[int, int, int, int]:
    """What a grace note has in common with the note that it belongs to."""
    return note.onset, note.head.part, note.head.voice, note.times


def _grace(group: list[Sounding], page: Page) -> Generator[Stroke, None, int]:
    """Grace notes at one place. Returns how much later the note after them begins."""
    events: list[list[Sounding]] = []
    for note in group:
        if events and events[-1][0].head.placed.event is note.head.placed.event:
            events[-1].append(note)
        else:
            events.append([note])
    lengths = [_grace_length(event[0], page) for event in events]
    total, at = sum(lengths), group[0].onset
    kind = (group[0].head.placed.grace or {}).get("graceType", "stealPrevious")
    shift = total if kind == "stealFollowing" or at < total else 0
    place = at if shift else at - total
    for event, length in zip(events, lengths, strict=True):
        for note in event:
            yield Stroke(place, length, note)
        place += length
    return shift


def _grace_length(note: Sounding, page: Page) -> int:
    """A slashed grace note is a thirty-second; one without sounds as long as it is written, a quarter at most."""
    grace = note.head.placed.grace or {}
    if grace.get("slash", True):
        return max(1, page.division // 8)
    return max(1, min(page.division, page.ticks(duration_of(note.head.placed.event["duration"]))))


def _plain(note: Sounding, page: Page, shift: int) -> Iterator[Stroke]:
    head, event = note.head, note.head.placed.event
    marks = event.get("markings", {})
    shift = min(shift, note.duration // 2)
    onset, duration = note.onset + shift, note.duration - shift
    if head.placed.tremolo is not None:
        yield from _tremolo(note, head.placed.tremolo, page)
        return
    if "tremolo" in marks and note.last is head:
        yield from _repeated(note, onset, duration, _stroke_length(event["duration"], marks["tremolo"]["marks"], page))
        return
    if "arpeggio" in own(event):
        step = max(1, page.division // 12)
        place = next((number for number, item in enumerate(event.get("notes", ())) if item is head.note), 0)
        rolled = min(place * step, duration // 2)
        onset, duration = onset + rolled, duration - rolled
    last_marks = note.last.placed.event.get("markings", ())
    share = next((SHORTENED[mark] for mark in SHORTENED if mark in last_marks), None)
    if share is not None:
        kept = duration - note.last.duration
        duration = max(1, max(kept, 0) + int(min(note.last.duration, duration) * share))
    yield Stroke(onset, max(1, duration), note)


def _stroke_length(value: Json, marks: int, page: Page) -> int:
    """How long each stroke of a tremolo is: every mark halves a quarter note, or the note where that is shorter."""
    base = min(duration_of(value), Fraction(1, 4))
    return max(1, page.ticks(base) >> marks)


def _repeated(note: Sounding, onset: int, duration: int, length: int) -> Iterator[Stroke]:
    number = min(MAX_STROKES, max(1, duration // length))
    for stroke in range(number):
        yield Stroke(onset + stroke * length, length, note)


def _tremolo(note: Sounding, tremolo: Json, page: Page) -> Iterator[Stroke]:
    """One of the events of a tremolo between several: they take turns for as long as all of them last."""
    events = tremolo["content"]
    turn = next(number for number, event in enumerate(events) if event is note.head.placed.event)
    each = note.head.duration
    begin = note.onset - turn * each
    length = max(1, page.division >> tremolo["marks"])
    number = min(MAX_STROKES, max(len(events), len(events) * each // length))
    for stroke in range(turn, number, len(events)):
        yield Stroke(begin + stroke * length, length, note)
