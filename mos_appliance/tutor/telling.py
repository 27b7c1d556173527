"""Faults in words: which of them are worth telling, and how sure they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from mos_appliance.music.pitch import name_of
from mos_appliance.tutor.faults import Faults, WrongNote
from mos_appliance.tutor.metre import Beats
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.statements import Statement

_MEASURED: Final = 0.99
"""Sure of what is measured over a whole take, or between two sure places."""
_WRONG_KEY: Final = 0.985
"""Measured: docs/evidence/following.md, told faults."""
_NO_KEY: Final = 0.98


def statements_of(score: ScoreMap, take: Performance, faults: Faults, features: dict[str, float]) -> list[Statement]:
    """All that may be told about a take."""
    beats = Beats(score)
    told = [*_notes(score, take, faults.wrong, beats), *_waits(score, faults, beats), *_restarts(score, faults)]
    told += _whole(features)
    if not told and not faults.missed and not faults.extra:
        told.append(Statement("notes", "all_well", 0, _MEASURED, 0.0))
    return told


def _notes(score: ScoreMap, take: Performance, wrong: Iterable[WrongNote], beats: Beats) -> Iterator[Statement]:
    """One statement for each note of the score, however often it went wrong."""
    for note, group in groupby(sorted(wrong), key=lambda row: row.note):
        rows = list(group)
        keys = sorted({int(take.pitch[row.struck]) for row in rows if row.struck >= 0})
        moment = score.moment_of[note]
        bar, expected, times = score.bars[moment], name_of(score.pitch_of[note]), len(rows)
        played = name_of(keys[0]) if len(keys) == 1 and all(row.struck >= 0 for row in rows) else None
        message = ("wrong_note" if played else "missed_note") + ("_often" if times > 1 else "")
        arguments = {"bar": bar, "expected": expected, "times": times} | ({"played": played} if played else {})
        evidence = arguments | {
            "beat": beats.beat(moment),
            "played": played,
            "performance_indices": [row.struck for row in rows if row.struck >= 0],
            "score_id": score.page.ids[note] if score.page.ids else f"n{note}",
            "passes": rows[0].passes,
        }
        sure = _WRONG_KEY if played else _NO_KEY
        yield Statement("notes", message, bar, sure, 3.0 + times + (0.5 if played else 0.0), arguments, evidence)


def _waits(score: ScoreMap, faults: Faults, beats: Beats) -> Iterator[Statement]:
    by_bar = groupby(
        sorted(faults.waits, key=lambda wait: score.bars[wait.moment]), key=lambda wait: score.bars[wait.moment]
    )
    for bar, group in by_bar:
        waits = list(group)
        longest = max(waits, key=lambda wait: wait.waited - wait.expected)
        beat, seconds = beats.beat(longest.moment), round(longest.waited / 1000.0, 1)
        often = len(waits) > 1
        message = "hesitation_often" if often else "hesitation" if beat else "hesitation_bar"
        arguments = {"bar": bar, "beat": f"{beat:g}" if beat else "", "waited": seconds, "times": len(waits)}
        evidence = {
            "bar": bar,
            "beat": beat,
            "expected": round(longest.expected),
            "played": round(longest.waited),
            "times": len(waits),
        }
        yield Statement("hesitation", message, bar, _MEASURED, 2.5 + 2.0 * len(waits), arguments, evidence)


def _restarts(score: ScoreMap, faults: Faults) -> Iterator[Statement]:
    rows = sorted(faults.restarts, key=lambda row: (score.bars[row.target], row.struck))
    for bar, group in groupby(rows, key=lambda row: score.bars[row.target]):
        restarts = list(group)
        times = len(restarts)
        evidence = {
            "bar": bar,
            "times": times,
            "from_bars": [score.bars[row.source] for row in restarts],
            "performance_indices": [row.struck for row in restarts],
        }
        message = "restart_often" if times > 1 else "restart"
        yield Statement("restart", message, bar, _MEASURED, 3.0 + 2.5 * times, {"bar": bar, "times": times}, evidence)


def _whole(features: dict[str, float]) -> Iterator[Statement]:
    """What is so over the whole take."""
    if features["rhythm"] > 0.06:
        off = round((features["rhythm"] + 0.045) * 100)
        yield Statement("rhythm", "uneven", 0, _MEASURED, 4.0, {"percent": off}, {"played": off, "expected": 4})
    if features.get("balance", 0.0) > 12.0:
        off = round(features["balance"])
        yield Statement("balance", "balance", 0, _MEASURED, 2.0, {"off": off}, {"played": off, "expected": 0})
    if features.get("touch", 0.0) > 8.0:
        off = round(features["touch"] + 7.0)
        yield Statement("dynamics", "touch", 0, _MEASURED, 2.0, {"off": off}, {"played": off, "expected": 7})
    if features["articulation"] > 0.35:
        percent = round((features["articulation"] + 0.25) * 100)
        yield Statement("articulation", "short", 0, _MEASURED, 1.5, {"percent": percent}, {"played": percent})
