"""The recording itself: what is played at a known frame is in the WAV at that frame, at the time it should be."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hw_tests import appliance
from hw_tests.bench import wav
from hw_tests.bench.target import Bench
from hw_tests.conftest import MakeTarget

CLICKS = (5_000, 12_345, 70_001)
PERIOD = 64
MOST_DRIFT_US = 25
"""A frame: the readings of the pointer are that fine."""
LOOKS = 4
"""At the device's time, two seconds from each to the next."""


def clicks() -> bytes:
    """Four seconds of silence with a click in single frames."""
    frames = np.zeros((4 * wav.RATE, 2), np.int16)
    frames[list(CLICKS)] = 20_000
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(wav.RATE)
        file.writeframes(frames.tobytes())
    return content.getvalue()


def test_frames_are_recorded_where_and_when_they_are_played(make_target: MakeTarget) -> None:
    target = make_target()
    if not target.counted:
        pytest.skip("on a board a cable carries the sound: its frames are not the recorder's")
    target.put("/tmp/clicks.wav", clicks())
    size = f"--period-size={PERIOD} --buffer-size={2 * PERIOD}"
    # As the engine plays: an ordinary process beside those that look at the clock comes too late.
    play = f"taskset 2 chrt -f 80 aplay -q -D hw:0,0 {size} /tmp/clicks.wav > /dev/null 2>&1 &"
    code, output = target.run(f"{play} sleep 0.3; {appliance.CLOCK}; {appliance.CLOCK}", 20)
    assert code == 0, output
    first, second = (json.loads(line) for line in output.splitlines())
    assert abs(second["first_ns"] - first["first_ns"]) / 1000 < MOST_DRIFT_US, output
    assert max(first["spread_frames"], second["spread_frames"]) < 1.5 * PERIOD, output
    target.run("sleep 0.25")
    frames, _ = target.heard()
    assert [int(at) for at in np.flatnonzero(frames[:, 0])] == list(CLICKS)


@pytest.mark.parametrize("period", [64, 48])
def test_what_mos_played_is_found_in_the_recording_and_keeps_one_time(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None], period: int
) -> None:
    """The output ring stands bit by bit in the recording, at one place whenever it is asked for; the clock too.

    The looks at the clock are one request: QEMU's sound stands for a moment when the guest is stopped, and so do keys.
    """
    target = make_target(timer=period == 48)
    if not isinstance(target, Bench):
        pytest.skip("on a board a cable carries the sound: its frames are not the recorder's")
    music = appliance.Appliance(target)
    music.start(period, controls={"metronome": [1.0], "volume": [100.0]})
    appliance.start_phone(target, 14.0, "play")
    code, output = target.run("sleep 1" + f"; {appliance.CLOCK}; sleep 1" * LOOKS, 60)
    assert code == 0, output
    looks = [json.loads(line) for line in output.splitlines()]
    first = target.heard_by_ring()
    target.run("sleep 1")
    second = target.heard_by_ring()
    xruns = music.wait_for("figures", lambda told: told["engine"]["running"])["engine"]["xruns"]
    figures = {
        "period": period,
        "xruns": xruns,
        "drift_us": [(told["first_ns"] - looks[0]["first_ns"]) / 1000 for told in looks[1:]],
        "spread_frames": max(told["spread_frames"] for told in looks),
        "frames": len(second),
    }
    keep_figures(f"recording-{period}", figures)
    assert xruns == 0 and len({told["trigger_ns"] for told in looks}) == 1, figures
    assert max(map(abs, figures["drift_us"])) < MOST_DRIFT_US, figures
    assert figures["spread_frames"] < 2 * period, figures
    assert len(second) > len(first) and np.array_equal(second[: len(first)], first), figures
