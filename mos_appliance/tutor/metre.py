"""Where in its bar a moment stands, as far as the notes themselves tell."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from mos_appliance.tutor.score_map import ScoreMap


class Beats:
    """Beats are quarter notes and count from 1; what cannot be known is not told."""

    def __init__(self, score: ScoreMap) -> None:
        self.score = score
        firsts = {score.bars[moment]: round(score.quarters[moment], 1) for moment in score.bar_starts}
        lengths = Counter(round(firsts[later] - firsts[bar], 3) for bar, later in pairwise(firsts) if later == bar + 1)
        length = lengths.most_common(1)[0][0] if lengths else 0.0
        self.starts: dict[int, float] = {}
        for bar, first in firsts.items():
            before, after = firsts.get(bar - 1), firsts.get(bar + 1)
            regular = (before is not None and abs(first - before - length) < 0.2) or (
                after is not None and abs(after - first - length) < 0.2
            )
            if regular:
                self.starts[bar] = round(first * 4) / 4

    def beat(self, moment: int) -> float | None:
        """The beat, None where the bar's beginning is not sure."""
        start = self.starts.get(self.score.bars[moment])
        if start is None:
            return None
        place = self.score.quarters[moment] - start + 1.0
        return round(place, 2) if place >= 1.0 else None
