"""No xrun: a minute under full load, at nominal and half speed, and with a hog on the other core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hw_tests import appliance
from hw_tests.conftest import MakeTarget

CONTROLS = {"program": [48.0], "reverb": [30.0], "chorus": [30.0], "metronome": [1.0]}
PADS = 36
"""Keys held on another channel; the strings of the soundfont sound one voice a key."""


@pytest.mark.parametrize(("shift", "hog"), [(0, False), (1, False), (0, True)])
def test_a_minute_under_full_load_has_no_xrun(
    make_target: MakeTarget,
    is_long: bool,
    keep_figures: Callable[[str, dict[str, Any]], None],
    shift: int,
    hog: bool,
) -> None:
    seconds = 60 if is_long else 6
    if not is_long and (shift, hog) != (1, False):
        pytest.skip("the short run looks at half speed only; make evidence looks at all")
    target = make_target(shift=shift)
    music = appliance.Appliance(target)
    music.start(64, controls=CONTROLS)
    device = target.plug_keyboard()
    music.await_keyboard()
    # Counted from the phone's first message on: while its Python starts, core 0 takes half of the counted time of both.
    appliance.start_phone(target, seconds + 4, "play")
    if hog:  # beside it the phone, the nicest of all, would neither start nor read what it was told
        target.run("sleep 2; taskset 1 dd if=/dev/zero of=/dev/null bs=4k > /dev/null 2>&1 & echo $! > /tmp/hog")
    spec = {"device": device, "pads": PADS, "presses": seconds * 8, "least_ms": 90, "most_ms": 140, "hold_ms": 80}
    appliance.play(target, spec, seconds * 2 + 30)
    if hog:
        target.run("kill $(cat /tmp/hog)")
    told = appliance.phone_told(target, seconds + 60)
    _, takes = target.run(f"ls -l {appliance.DATA}/takes")
    figures = {
        "shift": shift,
        "hog": hog,
        "seconds": seconds,
        "xruns": told["last"]["xruns"] - told["first"]["xruns"],
        "xruns_since_start": told["last"]["xruns"],
        "voices_max": told["voices_max"],
        "block_us_p50": max(told["block_us"]["p50"]),
        "block_us_max": max(told["block_us"]["max"]),
        "statistics": told["messages"].get("statistics", 0),
        "takes": len(takes.splitlines()) - 1,
    }
    keep_figures(f"steady-shift{shift}{'-hog' if hog else ''}", figures)
    assert figures["xruns"] == 0, figures
    assert figures["takes"] >= 1 and figures["statistics"] >= seconds * 5, figures
