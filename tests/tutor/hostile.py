"""Takes that nobody plays, and what becomes of them: `python -m tests.tutor.hostile NAME [--offline] [NOTES]`.

Prints one JSON object: the answer, CPU time, and the most memory that the whole process had. The score is one of 500
bars (`little_piece`).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.report import report_of
from mos_appliance.tutor.score_map import map_score
from tests.tutor.pieces import Played, bars, little_piece, play, take_of

NOTES: Final = 100_000
BARS: Final = 500
PIECE: Final = little_piece(BARS)
OTHER: Final = little_piece(BARS, seed=77)


def any_keys(notes: int) -> list[Played]:
    """Keys by chance, three milliseconds apart."""
    draw = np.random.default_rng(11).integers(0, 128, notes)
    return [Played(3.0 * place, int(pitch)) for place, pitch in enumerate(draw)]


def all_keys(notes: int) -> list[Played]:
    """All 128 keys at once, again and again, each time a tenth of a second later."""
    return [Played(100.0 * (place // 128), place % 128) for place in range(notes)]


def one_moment(notes: int) -> list[Played]:
    """Everything at the same instant, long before the beginning."""
    return [Played(-1e9, place % 128) for place in range(notes)]


def one_bar(notes: int) -> list[Played]:
    """The first bar of the piece over and over."""
    bar = play(PIECE, bars(PIECE, 1, 1))
    rounds = -(-notes // len(bar))
    return [key._replace(at_ms=key.at_ms + 2000.0 * turn) for turn in range(rounds) for key in bar][:notes]


def another_piece(notes: int) -> list[Played]:
    """A piece in the same key and metre, from its beginning, as often as it takes."""
    once = play(OTHER)
    rounds = -(-notes // len(once))
    length = 500.0 * 4 * BARS
    return [key._replace(at_ms=key.at_ms + length * turn) for turn in range(rounds) for key in once][:notes]


def nothing(_: int) -> list[Played]:
    """An empty file."""
    return []


TAKES: Final[dict[str, Callable[[int], list[Played]]]] = {
    each.__name__: each for each in (any_keys, all_keys, one_moment, one_bar, another_piece, nothing)
}


def answer(name: str, offline: bool, notes: int = NOTES) -> dict[str, Any]:
    """What is said of such a take, and what that took."""
    take = take_of(TAKES[name](notes))
    score = map_score(PIECE)
    began = time.process_time()
    report = report_of(score, take, assess(score, take, offline))
    took = time.process_time() - began
    return {
        "notes": len(take),
        "is_this_piece": report["is_this_piece"],
        "says": report["feedback"][0]["message"],
        "grade": report["grade"],
        "accounted": sorted([row["performance_index"] for row in report["matches"]] + report["extra"])
        == list(range(len(take))),
        "cpu_s": round(took, 1),
        "ms_a_note": round(1000.0 * took / max(1, len(take)), 3),
        "most_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--offline"]
    told = answer(words[0], "--offline" in sys.argv, *map(int, words[1:2]))
    sys.stdout.write(json.dumps(told) + "\n")
