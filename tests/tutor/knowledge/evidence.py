"""`make evidence NAME=knowledge`: what the tutor foresees of simulated students, and what its lessons bring them.

The students (`learners.py`) were fixed before the tutor's model; its parameters were tuned on other students of the
same kinds (seeds below 200), and so were those of plain BKT, by likelihood. Judged are seeds from 5000 on.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.knowledge import tracing
from tests.tutor.knowledge.foresight import (
    Make,
    PlainBkt,
    RunningMean,
    StudentMean,
    area_under_curve,
    fit_plain,
    foretold,
    log_loss,
    tutors,
)
from tests.tutor.knowledge.learners import KINDS
from tests.tutor.knowledge.schooling import DAYS, Diary, School, by_plan, by_tutor, fixed_order, school, wander
from tests.tutor.knowledge.taking import taken

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs" / "evidence" / "knowledge.md"
KEPT: Final = ROOT / "build" / "evidence" / "knowledge"
FIRST_SEED: Final = 5000
FORESEEN: Final = 40
"""Students of each kind whose answers are foretold."""
TAUGHT: Final = {"rememberer": 17, "climber": 17, "moody": 16}
TUNED_ON: Final = 20
MILESTONES: Final = (10, 20, 30, 40)
STARVED: Final = 21
"""A skill that could be begun for more lessons than this, and was not, is starved."""
FORGOTTEN: Final = 21
"""A review that comes more lessons late than this was forgotten."""
PLANS: Final = ("tutor", "tutor, by takes", "fixed", "fixed, slower")
METHODS: Final = ("tutor", "plain BKT", "mean of skill", "mean of student")


def kept(name: str, make: Callable[[], Any]) -> Any:
    """What was worked out before, or now: so that the proof goes on where it was broken off."""
    file = KEPT / f"{FIRST_SEED}-{name}.json"
    if not file.exists():
        sys.stderr.write(f"knowledge: {name}\n")
        KEPT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(make()))
    return json.loads(file.read_text())


# -- foresight -------------------------------------------------------------------------------------------------------


def plain_parameters(place: School) -> list[float]:
    return list(fit_plain([wander(place, kind, seed) for kind in KINDS for seed in range(TUNED_ON)]))


def foresight_of(place: School, kind: str, four: Sequence[float]) -> dict[str, Any]:
    """For each method: AUC and log loss of all answers, and the AUC of each student."""
    lives = [wander(place, kind, FIRST_SEED + seed) for seed in range(FORESEEN)]
    plain = PlainBkt.of(four)
    makes: dict[str, Make] = dict(
        zip(METHODS, (tutors(place, tracing.DEFAULT), plain, RunningMean, StudentMean), strict=True)
    )
    found = {}
    for name, make in makes.items():
        expected, right = foretold(lives, make)
        own = [area_under_curve(expected[a:b], right[a:b]) for a, b in pairwise([0, *np.cumsum([*map(len, lives)])])]
        found[name] = {"auc": area_under_curve(expected, right), "loss": log_loss(expected, right), "own": own}
    return {"answers": int(sum(map(len, lives))), "right": float(np.mean(right)), "methods": found}


def bootstrapped(mine: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of the mean difference, students drawn anew a thousand times."""
    off: NDArray[np.float64] = np.array(mine) - np.array(other)
    drawn = np.random.default_rng(1).integers(0, len(off), (1000, len(off)))
    low, high = np.percentile(off[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


# -- lessons ---------------------------------------------------------------------------------------------------------


def schooling_of(place: School, kind: str, seed: int) -> dict[str, Any]:
    """Sixty days of one student by each plan."""
    diaries = {
        "tutor": by_tutor(place, kind, seed),
        "tutor, by takes": by_tutor(place, kind, seed, taken=taken),
        "fixed": by_plan(place, kind, seed, fixed_order(place)),
        "fixed, slower": by_plan(place, kind, seed, fixed_order(place, 2)),
    }
    return {
        "mastered": {name: [len(found) for found in diary.truly] for name, diary in diaries.items()},
        "never": {name: _never(place, diary) for name, diary in diaries.items()},
        "care": {name: _care_of(diaries[name]) for name in PLANS[:2]},
    }


def _care_of(diary: Diary) -> dict[str, Any]:
    waited, gaps = list(diary.waited.values()), list(diary.gaps.values())
    return {
        "lessons": diary.lessons,
        "waited": waited,
        "gaps": gaps,
        "late": diary.late,
        "bars": diary.bars_late,
        "open": diary.open_reviews,
    }


def _never(place: School, diary: Diary) -> int:
    return len(place.truth.needs.keys() - diary.shown.keys())


def days_to(mastered: Sequence[int], milestone: int) -> float:
    """The day on which so many skills were mastered at once, from 1; infinite when it never was."""
    return next((day for day, count in enumerate(mastered, 1) if count >= milestone), float("inf"))


# -- the page --------------------------------------------------------------------------------------------------------


def main() -> int:
    place = school()
    four = kept("plain", lambda: plain_parameters(place))
    foresight = {kind: kept(f"foresight-{kind}", lambda kind=kind: foresight_of(place, kind, four)) for kind in KINDS}
    students = {
        kind: [
            kept(f"school-{kind}-{seed}", lambda kind=kind, seed=seed: schooling_of(place, kind, FIRST_SEED + seed))
            for seed in range(count)
        ]
        for kind, count in TAUGHT.items()
    }
    lines = [*_head(four), *_foresight(foresight), *_mastery(students), *_care(students)]
    PAGE.write_text("\n".join(lines) + "\n")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _head(four: Sequence[float]) -> list[str]:
    known, learn, guess, slip = four
    made = f"{datetime.now(UTC):%Y-%m-%d}, mos {version('mos-appliance')}"
    return _paragraphs(
        "# Evidence: knowledge",
        f"{made}, `make evidence NAME=knowledge`, a minute of CPU.",
        "Students are simulated, of three kinds (`tests/tutor/knowledge/learners.py`): one remembers by traces that "
        "fade by a power law (Pavlik & Anderson 2005), one climbs levels after hidden plateaus, with bad days and "
        "disuse, one learns by saturation with interference, fatigue, motivation and skipping. They were committed "
        "before the tutor had a model of students; each lacks a fifth of the graph's edges, and a stumble spoils other "
        "answers of its exercise. The tutor's parameters were tuned on other students of the same kinds, by hand and "
        f"by random search, plain BKT's by the likelihood of twenty of each kind on a grid (known {known}, learn "
        f"{learn}, guess {guess}, slip {slip}). What follows is of students that neither has seen. **No person has "
        "been taught by these lessons yet.**",
    )


def _foresight(found: dict[str, Any]) -> list[str]:
    rows = []
    for kind, row in found.items():
        cells = [f"{row['methods'][name]['auc']:.3f} ({row['methods'][name]['loss']:.3f})" for name in METHODS]
        mine, other = row["methods"]["tutor"]["own"], row["methods"]["plain BKT"]["own"]
        low, high = bootstrapped(mine, other)
        more = f"{np.mean(mine) - np.mean(other):+.3f} ({low:+.3f} to {high:+.3f})"
        rows.append([kind, f"{row['answers']:,}", f"{row['right']:.0%}", *cells, more])
    return [
        *_paragraphs(
            "## The next answer",
            f"AUC (and mean log loss) over all answers of {FORESEEN} students a kind, who practise for {DAYS} days by "
            "nobody's plan. All answers of an exercise are foretold before any of them is known. *Mean of skill* is "
            "the running mean of the student's own answers for that skill, drawn to their own of all skills by one "
            "answer. The last column: AUC within a student, the tutor's less plain BKT's, mean over students and its "
            "95 % interval (students drawn anew).",
        ),
        *_table(["kind", "answers", "right", *METHODS, "more than BKT"], rows),
    ]


def _mastery(students: dict[str, list[dict[str, Any]]]) -> list[str]:
    everybody = [row for rows in students.values() for row in rows]
    rows = []
    for kind, found in [*students.items(), ("all", everybody)]:
        for plan in PLANS:
            counts = np.array([row["mastered"][plan] for row in found])
            means = [counts[:, day - 1].mean() for day in (20, 40, 60)]
            days = [np.median([days_to(row, milestone) for row in counts.tolist()]) for milestone in MILESTONES]
            told = [f"{day:.0f}" if np.isfinite(day) else f"> {DAYS}" for day in days]
            rows.append([kind, plan, *(f"{mean:.1f}" for mean in means), f"{counts.mean():.1f}", *told])
    heads = ["kind", "plan", "mastered after 20 days", "40", "60", "mean of all days", "day of the 10th"]
    return [
        *_paragraphs(
            "## Mastery",
            f"50 students, {DAYS} days, four exercises a lesson in ten minutes, out of the 66 pieces of the shelf. A "
            "skill is mastered while the student's true chance on its easiest piece is 0.8 or more. *Fixed*: the shelf "
            "in the order of its levels, a new piece every lesson with the three before it; *slower*: every second "
            "lesson. Days are medians.",
        ),
        *_table([*heads, "20th", "30th", "40th"], rows),
        *_sooner(everybody),
    ]


def _sooner(rows: Sequence[dict[str, Any]]) -> list[str]:
    parts = []
    for milestone in MILESTONES:
        mine, fixed = ([days_to(row["mastered"][plan], milestone) for row in rows] for plan in ("tutor", "fixed"))
        both = [(own, other) for own, other in zip(mine, fixed, strict=True) if np.isfinite(own) and np.isfinite(other)]
        sooner = np.median([other - own for own, other in both]) if both else 0.0
        reached = f"{sum(np.isfinite(mine))} and {sum(np.isfinite(fixed))} of {len(rows)} got there"
        how = "as soon" if not sooner else f"{abs(sooner):.0f} days {'sooner' if sooner > 0 else 'later'}"
        parts.append(f"{milestone} skills {how} ({reached})")
    return _paragraphs(
        "The tutor's student (told by answers) beside the same student in fixed order, median over those who got "
        "there in both: "
        f"{'; '.join(parts)}."
    )


def _care(students: dict[str, list[dict[str, Any]]]) -> list[str]:
    table = []
    for kind, rows in students.items():
        for plan in PLANS[:2]:
            care = [row["care"][plan] for row in rows]
            waited, gaps, late, bars, still = (
                [value for row in care for value in row[name]] for name in ("waited", "gaps", "late", "bars", "open")
            )
            starved = sum(value > STARVED for value in waited)
            forgotten = sum(value > FORGOTTEN for value in [*late, *bars, *still])
            lessons = np.mean([row["lessons"] for row in care])
            reviews = [f"{len(found) / len(rows):.0f}: {_spread(found)}" if found else "" for found in (late, bars)]
            spreads = [_spread(waited), _spread(gaps), *reviews]
            table.append([kind, plan, f"{lessons:.0f}", *spreads, str(starved), str(forgotten)])
    never = {plan: np.mean([row["never"][plan] for rows in students.values() for row in rows]) for plan in PLANS}
    told = ", ".join(f"{plan} {count:.1f}" for plan, count in never.items())
    heads = ["kind", "told by", "lessons", "waited", "unseen", "skills late", "bars late", "starved", "forgotten"]
    return [
        *_paragraphs(
            "## Nothing starved, nothing forgotten",
            "*Waited*: lessons in which a skill could have been begun (some piece asks for it and for nothing that is "
            f"not ready) and was not; starved is what waited more than {STARVED}. *Unseen*: lessons on end without a "
            "skill that is begun and not believed to be mastered. *Late*: lessons by which a due review came late, 0 "
            f"in the lesson for which it was due; forgotten is more than {FORGOTTEN}, also what was still open for "
            "longer at the end. Figures: median / 95 % / longest.",
        ),
        *_table(heads, table),
        f"Skills of 74 that had never been shown after {DAYS} days, mean: {told}.",
    ]


def _paragraphs(*texts: str) -> list[str]:
    return [line for text in texts for line in (*textwrap.wrap(text, 118, break_on_hyphens=False), "")]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)] + [""]


def _spread(values: Sequence[float]) -> str:
    middle, most = np.percentile(values, (50, 95)) if values else (0.0, 0.0)
    return f"{middle:.0f} / {most:.0f} / {max(values, default=0):.0f}"


if __name__ == "__main__":
    sys.exit(main())
