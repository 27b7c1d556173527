"""A key that sounds in under 5 ms, with 36 voices, reverb, chorus, metronome, a phone and a take being written.

Over DIN a key counts from when a keyboard's first bit would have left it: 0.96 ms, three bytes at 31,250 baud, before
the last byte is at the UART. The emulated UART takes no time, so the player waits as long and then hands the byte over;
what `write(2)` and the kernel take from there on is in the figure. Not in it is how late the player itself is woken for
that byte: it is a process on core 0 of the same machine, a real keyboard is none. `from_start_` counts that too: from
the moment at which the player meant to begin, whatever it was late (`player_late_`); the bound holds for both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw_tests import appliance, latency
from hw_tests.bench.instruments import KEY, write_timing_soundfont
from hw_tests.conftest import MakeTarget

CONTROLS = {
    "volume": [100.0],
    "volume_cap": [0.0],
    "reverb": [30.0],
    "chorus": [30.0],
    "metronome": [1.0],
    "metronome_volume": [60.0],
}
PADS = 36
LIMITS_MS = {("usb", 64): (3.7, 4.5), ("din", 64): (4.7, 5.0), ("usb", 48): (3.1, 4.2)}
"""Median and largest latency that issue 2 allows; of the DIN line it names only the largest."""


@pytest.mark.parametrize(("line", "period"), [("usb", 64), ("din", 64), ("usb", 48)])
def test_a_key_sounds_in_time_under_full_load(
    make_target: MakeTarget,
    tmp_path: Path,
    is_long: bool,
    keep_figures: Callable[[str, dict[str, Any]], None],
    line: str,
    period: int,
) -> None:
    presses = 1000 if is_long else 40
    if not is_long and (line, period) != ("usb", 64):
        pytest.skip("the short run looks at one line and period; make evidence looks at all")
    target = make_target(timer=period == 48)
    target.listen()
    music = appliance.Appliance(target)
    soundfont = tmp_path / "timing.sf2"
    write_timing_soundfont(soundfont)
    din, line_out = target.serial_line() if line == "din" else ("", "")
    music.start(period, soundfont.read_bytes(), CONTROLS, din)
    device = line_out
    if line == "usb":
        device = target.plug_keyboard()
        music.await_keyboard()
    appliance.start_phone(target, 5.0 + presses * 0.05, "play")
    spec = {
        "device": device,
        "serial": line == "din",
        "pads": PADS,
        "presses": presses,
        "key": KEY,
        "least_ms": 30,
        "most_ms": 46,
    }
    pressed = latency.press(target, spec, presses * 0.06 + 20)
    taken, missing = latency.latencies_ms(target, pressed)
    phone = appliance.phone_told(target, 30 + presses * 0.05)
    figures = {
        **latency.summary(taken, missing),
        "line": line,
        "period": period,
        "xruns": phone["last"]["xruns"],
        "voices_max": phone["voices_max"],
        "block_us_p50": max(phone["block_us"]["p50"]),
        "block_us_max": max(phone["block_us"]["max"]),
        **pressed.figures,
    }
    keep_figures(f"latency-{line}-{period}", figures)
    if line == "din" and pressed.late_ns and not missing:
        figures |= latency.from_the_players_start(taken, pressed)
        keep_figures(f"latency-{line}-{period}", figures)
    p50, most = LIMITS_MS[line, period]
    assert figures["missing"] == 0 and figures["xruns"] == 0, figures
    assert figures["voices_max"] >= PADS, figures
    assert figures["p50_ms"] <= p50 and figures["max_ms"] <= most, figures
    assert figures.get("from_start_max_ms", 0) <= most, figures
