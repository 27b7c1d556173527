"""What may be killed, pulled out and cut off while music sounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw_tests import appliance, latency
from hw_tests.bench import wav
from hw_tests.bench.instruments import KEY, write_timing_soundfont
from hw_tests.bench.target import Bench
from hw_tests.conftest import MakeTarget

CONTROLS = {"volume": [100.0], "volume_cap": [-1.0], "reverb": [0.0], "chorus": [0.0]}
LOUD = {"program": [48.0], "volume": [100.0], "volume_cap": [-1.0], "reverb": [30.0], "chorus": [30.0]}
CEILING_DBTP = -1.0


def playing(make_target: MakeTarget, folder: Path) -> tuple[appliance.Appliance, str]:
    """MOS sounding on a target with a keyboard plugged in; and where that is played."""
    target = make_target()
    target.listen()
    soundfont = folder / "timing.sf2"
    write_timing_soundfont(soundfont)
    music = appliance.Appliance(target)
    music.start(64, soundfont.read_bytes(), CONTROLS)
    device = target.plug_keyboard()
    music.await_keyboard()
    return music, device


def press(music: appliance.Appliance, device: str, at_once: bool = False) -> latency.Pressed:
    spec = {"device": device, "presses": 5, "key": KEY, "settle_s": 0.05, "at_once": at_once}
    return latency.press(music.target, spec, 30)


@pytest.mark.usefixtures("only_long")
def test_what_is_killed_pulled_out_and_put_back_plays_again(
    make_target: MakeTarget, tmp_path: Path, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    """One guest for all of it: what the one does to the next is seen too."""
    music, device = playing(make_target, tmp_path)
    target = music.target
    press(music, device)
    before = music.health()
    assert before is not None and before["engine"]["xruns"] == 0, before

    hub = music.pid("hub")
    target.run(f"kill -KILL {hub}")
    pressed = press(music, device, at_once=True)
    taken, missing = latency.latencies_ms(target, pressed)
    assert missing == 0 and taken.max() < 6, "the player's notes wait for no hub"
    after = music.wait_for("hub again", lambda told: told["engine"]["running"], seconds=2.0)
    assert after["engine"]["xruns"] == 0, after

    target.unplug_keyboard()
    target.run("sleep 1")
    device = target.plug_keyboard()
    music.await_keyboard()
    pressed = press(music, device)
    taken, missing = latency.latencies_ms(target, pressed)
    assert missing == 0, "the keyboard plays again"
    keep_figures("survival", {"hub_killed": after["engine"], "replugged_presses": len(taken)})


@pytest.mark.usefixtures("only_long")
def test_an_engine_that_is_killed_sounds_again_within_a_second(
    make_target: MakeTarget, tmp_path: Path, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    music, device = playing(make_target, tmp_path)
    target = music.target
    engine = music.pid("engine")
    spec = {"device": device, "pads": 8, "presses": 2, "key": KEY, "let_go": False}
    appliance.play(target, spec, 30)
    target.run(f"kill -KILL {engine}")
    uptime = "$(cut -d' ' -f1 /proc/uptime)"
    sounds = "grep -q RUNNING /proc/asound/card*/pcm*p/sub0/status"
    code, waited = target.run(f"began={uptime}; until {sounds}; do sleep 0.02; done; echo $began {uptime}", 20)
    assert code == 0, music.log()[-2000:]
    began, ended = (float(word) for word in waited.split())
    music.await_keyboard()
    target.run("sleep 1")
    told = music.wait_for("engine again", lambda health: health["engine"]["running"])
    keep_figures(
        "engine-killed", {"sounding_again_s": round(ended - began, 2), "voices_after": told["engine"]["voices"]}
    )
    assert told["engine"]["voices"] == 0, "a stuck note"
    assert ended - began <= 1.0, f"silent for {ended - began:.2f} s"


@pytest.mark.usefixtures("only_long")
def test_a_sound_device_that_is_pulled_out_and_put_back_plays_again(make_target: MakeTarget, tmp_path: Path) -> None:
    music, device = playing(make_target, tmp_path)
    press(music, device)
    music.target.unplug_sound()
    music.wait_for("loss of the device", lambda told: told["engine"]["device_state"] in ("lost", "probing"), 10)
    music.target.plug_sound()
    music.wait_for("device again", lambda told: told["engine"]["device_state"] == "playing", 20)
    press(music, device)
    code, _ = music.target.run("grep -q RUNNING /proc/asound/card*/pcm*p/sub0/status")
    assert code == 0


@pytest.mark.usefixtures("only_long")
def test_a_power_cut_costs_at_most_the_last_second_of_a_take(make_target: MakeTarget, tmp_path: Path) -> None:
    music, device = playing(make_target, tmp_path)
    target = music.target
    presses = 60
    spec = {"device": device, "presses": presses, "key": KEY, "least_ms": 90, "most_ms": 110, "after_s": 0.0}
    played = appliance.play(target, spec, 60)
    _, now = target.run("cut -d' ' -f1 /proc/uptime")
    late = sum(ns / 1e9 < float(now) - 1.0 for ns in played["pressed_ns"])
    target.cut_power()
    again = appliance.Appliance(target)
    again.start(64)
    code, output = target.run("wget -q -O - http://127.0.0.1:8080/api/v1/takes", 10)
    assert code == 0, output
    takes: list[dict[str, Any]] = json.loads(output)
    assert len(takes) == 1 and takes[0]["notes"] >= late, (takes, late)


@pytest.mark.usefixtures("only_long")
def test_300_notes_at_once_are_not_late_beside_the_first_starts_import(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    """The shelf is being put into the library, which takes all of core 0: it stands still for who plays."""
    target = make_target()
    if not isinstance(target, Bench):
        pytest.skip("a board that was started before has its shelf")
    target.first_start = True
    music = appliance.Appliance(target)
    music.start(64, controls=LOUD)
    device = target.plug_keyboard()
    music.await_keyboard()
    music.run_until("import of the shelf", "ps | grep -q '[-]-folder'")
    bursts = [appliance.burst(music, device) for _ in range(3)]
    code, _ = target.run("ps | grep -q '[-]-folder'")
    keep_figures("burst-300-first-start", {"bursts": bursts, "still_importing": code == 0})
    assert all(told["xruns"] == 0 and told["shed"] > 0 for told in bursts), bursts
    music.run_until("shelf in the library", "! ps | grep -q '[-]-folder'", 120)


def test_300_notes_at_once_are_shed_not_late_and_stay_under_the_ceiling(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    """What the box does with a burst: cable, kernel, engine, hub, take. No phone: its work is none of the box's."""
    target = make_target()
    target.listen()
    music = appliance.Appliance(target)
    music.start(64, controls=LOUD)
    device = target.plug_keyboard()
    music.await_keyboard()
    figures = appliance.burst(music, device)
    frames, _ = target.heard()
    figures["true_peak_dbtp"] = round(wav.true_peak_dbfs(frames), 2)
    keep_figures("burst-300", figures)
    assert figures["xruns"] == 0 and figures["shed"] > 0, figures
    assert figures["true_peak_dbtp"] <= CEILING_DBTP, figures
