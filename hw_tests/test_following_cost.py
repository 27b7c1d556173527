"""What keeping the place costs the board: instructions a note, counted on the bench."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hw_tests.conftest import MakeTarget

LIVE_MARK_NS = 5_000_000
"""Live marks are due within 5 ms of the event's reaching the tutor."""


def test_following_a_sonata_of_500_bars_leaves_time_for_live_marks(
    make_target: MakeTarget, is_long: bool, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    target = make_target()
    notes = 3000 if is_long else 600
    code, output = target.run(f"PYTHONPATH=/opt python3 /opt/bench/follow_cost.py {notes}", 500)
    assert code == 0, output
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    keep_figures("following", told)
    assert told["place_kept"], told
    assert told["p99"] <= LIVE_MARK_NS, told
