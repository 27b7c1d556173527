"""How beginners play: a good take cut up and put together again.

The parameters were fixed before the follower was tuned on them, and are not changed for its sake.

Each event happens at most once in `BARS_APART` bars, the first after `FIRST_BAR` bars; kinds take turns.

| kind | what happens | pause before going on |
|---|---|---|
| restart | stops after 30 to 90 % of a bar and begins that bar again | 0.6–2.0 s |
| phrase | repeats the last four bars | 0.4–1.2 s |
| back | jumps back eight bars | 0.3–1.0 s |
| skip | leaves out two bars | 0.2–0.6 s |
| hand | one hand alone, the whole take; no jumps | – |
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

BARS_APART: Final = 14
FIRST_BAR: Final = 10
PAUSES: Final = {"restart": (600.0, 2000.0), "phrase": (400.0, 1200.0), "back": (300.0, 1000.0), "skip": (200.0, 600.0)}
KINDS: Final = (*PAUSES, "hand")


class Key(NamedTuple):
    """A key press of a take: `name` is the id of the score's note, empty when it plays none; `bar` counts as played."""

    at_ms: float
    length_ms: float
    pitch: int
    velocity: int
    name: str
    times: int
    """The pass that the take as it was played gives it."""
    staff: int


@dataclass(frozen=True)
class Take:
    """A take with what each key means, and where (index of the key) jumps land: (first key, keys of the first bar)."""

    keys: tuple[Key, ...]
    passes: tuple[int, ...]
    landings: tuple[tuple[int, int], ...]


def beginner(keys: Sequence[Key], bar_times: Sequence[float], kind: str, rng: random.Random) -> Take:
    """The take as a beginner of that kind plays it; `bar_times`: when each bar begins, in order."""
    if kind == "hand":
        staff = rng.choice(sorted({key.staff for key in keys if key.name}))
        return _counted([key for key in keys if key.name and key.staff == staff], [])
    out: list[Key] = []
    landings: list[tuple[int, int]] = []
    shift, begin, bar = 0.0, 0.0, FIRST_BAR
    onsets = [key.at_ms for key in keys]
    while bar + BARS_APART < len(bar_times):
        stop, again = _event(kind, bar, bar_times, rng)
        out += [_moved(key, shift) for key in keys[bisect_left(onsets, begin) : bisect_left(onsets, stop)]]
        pause = rng.uniform(*PAUSES[kind])
        shift += stop - bar_times[again] + pause
        begin = bar_times[again]
        landings.append((len(out), bisect_left(onsets, bar_times[again + 1]) - bisect_left(onsets, begin)))
        bar = max(bar, again) + BARS_APART
    out += [_moved(key, shift) for key in keys[bisect_left(onsets, begin) :]]
    return _counted(out, landings)


def _event(kind: str, bar: int, times: Sequence[float], rng: random.Random) -> tuple[float, int]:
    """When the student stops, and the bar with which they go on."""
    if kind == "restart":
        return times[bar] + rng.uniform(0.3, 0.9) * (times[bar + 1] - times[bar]), bar
    return times[bar], bar + {"phrase": -4, "back": -8, "skip": 2}[kind]


def _moved(key: Key, shift: float) -> Key:
    return key._replace(at_ms=key.at_ms + shift)


def _counted(keys: list[Key], landings: list[tuple[int, int]]) -> Take:
    """With the pass of each key: the take's own, and one more for every time it was played before."""
    seen: Counter[tuple[str, int]] = Counter()
    again: Counter[str] = Counter()
    passes = []
    for key in keys:
        if seen[key.name, key.times]:
            again[key.name] += 1
        seen[key.name, key.times] += 1
        passes.append(key.times + again[key.name])
    return Take(tuple(keys), tuple(passes), tuple(landings))
