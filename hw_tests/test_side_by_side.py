"""MOS and FluidSynth's own player in the same guest: same soundfont, same notes; and the bare loop in C."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw_tests import appliance, latency
from hw_tests.bench.instruments import KEY, write_timing_soundfont
from hw_tests.conftest import MakeTarget
from hw_tests.target import Target

PLAYER = (
    "taskset -c 1 fluidsynth -a alsa -o audio.alsa.device=hw:0,0 -m alsa_seq -r 48000 -z 64 -c 2 "
    "-o audio.realtime-prio=80 -o midi.realtime-prio=79 -R 1 -C 1 -g 0.6 -i -s"
)
CONNECT = r"aconnect $(aconnect -i | sed -n 's/^client \([0-9]*\): .*type=kernel,card=.*/\1/p' | tail -1) 128"
"""The sound card that came last is the keyboard; its own connecting would take the gadget's end of the cable too."""
GENERAL_MIDI = "/usr/share/sounds/sf2/MOS_GM.sf2"
STRINGS, PADS = 48, 36
QUIET_S = 6
"""Seconds of held keys of which the running appliance tells what its blocks cost."""
DEAREST = 1.25
"""Our block may cost that much of the bare loop's."""


def test_fluidsynths_own_player_is_no_quicker_with_the_same_keys(
    make_target: MakeTarget,
    tmp_path: Path,
    is_long: bool,
    keep_figures: Callable[[str, dict[str, Any]], None],
    kept_figures: Callable[[str], dict[str, Any] | None],
) -> None:
    """It has nothing else to do; MOS, measured before, has reverb, chorus, metronome, a phone and a take beside."""
    presses = 1000 if is_long else 100
    target = make_target()
    target.listen()
    soundfont = tmp_path / "timing.sf2"
    write_timing_soundfont(soundfont)
    target.put(appliance.SOUNDFONT, soundfont.read_bytes())
    device = target.plug_keyboard()
    target.run(f"nohup {PLAYER} {appliance.SOUNDFONT} > /tmp/player.log 2>&1 &")
    code, output = target.run(f"sleep 3; {CONNECT}")
    assert code == 0, output
    spec = {"device": device, "pads": PADS, "presses": presses, "key": KEY, "least_ms": 30, "most_ms": 46}
    pressed = latency.press(target, spec, presses * 0.06 + 20)
    taken, missing = latency.latencies_ms(target, pressed)
    figures = {**latency.summary(taken, missing), "line": "usb", "period": 64, **pressed.figures}
    keep_figures("latency-usb-64-fluidsynth", {**figures, "log": target.run("cat /tmp/player.log")[1][-500:]})
    assert len(taken) > presses // 2, figures
    ours = kept_figures("latency-usb-64")
    if ours is not None:
        assert ours["p50_ms"] <= figures["p50_ms"] and ours["max_ms"] <= figures["max_ms"], (ours, figures)


def bare_block(target: Target, voices: int) -> dict[str, Any]:
    """Cost of a block of the loop in C, reverb and chorus on."""
    code, output = target.run(f"/opt/bench/write_float_loop {GENERAL_MIDI} {voices} 1 1 400 {STRINGS} 64", 120)
    assert code == 0, output
    told: dict[str, Any] = json.loads(output)
    return told


def our_block(target: Target, voices: int) -> dict[str, Any]:
    """Cost of a block of the product's own loop, nothing else running: the processors share one clock."""
    code, output = target.run(f"PYTHONPATH=/opt python3 /opt/bench/block_cost.py {voices} {STRINGS}", 120)
    assert code == 0, output
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    return told


def appliance_block_us(target: Target, voices: int) -> float:
    """Median of what the running appliance tells of its blocks while so many voices sound, all ten a second of it.

    Hub, phone and take are at work: what they compute meanwhile on the other core is charged to the block. So is the
    simulated USB host: dummy_hcd looks for work every 0.13 ms: 8.7 thousand instructions of core 0 each time.
    """
    music = appliance.Appliance(target)
    music.start(64, controls={"reverb": [30.0], "chorus": [30.0]})
    device = target.plug_keyboard()
    music.await_keyboard()
    appliance.start_phone(target, QUIET_S + 2.0)
    appliance.play(target, {"device": device, "pads": voices, "after_s": QUIET_S, "settle_s": 0.5}, QUIET_S + 30)
    told = appliance.phone_told(target, 60)
    return float(statistics.median(p50 for sounding, p50 in told["blocks"] if sounding == voices))


@pytest.mark.parametrize("voices", [36, 66])
def test_a_block_costs_at_most_a_quarter_more_than_the_bare_loop_in_c(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None], voices: int
) -> None:
    target = make_target()
    if not target.counted:
        pytest.skip("instructions are counted on the virtual bench only")
    bare = bare_block(target, voices)
    ours = our_block(target, voices)
    running = appliance_block_us(target, voices)
    figures = {
        "voices_wanted": voices,
        "ours_voices": ours["voices_at_end"],
        "bare_voices": bare["voices_at_end"],
        "bare_us": bare["p50"] / 1000,
        "ours_us": ours["p50"] / 1000,
        "ratio": round(ours["p50"] / bare["p50"], 3),
        "appliance_us": running,
        "appliance_ratio": round(running / (bare["p50"] / 1000), 3),
    }
    keep_figures(f"block-{voices}", figures)
    assert ours["voices_at_end"] == bare["voices_at_end"] == voices, figures
    assert figures["ours_us"] <= DEAREST * figures["bare_us"], figures
    assert figures["appliance_us"] <= DEAREST * figures["bare_us"], figures
