"""The virtual bench: from key to converter, blocks and bursts on a counted Cortex-A53, beside FluidSynth's own player.

Figures of the long run (`make evidence NAME=bench`) are told with their date; what it has not left is measured now, in
a short run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mos_appliance.app.benchmarks import Figure
from mos_appliance.errors import Unavailable

CHECKOUT: Final = Path(__file__).parents[3]
KEPT: Final = CHECKOUT / "build" / "hardware"
_NOT_AVAILABLE: Final = 3
_PLAYER: Final = "latency-usb-64-fluidsynth"
_MEASURED_BY: Final = {
    "latency-usb-64": "hw_tests/test_latency.py",
    _PLAYER: "hw_tests/test_side_by_side.py",
    "block-36": "hw_tests/test_side_by_side.py",
    "block-66": "hw_tests/test_side_by_side.py",
    "burst-300": "hw_tests/test_survival.py",
}
"""What is always told, and the tests that leave it; of these the short run does what it has time for."""
_LATENCIES: Final = {
    "latency-usb-64": ("USB 64×2", 3.7, 4.5),
    "latency-din-64": ("DIN 64×2, its 0.96 ms line included", None, 5.0),
    "latency-usb-48": ("USB 48×2", 3.1, 4.2),
}
_STEADY: Final = {
    "steady-shift0": "nominal speed",
    "steady-shift1": "half speed",
    "steady-shift0-hog": "the other core busy",
}
_DEAREST: Final = 1.25


def measure() -> Iterator[Figure]:
    """Errors: `Unavailable` outside of a checkout, or where the bench cannot be built; the text says what it needs."""
    if not (CHECKOUT / "hw_tests").is_dir():
        raise Unavailable("the virtual bench (hw_tests of a checkout of the source)")
    missing = sorted({test for name, test in _MEASURED_BY.items() if _kept(name) is None})
    if missing:
        _run(missing)
    yield from _latencies()
    yield from _blocks()
    yield from _xruns()


def _run(tests: list[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    done = subprocess.run(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode == _NOT_AVAILABLE:
        raise Unavailable(done.stdout.strip().splitlines()[-1].strip("! ").removeprefix("_pytest.outcomes.Exit: "))


def _kept(name: str) -> dict[str, Any] | None:
    """What the long run left, else what a short one did."""
    for folder in (KEPT, KEPT / "short"):
        try:
            told: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        return told
    return None


def _latencies() -> Iterator[Figure]:
    player = _kept(_PLAYER)
    for name, (line, p50, most) in _LATENCIES.items():
        told = _kept(name)
        if told is None or "p50_ms" not in told:
            continue
        label = f"key to converter, {line}, {told['presses']} presses ({told['date'][:10]})"
        yield Figure(f"{label}, p50", told["p50_ms"], "ms", "bound" if p50 else "", p50)
        yield Figure(f"{label}, max", told["max_ms"], "ms", "bound", most)
        yield Figure(f"{label}, xruns", told["xruns"], "", "bound", 0)
        if name == "latency-usb-64" and player is not None and "p50_ms" in player:
            peer = f"fluidsynth -a alsa -z 64 -c 2, {player['presses']} presses"
            yield Figure(f"{label}, p50 beside", told["p50_ms"], "ms", peer, player["p50_ms"])
            yield Figure(f"{label}, max beside", told["max_ms"], "ms", peer, player["max_ms"])


def _blocks() -> Iterator[Figure]:
    for voices in (36, 66):
        told = _kept(f"block-{voices}")
        if told is None:
            continue
        peer = f"{_DEAREST} × a bare fluid_synth_write_float in C"
        bound = round(_DEAREST * told["bare_us"], 1)
        label = f"block of 64 frames, {voices} voices ({told['date'][:10]})"
        yield Figure(f"{label}, our loop alone", told["ours_us"], "thousand instructions", peer, bound)
        if "appliance_us" in told:
            yield Figure(f"{label}, running appliance", told["appliance_us"], "thousand instructions", peer, bound)


def _xruns() -> Iterator[Figure]:
    for name, what in _STEADY.items():
        told = _kept(name)
        if told is not None:
            yield Figure(f"xruns in {told['seconds']} s, {what} ({told['date'][:10]})", told["xruns"], "", "bound", 0)
    told = _kept("burst-300")
    if told is not None:
        label = f"300 note-ons at once ({told['date'][:10]})"
        yield Figure(f"{label}, xruns", told["xruns"], "", "bound", 0)
        yield Figure(f"{label}, voices shed", told["shed"], "voices")
        yield Figure(f"{label}, true peak", told["true_peak_dbtp"], "dBTP", "bound", -1)
