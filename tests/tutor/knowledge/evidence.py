"""`make evidence NAME=knowledge`: what the tutor foresees of simulated students, and what its lessons bring them.

The students (`learners.py`) were fixed before the tutor's model; its parameters were tuned on other students of the same
kinds (seeds below 200), and so were those of plain BKT, by likelihood. Judged are seeds from 2000 on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
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

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs" / "evidence" / "knowledge.md"
KEPT: Final = ROOT / "build" / "evidence" / "knowledge"
FIRST_SEED: Final = 2000
FORESEEN: Final = 40
"""Students of each kind whose answers are foretold."""
TAUGHT: Final = {"rememberer": 17, "climber": 17, "moody": 16}
TUNED_ON: Final = 20
MILESTONES: Final = (10, 20, 30, 40)
STARVED: Final = 30
"""A skill that could be begun for more lessons than this, and was not, is starved."""
FORGOTTEN: Final = 14
"""A review that comes more lessons late than this was forgotten."""
PLANS: Final = ("tutor", "fixed", "fixed, slower")
METHODS: Final = ("tutor", "plain BKT", "mean of skill", "mean of student")


def kept(name: str, make: Callable[[], Any]) -> Any:
    """What was worked out before, or now: so that the proof goes on where it was broken off."""
    file = KEPT / f"{name}.json"
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
        each = np.cumsum([0, *map(len, lives)])
        own = [area_under_curve(expected[a:b], right[a:b]) for a, b in zip(each[:-1], each[1:], strict=True)]
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
        "fixed": by_plan(place, kind, seed, fixed_order(place)),
        "fixed, slower": by_plan(place, kind, seed, fixed_order(place, 2)),
    }
    mine = diaries["tutor"]
    return {
        "mastered": {name: [len(found) for found in diary.truly] for name, diary in diaries.items()},
        "lessons": mine.lessons,
        "waited": list(mine.waited.values()),
        "gaps": list(mine.gaps.values()),
        "late": mine.late,
        "open": mine.open_reviews,
        "never": {name: _never(place, diary) for name, diary in diaries.items()},
    }


def _never(place: School, diary: Diary) -> int:
    return len(place.truth.needs) - len(diary.shown)


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
    return [
        "# Evidence: knowledge",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, mos {version('mos-appliance')}, `make evidence NAME=knowledge`, a minute of CPU.",
        "",
        "Students are simulated, of three kinds (`tests/tutor/knowledge/learners.py`): one remembers by traces that fade by",
        "a power law (Pavlik & Anderson 2005), one climbs levels after hidden plateaus, with bad days and disuse, one learns",
        "by saturation with interference, fatigue, motivation and skipping. They were committed before the tutor had a model",
        "of students, and each lacks a fifth of the graph's edges; a stumble spoils other answers of its exercise. The",
        "tutor's parameters were tuned on other students of the same kinds, by hand and by random search, and plain BKT's by",
        f"the likelihood of twenty of each kind on a grid (known {known}, learn {learn}, guess {guess}, slip {slip}).",
        "What follows is of students that neither has seen. **No person has been taught by these lessons yet.**",
        "",
    ]


def _foresight(found: dict[str, Any]) -> list[str]:
    lines = [
        "## The next answer",
        "",
        f"AUC (and mean log loss) over all answers of {FORESEEN} students a kind, who practise for {DAYS} days by nobody's",
        "plan. All answers of an exercise are foretold before any of them is known. *Mean of skill* is the running mean of",
        "the student's own answers for that skill, drawn to their own of all skills by one answer. The last column: the",
        "tutor's AUC less plain BKT's, mean over students, and its 95 % interval (students drawn anew).",
        "",
        f"| kind | answers | right | {' | '.join(METHODS)} | more than BKT |",
        "|---|---|---|" + "---|" * (len(METHODS) + 1),
    ]
    for kind, row in found.items():
        cells = [f"{row['methods'][name]['auc']:.3f} ({row['methods'][name]['loss']:.3f})" for name in METHODS]
        mine, other = row["methods"]["tutor"]["own"], row["methods"]["plain BKT"]["own"]
        low, high = bootstrapped(mine, other)
        more = f"{np.mean(mine) - np.mean(other):+.3f} ({low:+.3f} to {high:+.3f})"
        lines.append(f"| {kind} | {row['answers']:,} | {row['right']:.0%} | {' | '.join(cells)} | {more} |")
    return [*lines, ""]


def _mastery(students: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "## Mastery",
        "",
        f"50 students, {DAYS} days, four exercises a lesson in ten minutes, out of the 66 pieces of the shelf. A skill is",
        "mastered while the student's true chance on its easiest piece is 0.8 or more. *Fixed*: the shelf in the order of its",
        "levels, a new piece every lesson with the three before it; *slower*: every second lesson.",
        "",
        "| kind | plan | mastered after 20 days | 40 | 60 | mean over all days | day of the 10th | 20th | 30th | 40th |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, rows in [*students.items(), ("all", [row for rows in students.values() for row in rows])]:
        for plan in PLANS:
            counts = np.array([row["mastered"][plan] for row in rows])
            means = [counts[:, day - 1].mean() for day in (20, 40, 60)]
            days = [np.median([days_to(row, milestone) for row in counts.tolist()]) for milestone in MILESTONES]
            told = [f"{day:.0f}" if np.isfinite(day) else f"> {DAYS}" for day in days]
            cells = [*(f"{mean:.1f}" for mean in means), f"{counts.mean():.1f}", *told]
            lines.append(f"| {kind} | {plan} | {' | '.join(cells)} |")
    return [*lines, "", *_sooner([row for rows in students.values() for row in rows]), ""]


def _sooner(rows: Sequence[dict[str, Any]]) -> list[str]:
    parts = []
    for milestone in MILESTONES:
        mine, fixed = ([days_to(row["mastered"][plan], milestone) for row in rows] for plan in ("tutor", "fixed"))
        both = [(own, other) for own, other in zip(mine, fixed, strict=True) if np.isfinite(own) and np.isfinite(other)]
        sooner = np.median([other - own for own, other in both]) if both else 0.0
        reached = sum(np.isfinite(mine)), sum(np.isfinite(fixed))
        parts.append(f"{milestone}: {sooner:+.0f} days sooner ({reached[0]} and {reached[1]} of {len(rows)} got there)")
    return [
        "Days by which the tutor's student has so many skills sooner than the same student in fixed order, median over those",
        f"who got there in both: {'; '.join(parts)}.",
    ]


def _care(students: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "## Nothing starved, nothing forgotten",
        "",
        "*Waited*: lessons in which a skill could have been begun (some piece asks for it and for nothing that is not ready)",
        f"and was not; starved is what waited more than {STARVED}. *Unseen*: lessons on end without a skill that is begun and",
        f"not mastered. *Late*: lessons by which a due review came late, 0 on its day; forgotten is more than {FORGOTTEN}, or",
        "still open for longer at the end. Figures: median / 95 % / longest.",
        "",
        "| kind | students | lessons each | waited | unseen | reviews each | late | starved | forgotten |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, rows in students.items():
        waited, gaps, late = ([value for row in rows for value in row[name]] for name in ("waited", "gaps", "late"))
        still = [value for row in rows for value in row["open"]]
        starved = sum(value > STARVED for value in waited)
        forgotten = sum(value > FORGOTTEN for value in [*late, *still])
        lessons = np.mean([row["lessons"] for row in rows])
        cells = [
            _spread(waited),
            _spread(gaps),
            f"{len(late) / len(rows):.0f}",
            _spread(late),
            str(starved),
            str(forgotten),
        ]
        lines.append(f"| {kind} | {len(rows)} | {lessons:.0f} | {' | '.join(cells)} |")
    never = {plan: np.mean([row["never"][plan] for rows in students.values() for row in rows]) for plan in PLANS}
    told = ", ".join(f"{plan} {count:.1f}" for plan, count in never.items())
    return [*lines, "", f"Skills of 73 that had never been shown after {DAYS} days, mean: {told}."]


def _spread(values: Sequence[float]) -> str:
    middle, most = np.percentile(values, (50, 95)) if values else (0.0, 0.0)
    return f"{middle:.0f} / {most:.0f} / {max(values, default=0):.0f}"


if __name__ == "__main__":
    sys.exit(main())
