"""The judgement on a practice, for page and teacher: marks on the notes, what is told, and a grade."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from mos_appliance.music.pitch import name_of
from mos_appliance.tutor.assessment import Assessment, assess
from mos_appliance.tutor.judging import judge
from mos_appliance.tutor.knowledge.attempts import MAX_BARS, Manner, attempt_of
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.practice.excerpt import Excerpt
from mos_appliance.tutor.practice.flowing import EARLY_MS, EARLY_SHARE, HESITATION
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import FollowerSettings
from mos_appliance.tutor.statements import Statement
from mos_appliance.tutor.timing import Timing, timing_of
from mos_appliance.tutor.wording import worded
from mos_appliance.wire.practice import Judged, MarkVerdict, Mode, NoteMark, PracticeOrder, Told
from mos_appliance.wire.students import Attempted, BarTally

LEAST_FOR_WHOLE: Final = 32
"""Notes as written from which on rhythm or touch may be spoken of as a whole: among fewer a stop weighs too much."""
_OF_THE_WHOLE: Final = frozenset({"rhythm", "articulation", "dynamics", "balance"})
_OF_GOING_BACK: Final = frozenset({"restart", "hesitation", "steadiness"})
_TOLD_BY_EAR: Final = frozenset({"take", "restart", "hesitation", "steadiness", "rhythm"})
"""What is sure of a take that a microphone has heard: of ten notes it misses one, and knows little of touch and of when
keys were let go. So nothing is said of wrong and missed notes, touch, pedal and length, and no grade is given."""
_SURE_BY_EAR: Final = frozenset({"right", "early", "late"})
_MOST_MARKS: Final = 5_000
_CERTAIN: Final = 1.0
"""In wait mode nothing is guessed: what was expected and what was struck is known."""


def judged_take(
    order: PracticeOrder,
    excerpt: Excerpt,
    take: Performance,
    settings: FollowerSettings | None = None,
) -> Judged:
    """A take that was followed: with hindsight, for it is over.

    Going back is no fault where it was asked for, in a loop and in echo: nothing is said of it, and no grade is given.
    """
    score = excerpt.score
    by_ear = order.listen == "microphone"
    assessment = _fuller(assess(score, take, False, settings), assess(score, take, True, settings))
    timing = timing_of(score, take, assessment.account)
    judgement = judge(score, take, assessment, timing)
    sure = {row.note: row.struck for row in (judgement.faults.wrong if judgement.faults else ())}
    marks = list(_marks(score, take, assessment, timing, sure)) if assessment.is_this_piece else []
    marks = [mark for mark in marks if mark.verdict in _SURE_BY_EAR] if by_ear else marks
    bars = sorted({score.bars[score.moment_of[match.note]] for match in assessment.account.matches})
    enough = len(assessment.account.matches) >= LEAST_FOR_WHOLE
    rounds = order.loop or order.mode == "echo"
    unsaid = (frozenset() if enough else _OF_THE_WHOLE) | (_OF_GOING_BACK if rounds else frozenset())
    statements = [row for row in judgement.statements if row.kind not in unsaid]
    if by_ear and assessment.is_this_piece:
        statements = [row for row in statements if row.kind in _TOLD_BY_EAR]
        statements.append(_heard(len(assessment.account.matches), _due(assessment), bars))
    statements = statements or [Statement("take", "another_try", 0, _CERTAIN, 0.0)]
    manner = Manner(order.mode, tempo=_tempo_share(timing, order.score.tempi))
    return Judged(
        order.number,
        order.mode,
        assessment.is_this_piece,
        len(take),
        len(assessment.account.matches),
        [bars[0], bars[-1]] if bars else [],
        0.0 if rounds or by_ear else judgement.grade,
        {} if rounds or by_ear else judgement.features,
        [told(statement) for statement in statements],
        numbered(marks),
        None if rounds or by_ear else attempt_of(_UNKNOWN, score, take, assessment, judgement, manner),
    )


def _fuller(live: Assessment, later: Assessment) -> Assessment:
    """With hindsight, unless that explains less of the take: after a restart or two it may lose what was followed."""
    return later if len(later.account.matches) >= len(live.account.matches) else live


def heard_walk(practice: int, excerpt: Excerpt, struck: int, done: int) -> Judged:
    """A walk in wait mode by ear: which notes were waited for and heard. `done`: moments of the path."""
    score = excerpt.score
    counts = np.bincount(score.moment_of, minlength=score.moments).tolist()
    walked = sum(counts[moment] for moment in excerpt.path[:done])
    bars = [score.bars[excerpt.path[0]], score.bars[excerpt.path[done - 1]]] if done else []
    said = _heard(walked, walked, bars) if done else Statement("take", "nothing_played", 0, _CERTAIN, 0.0)
    return Judged(practice, "wait", True, struck, walked, bars, 0.0, {}, [told(said)], [])


def _heard(heard: int, due: int, bars: list[int]) -> Statement:
    """How much of what was due was heard."""
    arguments = {"heard": heard, "due": due, "from_bar": min(bars), "to_bar": max(bars)}
    return Statement("take", "heard", 0, _CERTAIN, 0.0, arguments, arguments)


def _due(assessment: Assessment) -> int:
    """Notes that were heard, and those that were due and were not."""
    account = assessment.account
    return len(account.matches) + sum(missed.run >= 0 and not missed.unison for missed in account.missed)


def judged_walk(
    practice: int, mode: Mode, excerpt: Excerpt, refusals: dict[int, list[int]], struck: int, done: int
) -> Judged:
    """A walk in wait mode: only which keys were looked for, for time did not count. `done`: moments of the path."""
    score = excerpt.score
    marks = []
    statements = []
    for note, keys in sorted(refusals.items(), key=lambda row: (-len(row[1]), row[0])):
        bar, pitch = score.bars[score.moment_of[note]], score.pitch_of[note]
        expected = " ".join(name_of(key) for key in _chord(score, note))
        often = max(sorted(set(keys)), key=keys.count)
        marks.append(NoteMark(0, "wrong", score.page.ids[note], bar, pitch, often))
        arguments: dict[str, Any] = {"bar": bar, "expected": expected, "times": len(keys), "played": name_of(often)}
        message = "searched_often" if len(keys) > 1 else "searched"
        evidence = arguments | {"keys": keys, "score_id": score.page.ids[note]}
        statements.append(Statement("notes", message, bar, _CERTAIN, float(len(keys)), arguments, evidence))
    if not statements and struck:
        statements.append(Statement("notes", "all_well", 0, _CERTAIN, 0.0))
    if not struck:
        statements.append(Statement("take", "nothing_played", 0, _CERTAIN, 0.0))
    bars = [score.bars[0], score.bars[-1]] if struck else []
    right = struck - sum(map(len, refusals.values()))
    said, attempt = [told(row) for row in statements], _walked(excerpt, refusals, done) if done else None
    return Judged(practice, mode, True, struck, right, bars, 0.0, {}, said, numbered(marks), attempt)


_UNKNOWN: Final = Offer("?", "", "", (), -1.0, "both", 21, 108, False, False, 0.0, 0)
"""In place of what a piece asks for: the tutor has a score, not the shelf."""


def _tempo_share(timing: Timing, tempi: list[tuple[int, int]]) -> float:
    """The student's tempo as a share of the piece's own; 0 where too little was played to tell."""
    paces = timing.pace_ms[np.isfinite(timing.pace_ms)]
    return tempi[0][1] / 1000.0 / float(np.median(paces)) if len(paces) and tempi else 0.0


def _walked(excerpt: Excerpt, refusals: dict[int, list[int]], done: int) -> Attempted:
    """What a walk says of its bars: every note was found in the end, some after other keys."""
    score = excerpt.score
    due: dict[int, int] = {}
    extra: dict[int, int] = {}
    notes = np.bincount(score.moment_of, minlength=score.moments).tolist()
    for moment in excerpt.path[:done]:
        due[score.bars[moment]] = due.get(score.bars[moment], 0) + notes[moment]
    for note, keys in refusals.items():
        bar = score.bars[score.moment_of[note]]
        extra[bar] = extra.get(bar, 0) + len(keys)
    bars = tuple(BarTally(bar, due[bar], extra=extra.get(bar, 0)) for bar in sorted(due) if bar > 0)[:MAX_BARS]
    return Attempted(_UNKNOWN.piece, "", (), -1.0, bars, tempo=0.0, mode="wait")


def _chord(score: ScoreMap, note: int) -> list[int]:
    """The keys that are struck with a note, itself among them."""
    moment, grace = score.moment_of[note], score.page.notes["grace"]
    together = (other for other, place in enumerate(score.moment_of) if place == moment and not grace[other])
    return sorted({score.pitch_of[other] for other in together})


def told(statement: Statement) -> Told:
    """A statement for the wire, with its text."""
    return Told(
        statement.kind,
        statement.message,
        statement.bar,
        statement.confidence,
        worded(statement),
        statement.arguments,
        statement.evidence,
    )


def numbered(marks: Sequence[NoteMark]) -> list[NoteMark]:
    """Marks with their numbers, in the order of the score; not more than can be looked at."""
    kept = sorted(marks, key=lambda mark: (mark.bar, mark.times))[:_MOST_MARKS]
    return [
        NoteMark(number, row.verdict, row.note, row.bar, row.pitch, row.played, row.early_ms, row.times)
        for number, row in enumerate(kept, 1)
    ]


def _marks(
    score: ScoreMap, take: Performance, assessment: Assessment, timing: Timing, sure: dict[int, int]
) -> Iterator[NoteMark]:
    account = assessment.account
    onsets = take.onset_ms[[match.struck for match in account.matches]].tolist()
    rows = zip(account.matches, timing.expected_ms.tolist(), timing.quarter_ms.tolist(), onsets, strict=True)
    for match, expected, quarter, came in rows:
        early = 0.0 if math.isnan(expected) else round(expected - came, 1)
        if abs(early) > HESITATION * quarter:
            early = 0.0
        free = EARLY_MS if math.isnan(quarter) else max(EARLY_MS, EARLY_SHARE * quarter)
        verdict: MarkVerdict = "early" if early > free else "late" if early < -free else "right"
        yield _mark(score, match.note, verdict, early_ms=early, times=match.times)
    for missed in account.missed:
        if missed.run >= 0 and not missed.unison and not score.page.notes["grace"][missed.note]:
            struck = sure.get(missed.note, -1)
            played = int(take.pitch[struck]) if struck >= 0 else 0
            yield _mark(score, missed.note, "wrong" if played else "missed", played=played, times=missed.times)


def _mark(
    score: ScoreMap, note: int, verdict: MarkVerdict, played: int = 0, early_ms: float = 0.0, times: int = 1
) -> NoteMark:
    bar = score.bars[score.moment_of[note]]
    return NoteMark(0, verdict, score.page.ids[note], bar, score.pitch_of[note], played, early_ms, times)
