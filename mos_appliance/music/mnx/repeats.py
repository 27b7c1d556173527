"""In which order the bars of a score are played: repeats, endings, jumps to the sign, fine and coda.

After a jump repeats are not taken again and of several endings the last is played, as is the custom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import exact_position, position_of

MAX_PLAYED_BARS: Final = 100_000
_BEGIN: Final = Fraction(0)

_TARGETS: Final = {
    "segno": ("segno", ""),
    "dsalfine": ("segno", "fine"),
    "dsalcoda": ("segno", "coda"),
    "dacapo": ("capo", ""),
    "dcalfine": ("capo", "fine"),
    "dcalcoda": ("capo", "coda"),
}
"""Type of a jump → where it leads, and what ends the way from there."""


class Passage(NamedTuple):
    """A bar that is played, from `begin` to `end`, its own end when that is None. Units: whole notes; bars from 0."""

    bar: int
    begin: Fraction
    end: Fraction | None
    times: int
    """How often that bar has been played now, from 1."""


@dataclass(slots=True)
class _Endings:
    """Which rounds each bar is played in: `of_bar` → (group, numbers, bar after the ending)."""

    of_bar: dict[int, tuple[int, frozenset[int], int]] = field(default_factory=dict)
    rounds: list[int] = field(default_factory=list)
    """The last round that any ending of a group asks for."""
    last: set[int] = field(default_factory=set)
    """The bars of the last ending of each group."""


def playing_order(document: Json) -> list[Passage]:
    """The bars in the order in which they sound. Errors: `BadInput` when there are too many."""
    return _Player(document["global"]["measures"]).play()


def page_order(document: Json) -> list[Passage]:
    """The bars in the order of the page."""
    return [Passage(number, _BEGIN, None, 1) for number in range(len(document["global"]["measures"]))]


def _endings_of(measures: list[Json]) -> _Endings:
    found = _Endings()
    group_end = -1
    for number, measure in enumerate(measures):
        ending = measure.get("ending")
        if ending is None:
            continue
        if number != group_end:
            found.rounds.append(0)
        group = len(found.rounds) - 1
        numbers = frozenset(ending.get("numbers") or (found.rounds[group] + 1,))
        group_end = min(number + max(ending["duration"], 1), len(measures))
        found.rounds[group] = max(found.rounds[group], *numbers)
        found.of_bar.update({bar: (group, numbers, group_end) for bar in range(number, group_end)})
        if group_end == len(measures) or "ending" not in measures[group_end]:
            found.last.update(range(number, group_end))
    return found


class _Player:
    """Walks through the bars once."""

    def __init__(self, measures: list[Json]) -> None:
        self.measures = measures
        self.endings = _endings_of(measures)
        self.played: list[Passage] = []
        self.times = [0] * len(measures)
        self.taken: set[int] = set()
        self.loop_start, self.round = 0, 1
        self.jumped = False
        self.until = ""
        """`fine` or `coda`, after a jump that says so."""
        self.begin = _BEGIN

    def play(self) -> list[Passage]:
        bar: int | None = 0
        while bar is not None and bar < len(self.measures):
            ending = self.endings.of_bar.get(bar)
            if ending is not None and not self._sounds(bar, ending[1]):
                bar = ending[2]
                continue
            bar = self._bar(bar)
        return self.played

    def _sounds(self, bar: int, numbers: frozenset[int]) -> bool:
        return bar in self.endings.last if self.jumped else self.round in numbers

    def _bar(self, bar: int) -> int | None:
        """Play a bar. Returns the next one, None at the end."""
        measure = self.measures[bar]
        if (
            not self.jumped
            and bar != self.loop_start
            and ("repeatStart" in measure or (bar - 1 in self.endings.of_bar and bar not in self.endings.of_bar))
        ):
            self.loop_start, self.round = bar, 1
        ours = own(measure)
        if self.until == "fine" and "fine" in measure:
            self._append(bar, position_of(measure["fine"]["location"]))
            return None
        coda = self._coda() if self.until == "coda" and "toCoda" in ours else None
        if coda is not None:
            self._append(bar, exact_position(ours["toCoda"], "toCoda"))
            self.until = ""
            return coda
        again = self._repeats(bar, measure)
        jump = measure.get("jump") or ours.get("jump")
        if jump and not again and bar not in self.taken:
            return self._jump(bar, jump)
        self._append(bar, None)
        if again:
            self.round += 1
            return self.loop_start
        if "repeatEnd" in measure and bar not in self.endings.of_bar:
            self.loop_start, self.round = bar + 1, 1
        return bar + 1

    def _repeats(self, bar: int, measure: Json) -> bool:
        """Whether the end of this bar leads back."""
        if self.jumped or "repeatEnd" not in measure:
            return False
        ending = self.endings.of_bar.get(bar)
        asked = self.endings.rounds[ending[0]] if ending else 0
        rounds: int = max(measure["repeatEnd"].get("times", 2), asked)
        return self.round < rounds

    def _jump(self, bar: int, jump: Any) -> int | None:
        """Leave a bar where its jump stands. Returns the bar to go on with."""
        kind = jump.get("type") if isinstance(jump, dict) else jump
        if not isinstance(kind, str) or kind not in _TARGETS:
            raise BadInput(f"global.measures[{bar}]", f"has a jump of type {str(kind)[:40]!r}, which does not exist")
        target, until = _TARGETS[kind]
        self.taken.add(bar)
        self._append(bar, exact_position(jump, "jump"))
        self.jumped, self.until = True, until
        if target == "capo":
            return 0
        signs = [number for number, measure in enumerate(self.measures) if "segno" in measure]
        before = [number for number in signs if number <= bar] or signs
        if not before:
            return 0
        self.begin = position_of(self.measures[before[-1]]["segno"]["location"])
        return before[-1]

    def _coda(self) -> int | None:
        """The bar at whose beginning the coda begins."""
        return next((number for number, measure in enumerate(self.measures) if "coda" in own(measure)), None)

    def _append(self, bar: int, end: Fraction | None) -> None:
        if len(self.played) >= MAX_PLAYED_BARS:
            raise BadInput("repeats", f"written out, they make more than {MAX_PLAYED_BARS:,} bars")
        self.times[bar] += 1
        self.played.append(Passage(bar, self.begin, end, self.times[bar]))
        self.begin = _BEGIN
