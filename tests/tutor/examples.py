"""Ten takes of pieces of the shelf with known faults, and all that the tutor says about them: docs/tutor-examples.md.

The players are made: a clean take in human time (hands a little apart, beats a little off, no two notes equally loud)
into which faults are put at places that are written down here. So each sentence can be held against what was done.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

import mos_appliance.shelf
from mos_appliance.music.formats import format_of
from mos_appliance.music.notes import NOTE, NoteList
from mos_appliance.music.pitch import name_of
from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.performance import Performance, performed
from mos_appliance.tutor.report import report_of
from mos_appliance.tutor.score_map import ScoreMap, map_score

SHELF: Final = Path(next(iter(mos_appliance.shelf.__path__))) / "pieces"
_LATE_MS, _LOUD = 9.0, 3.0


class Key(NamedTuple):
    """A key press. `note`: of the score's page; -1 for none."""

    at_ms: float
    length_ms: float
    pitch: int
    velocity: int
    note: int


@dataclass(frozen=True)
class Played:
    """A take, what was done to it, in words, and each fault as (kind, bar, the score's notes or the seconds)."""

    keys: tuple[Key, ...]
    done: tuple[str, ...] = ()
    faults: tuple[tuple[str, int, Any], ...] = ()

    def with_fault(self, keys: list[Key], words: str, fault: tuple[str, int, Any]) -> Played:
        return Played(tuple(sorted(keys)), (*self.done, words), (*self.faults, fault))


class Session(NamedTuple):
    """A score, open on the stand, and who plays what."""

    title: str
    score: str
    played: str
    faults: tuple[Callable[[ScoreMap, Played], Played], ...] = ()
    quarter_ms: float = 600.0


def score_of(name: str) -> ScoreMap:
    """A piece of the shelf."""
    row, data = format_of("x.umf"), (SHELF / f"{name}.umf").read_bytes()
    return map_score(row.notes(data, False), row.notes(data, True))


def clean(name: str, quarter_ms: float) -> Played:
    """A good take, with repeats, by somebody who is no machine."""
    row, data = format_of("x.umf"), (SHELF / f"{name}.umf").read_bytes()
    page, unfolded = row.notes(data, False), row.notes(data, True)
    place = {each: note for note, each in enumerate(page.ids)}
    draw = random.Random(name)
    keys = []
    for note, each in zip(unfolded.notes, unfolded.ids, strict=True):
        at = float(note["onset"]) / unfolded.division * quarter_ms + 500.0 + draw.gauss(0.0, _LATE_MS)
        length = float(note["duration"]) / unfolded.division * quarter_ms * draw.uniform(0.82, 0.95)
        loud = round((72 if note["staff"] == 1 else 60) + draw.gauss(0.0, _LOUD))
        keys.append(Key(at, max(40.0, length), int(note["pitch"]), loud, place[each]))
    return Played(tuple(sorted(keys)))


def _in_bar(score: ScoreMap, played: Played, bar: int, staff: int = 1) -> list[int]:
    """Which keys of a take play the notes of a bar's staff, in order."""
    return [
        place
        for place, key in enumerate(played.keys)
        if key.note >= 0 and _bar(score, key) == bar and score.page.notes["staff"][key.note] == staff
    ]


def _bar(score: ScoreMap, key: Key) -> int:
    return int(score.page.notes["bar"][key.note])


def wrong(bar: int, number: int, by: int) -> Callable[[ScoreMap, Played], Played]:
    """The `number`th note of the upper staff of a bar is struck `by` semitones off, each time."""

    def put(score: ScoreMap, played: Played) -> Played:
        keys, note = list(played.keys), played.keys[_in_bar(score, played, bar)[number]].note
        for place, key in enumerate(keys):
            if key.note == note:
                keys[place] = key._replace(pitch=key.pitch + by, note=-1)
        meant = int(score.page.notes["pitch"][note])
        words = f"plays {name_of(meant + by)} instead of {name_of(meant)} in bar {bar}"
        return played.with_fault(keys, words, ("wrong", bar, [note]))

    return put


def silent(bar: int, number: int, staff: int = 1) -> Callable[[ScoreMap, Played], Played]:
    """A note does not sound, each time."""

    def put(score: ScoreMap, played: Played) -> Played:
        note = played.keys[_in_bar(score, played, bar, staff)[number]].note
        keys = [key for key in played.keys if key.note != note]
        words = f"does not bring {name_of(int(score.page.notes['pitch'][note]))} in bar {bar} to sound"
        return played.with_fault(keys, words, ("silent", bar, [note]))

    return put


def stops(bar: int, seconds: float) -> Callable[[ScoreMap, Played], Played]:
    """Waits within a bar, before its last note, the first time."""

    def put(score: ScoreMap, played: Played) -> Played:
        begin = played.keys[_in_bar(score, played, bar)[-1]].at_ms - 40.0
        keys = [key._replace(at_ms=key.at_ms + 1000.0 * seconds * (key.at_ms >= begin)) for key in played.keys]
        return played.with_fault(keys, f"stops for {seconds:g} s in bar {bar}", ("stop", bar, seconds))

    return put


