"""A score as a MIDI file in memory: what plays it, and what is written when it is exported."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import LONGEST_S, MAX_PLAYED_EVENTS
from mos_appliance.music.json_text import Json
from mos_appliance.music.midi import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from mos_appliance.music.mnx.check import FASTEST_BPM
from mos_appliance.music.mnx.extensions import own, own_list
from mos_appliance.music.mnx.loudness import Loudness
from mos_appliance.music.mnx.notes import Page, Sounding, page_of, parts_of, sounding
from mos_appliance.music.mnx.playing import strokes
from mos_appliance.music.mnx.repeats import Passage, page_order, playing_order
from mos_appliance.music.mnx.rhythm import duration_of, position_of
from mos_appliance.music.notes import Part
from mos_appliance.music.smf import EVENT, KEY_SIGNATURE, LYRIC, PORT, SHORTEST_QUARTER_US, Meta, Smf, Track
from mos_appliance.music.smf_write import metre_meta, name_meta, tempo_meta

MAX_DIVISION: Final = 32_767
ROUNDED_DIVISION: Final = 27_720
"""For rhythms that no MIDI file can hold exactly: all numbers to 12 divide it."""
SUSTAIN: Final = 64
BANK: Final = 0
_DEFAULT_BPM: Final = 120
_LONGEST_QUARTER_US: Final = 0xFFFFFF
_US_PER_MINUTE: Final = 60_000_000

Row = tuple[int, int, int, int, int]
"""Tick, what comes first at one tick, status, two data bytes."""


def score_smf(document: Json, title: str = "", *, unfold: bool = True) -> Smf:
    """A checked score as a MIDI file of type 1, repeats written out unless `unfold` says otherwise.

    What could not be said exactly is told in its warnings. Errors: `BadInput` when it is too long.
    """
    page = page_of(document)
    order = playing_order(document) if unfold else page_order(document)
    notes = sounding(page, order)
    scale = _Scale(page, order)
    parts = parts_of(document)
    by_part: list[list[Sounding]] = [[] for _ in parts]
    for note in notes:
        by_part[note.head.part].append(note)
    tracks = [Track((name_meta(title), *scale.conductor(document)), scale.end)]
    rows: list[list[Row]] = [[]]
    for number, part in enumerate(parts):
        content = document["parts"][number]
        rows.append(sorted(_part_rows(part, content, by_part[number], scale)))
        metas = (name_meta(part.name), *_port(number), *_lyrics(document, by_part[number], scale))
        tracks.append(Track(metas, max(scale.end, rows[-1][-1][0])))
    if sum(map(len, rows)) > 2 * MAX_PLAYED_EVENTS:
        raise BadInput("score", f"has more than the {MAX_PLAYED_EVENTS:,} events that are played")
    warnings = (*page.warnings, *scale.warnings, *_run_together(rows))
    return Smf(1, scale.division, tuple(tracks), _events(rows), warnings=warnings)


def _run_together(rows: list[list[Row]]) -> tuple[str, ...]:
    """A key has one state: which of two notes on it ends first, a MIDI file cannot say."""
    count = 0
    for part in rows:
        sounding: dict[int, int] = {}
        for _, _, status, pitch, _ in part:
            if status & 0xF0 == NOTE_ON:
                count += sounding.get(pitch, 0) > 0
                sounding[pitch] = sounding.get(pitch, 0) + 1
            elif status & 0xF0 == NOTE_OFF:
                sounding[pitch] -= 1
    return (f"{count} note{'s' * (count > 1)} struck on a key that sounds already",) if count else ()


class _Scale:
    """From the page to the file: where each passage begins, and how long its ticks are."""

    def __init__(self, page: Page, order: list[Passage]) -> None:
        self.page = page
        self.order = order
        exact = page.division <= MAX_DIVISION
        self.division = page.division if exact else ROUNDED_DIVISION
        self.warnings = () if exact else ("rhythms that a MIDI file cannot hold exactly were rounded",)
        self.starts: list[int] = []
        """Where each passage begins. Units: ticks of the page."""
        at = 0
        for bar, begin, end, _ in order:
            self.starts.append(at)
            length = page.bars[bar].length
            at += page.ticks((length if end is None else min(end, length)) - begin)
        self.page_end = at
        self.end = self.ticks(at)
        if at > page.division * 4 * LONGEST_S:
            raise BadInput("score", "lasts longer than a day")

    def ticks(self, of_page: int) -> int:
        """Ticks of the page as ticks of the file."""
        return (2 * of_page * self.division + self.page.division) // (2 * self.page.division)

    def places(self, items: dict[int, list[tuple[Fraction, Any]]]) -> Iterator[tuple[int, Any]]:
        """Each thing of a bar as often as that bar is played: (tick of the file, thing)."""
        for start, (bar, begin, end, _) in zip(self.starts, self.order, strict=True):
            for position, item in items.get(bar, ()):
                if begin <= position and (end is None or position < end):
                    yield self.ticks(start + self.page.ticks(position - begin)), item

    def conductor(self, document: Json) -> list[Meta]:
        """Tempi, metres and keys, as they are in force wherever a repeat leads."""
        metas: list[Meta] = []
        now: tuple[object, ...] = (None, None, None)
        states = _states(document)
        for start, (bar, begin, _, _) in zip(self.starts, self.order, strict=True):
            tempo, key = states[bar]
            time = self.page.bars[bar].time
            tick = self.ticks(start)
            early = self.page.bars[bar].length != Fraction(*time)
            if time != now[1]:
                metas.append(_metre(tick, time, bar))
            if key != now[2]:
                metas.append(Meta(tick, KEY_SIGNATURE, bytes((key[0] & 0xFF, key[1]))))
            if tempo != now[0]:
                metas.append(tempo_meta(tick, tempo))
            now = (tempo, None if early else time, key)  # a bar that is cut short is followed by a new metre
            for position, us in _tempi(document["global"]["measures"][bar]):
                if position >= begin:
                    metas.append(tempo_meta(self.ticks(start + self.page.ticks(position - begin)), us))
                    now = (us, *now[1:])
        if not metas:
            metas.append(tempo_meta(0, _US_PER_MINUTE // _DEFAULT_BPM))
        last = {(meta.tick, meta.kind): meta for meta in metas}  # a tempo at the bar's beginning replaces the old one
        return sorted(last.values(), key=lambda meta: meta.tick)


def _metre(tick: int, time: tuple[int, int], bar: int) -> Meta:
    if time[0] > 128 or time[1] > 64:
        raise BadInput(f"global.measures[{bar}].time", f"a metre of {time[0]}/{time[1]} is not played")
    return metre_meta(tick, *time)


def _states(document: Json) -> list[tuple[int, tuple[int, bool]]]:
    """Tempo (µs a quarter note) and key (fifths, whether it is minor) at the beginning of each bar."""
    out = []
    tempo, key = _US_PER_MINUTE // _DEFAULT_BPM, (0, False)
    for measure in document["global"]["measures"]:
        if "key" in measure:
            key = max(-7, min(7, measure["key"]["fifths"])), own(measure["key"]).get("mode") == "minor"
        out.append((tempo, key))
        for _, us in _tempi(measure):
            tempo = us
    return out


def _tempi(measure: Json) -> list[tuple[Fraction, int]]:
    """Position and µs a quarter note of each tempo of a bar, in order."""
    found = []
    for item in measure.get("tempos", ()):
        said = own(item).get("bpm")
        bpm = Fraction(said if isinstance(said, int | float) and 1 <= said <= FASTEST_BPM else item["bpm"])
        us = round(_US_PER_MINUTE / (bpm * duration_of(item["value"]) * 4))
        found.append((position_of(item.get("location")), max(SHORTEST_QUARTER_US, min(_LONGEST_QUARTER_US, us))))
    return sorted(found, key=lambda row: row[0])


def _part_rows(part: Part, content: Json, notes: list[Sounding], scale: _Scale) -> Iterator[Row]:
    """Program, pedal and notes of a part."""
    channel, ours = part.channel, own(content)
    bank = ours.get("bank")
    if type(bank) is int and 0 <= bank < 128:
        yield 0, 0, CONTROL_CHANGE | channel, BANK, bank
    yield 0, 1, PROGRAM_CHANGE | channel, part.program, 0
    for tick, (order, value) in scale.places(_pedals(content)):
        yield tick, 2 + order, CONTROL_CHANGE | channel, SUSTAIN, value
    loudness = Loudness(scale.page, content)
    for onset, duration, note in strokes(notes, scale.page):
        begin, end = scale.ticks(onset), scale.ticks(onset + duration)
        pitch = note.head.pitch
        yield begin, 5, NOTE_ON | channel, pitch, loudness.velocity(note.head)
        yield max(end, begin + 1), 4, NOTE_OFF | channel, pitch, 64


def _pedals(content: Json) -> dict[int, list[tuple[Fraction, tuple[int, int]]]]:
    """Bar → position, (which first, value of the controller)."""
    out: dict[int, list[tuple[Fraction, tuple[int, int]]]] = {}
    values = {"start": ((1, 127),), "stop": ((0, 0),), "change": ((0, 0), (1, 127))}
    for number, measure in enumerate(content["measures"]):
        for item in own_list(measure, "pedals"):
            match item:
                case {"type": str(kind), "position": {"fraction": [int(over), int(under)]}} if under > 0 <= over:
                    rows = [(Fraction(over, under), value) for value in values.get(kind, ())]
                    out.setdefault(number, []).extend(rows)
    return out


def _port(number: int) -> tuple[Meta, ...]:
    """Fifteen parts a port, so that each has a channel of its own."""
    return (Meta(0, PORT, bytes((min(number // 15, 127),))),) if number >= 15 else ()


def _lyrics(document: Json, notes: list[Sounding], scale: _Scale) -> list[Meta]:
    """The syllables, of the line that is sung at that pass."""
    order = document["global"].get("lyrics", {}).get("lineOrder", ())
    out: dict[tuple[int, str], Meta] = {}
    for note in notes:
        lines = note.head.placed.event.get("lyrics", {}).get("lines")
        if not lines:
            continue
        names = [name for name in order if name in lines] or sorted(lines)
        syllable = lines[names[min(note.times, len(names)) - 1]]
        hyphen = "-" if syllable.get("type") in ("start", "middle") else " "
        tick = scale.ticks(note.onset)
        out.setdefault((tick, syllable["text"]), Meta(tick, LYRIC, (syllable["text"] + hyphen).encode()))
    return list(out.values())


def _events(rows: list[list[Row]]) -> np.ndarray[Any, np.dtype[np.void]]:
    events = np.zeros(sum(map(len, rows)), EVENT)
    place = 0
    for track, part in enumerate(rows):
        block = events[place : place + len(part)]
        if part:
            table = np.array(part, np.int64)
            block["tick"], block["status"] = table[:, 0], table[:, 2]
            block["data1"], block["data2"], block["track"] = table[:, 3], table[:, 4], track
        place += len(part)
    return events
