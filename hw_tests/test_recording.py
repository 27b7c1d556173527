"""The recording itself: what is played at a known frame is in the WAV at that frame, at the time it should be."""

from __future__ import annotations

import io
import json
import wave

import numpy as np
import pytest

from hw_tests.bench import wav
from hw_tests.conftest import MakeTarget

CLICKS = (5_000, 12_345, 70_001)
PERIOD = 64


def clicks() -> bytes:
    """Two seconds of silence with a click in single frames."""
    frames = np.zeros((2 * wav.RATE, 2), np.int16)
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
    target.run(f"aplay -q -D hw:0,0 {size} /tmp/clicks.wav > /dev/null 2>&1 &")
    code, output = target.run("sleep 0.3; python3 /opt/bench/clock.py 300", 20)
    assert code == 0, output
    ahead = json.loads(output)
    assert ahead["least"] >= -PERIOD and ahead["most"] <= 1.5 * PERIOD, ahead
    target.run("sleep 0.25")
    frames, _ = target.heard()
    assert [int(at) for at in np.flatnonzero(frames[:, 0])] == list(CLICKS)