def begins_again(bar: int, times: int = 1) -> Callable[[ScoreMap, Played], Played]:
    """Plays most of a bar, stops, and begins it again."""

    def put(score: ScoreMap, played: Played) -> Played:
        places = _in_bar(score, played, bar)
        begin, end = played.keys[places[0]].at_ms - 40.0, played.keys[places[-1]].at_ms - 40.0
        bars = [key for key in played.keys if begin <= key.at_ms < end]
        step = end - begin + 900.0
        keys = [key for key in played.keys if key.at_ms < begin]
        for again in range(times):
            keys += [key._replace(at_ms=key.at_ms + again * step) for key in bars]
        keys += [key._replace(at_ms=key.at_ms + times * step) for key in played.keys if key.at_ms >= begin]
        return played.with_fault(keys, f"begins bar {bar} again, {times}×", ("restart", bar, times))

    return put


def loud_left(score: ScoreMap, played: Played) -> Played:
    """The left hand drowns the right."""
    lower = score.page.notes["staff"] == 2
    keys = [key._replace(velocity=key.velocity + 34 if lower[key.note] else key.velocity) for key in played.keys]
    return played.with_fault(keys, "plays the lower staff 34 of 127 louder than before", ("balance", 0, 34 - 12))


def uneven(score: ScoreMap, played: Played) -> Played:
    """The rhythm wavers from note to note."""
    draw = random.Random("uneven")
    late = [draw.gauss(0.0, 85.0) for _ in range(score.moments)]
    keys = [key._replace(at_ms=key.at_ms + late[score.moment_of[key.note]]) for key in played.keys]
    return played.with_fault(keys, "is early or late by 85 ms (standard deviation) at each step", ("uneven", 0, 85))


def short(_: ScoreMap, played: Played) -> Played:
    """All keys are let go at once."""
    keys = [key._replace(length_ms=key.length_ms * 0.35) for key in played.keys]
    return played.with_fault(keys, "lets every key go after a third of its length", ("short", 0, 35))


SESSIONS: Final = (
    Session("One wrong key", "amazing-grace", "amazing-grace", (wrong(5, 0, 2),)),
    Session("A key that did not sound", "loch-lomond", "loch-lomond", (silent(6, 1),)),
    Session("A stop", "greensleeves", "greensleeves", (stops(7, 2.0),), 500.0),
    Session("A bar begun again", "auld-lang-syne", "auld-lang-syne", (begins_again(6),)),
    Session("A bar begun again, and again", "deck-the-halls", "deck-the-halls", (begins_again(7, 2), wrong(3, 2, -1))),
    Session("The left hand too loud", "alberti", "alberti", (loud_left,)),
    Session("An unsteady beat", "korobeiniki", "korobeiniki", (uneven,), 480.0),
    Session("Keys let go early", "ah-vous-dirai-je", "ah-vous-dirai-je", (short,)),
    Session("Slow, steady, and all there", "bach-prelude-c", "bach-prelude-c", (), 1100.0),
    Session("Another piece than the one that is open", "mozart-minuet-k2", "korobeiniki"),
)


def taken(session: Session) -> tuple[ScoreMap, Played]:
    """The score that is open, and the take."""
    score, played = score_of(session.score), clean(session.played, session.quarter_ms)
    for fault in session.faults:
        played = fault(score, played)
    return score, replace(played, keys=tuple(sorted(played.keys, key=lambda key: (key.at_ms, key.pitch))))


def performance(played: Played) -> Performance:
    """The take as the tutor hears it."""
    notes = np.zeros(len(played.keys), NOTE)
    for place, key in enumerate(played.keys):
        notes[place]["onset_ms"], notes[place]["duration_ms"] = key.at_ms, key.length_ms
        notes[place]["pitch"], notes[place]["velocity"] = key.pitch, key.velocity
    return performed(NoteList(notes, 480, ()))


def told(session: Session) -> tuple[Played, dict[str, Any]]:
    """A session played and judged."""
    score, played = taken(session)
    take = performance(played)
    return played, report_of(score, take, assess(score, take))


def page() -> list[str]:
    """`docs/tutor-examples.md`."""
    lines = [
        "# Ten sessions, and what the tutor says",
        "",
        "<!-- Made by `make docs` from tests/tutor/examples.py: change that, not this. -->",
        "",
        "Pieces of the shelf (CC0), played by a program as a person would, with faults put in at known places: no",
        "recording of a child lies here. What was put in stands first, then all that `mos assess` says, the most",
        "useful first, each sentence with its confidence and the evidence that it rests on. `performance_indices`",
        "count the notes played from 0, `score_id` is the note's id in the piece's UMF. What is not sure is not said:",
        "the A4 of session 5 stands so near in the score that it may have been meant. `tests/tutor/test_examples.py`",
        "holds every sentence against what was put in.",
        "",
    ]
    for number, session in enumerate(SESSIONS, 1):
        lines += _section(number, session)
    return lines


def _section(number: int, session: Session) -> Iterator[str]:
    played, report = told(session)
    yield from (f"## {number}. {session.title}", "")
    heard = session.played if session.played == session.score else f"{session.played}, while {session.score} is open"
    yield f"Played: `{heard}`, {len(played.keys)} notes, {60_000 / session.quarter_ms:.0f} quarters a minute."
    yield f"Put in: {'; '.join(played.done) or 'nothing'}."
    found = f"{len(report['matches'])} notes as written, {len(report['missed'])} missed, {len(report['extra'])} extra"
    yield from (f"Heard: {found}. Grade, for the teacher: {report['grade']:.1f}.", "")
    for row in report["feedback"]:
        where = f"bar {row['bar']}" if row["bar"] else "whole take"
        yield f"- **{row['text']}** ({where}, {row['kind']}, confidence {row['confidence']})  "
        yield f"  evidence: `{json.dumps(row['evidence'], ensure_ascii=False)}`"
    yield ""
