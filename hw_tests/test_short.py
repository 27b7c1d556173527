"""The short run, what `make test` has time for: one guest plays under full load, and takes a burst. Nothing is skipped.

It proves less than `--long` (40 presses instead of 1,000, seconds instead of minutes), by the same measures and limits;
of the burst only that it is shed: without an xrun it is not every time (`docs/evidence/bench.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw_tests import appliance, latency
from hw_tests.bench.instruments import KEY, write_timing_soundfont
from hw_tests.conftest import MakeTarget
from hw_tests.test_latency import CONTROLS, LIMITS_MS, PADS

PRESSES = 40


def test_it_boots_plays_36_voices_in_time_without_an_xrun_and_sheds_300_notes_at_once(
    make_target: MakeTarget, tmp_path: Path, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    target = make_target()
    target.listen()
    music = appliance.Appliance(target)
    soundfont = tmp_path / "timing.sf2"
    write_timing_soundfont(soundfont)
    music.start(64, soundfont.read_bytes(), CONTROLS)
    device = target.plug_keyboard()
    music.await_keyboard()
    appliance.start_phone(target, 5.0 + PRESSES * 0.05, "play")
    spec = {"device": device, "pads": PADS, "presses": PRESSES, "key": KEY, "least_ms": 30, "most_ms": 46}
    pressed = latency.press(target, spec, 30)
    taken, missing = latency.latencies_ms(target, pressed)
    phone = appliance.phone_told(target, 30)
    figures = {**latency.summary(taken, missing), "xruns": phone["last"]["xruns"], "voices_max": phone["voices_max"]}
    figures |= pressed.figures
    keep_figures("short-latency-usb-64", {"line": "usb", "period": 64, **figures})
    p50, most = LIMITS_MS["usb", 64]
    assert figures["missing"] == 0 and figures["xruns"] == 0 and figures["voices_max"] >= PADS, figures
    assert figures["p50_ms"] <= p50 and figures["max_ms"] <= most, figures

    figures = appliance.burst(music, device)
    keep_figures("short-burst-300", figures)
    assert figures["shed"] > 0, figures  # whether without an xrun is for the long run: it is not, every time
