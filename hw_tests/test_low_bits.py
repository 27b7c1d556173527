"""A device of 24 or 32 bits gets all of them: what the engine plays there is finer than 16 bits."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw_tests import appliance
from hw_tests.conftest import MakeTarget

RECORDED_S = 60
QUIET = {"program": [48.0], "volume": [5.0], "reverb": [0.0], "chorus": [0.0]}
pytestmark = pytest.mark.usefixtures("only_long")


def samples(content: bytes) -> NDArray[np.int32]:
    """The samples of a WAV of 24 or 32 bits that is not yet closed, as 24 bits. Shapes: (n,)."""
    with wave.open(io.BytesIO(content)) as file:
        width = file.getsampwidth()
    raw = np.frombuffer(content[44:][: (len(content) - 44) // (2 * width) * 2 * width], np.uint8).reshape(-1, width)
    upper = raw[:, width - 3 :].astype(np.int32)
    return (upper[:, 0] | upper[:, 1] << 8 | upper[:, 2] << 16) << 8 >> 8


@pytest.mark.parametrize("sample_format", ["S32_LE", "S24_3LE"])
def test_a_device_of_24_bits_gets_the_lowest_of_them(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None], sample_format: str
) -> None:
    target = make_target()
    if not target.counted:
        pytest.skip("on a board no recorder tells the last bits of a converter")
    code, output = target.run("modprobe snd-aloop && sleep 0.5 && ls /proc/asound")
    assert code == 0 and "Loopback" in output, output
    # Whoever opens its end of the loop first chooses the format of both.
    recorder = f"arecord -q -D hw:Loopback,1 -f {sample_format} -r 48000 -c 2 -t wav -d {RECORDED_S} /tmp/low.wav"
    target.run(f"{recorder} > /tmp/arecord.log 2>&1 &")
    target.run("sleep 0.2")
    target.sound = "alsa:hw:Loopback,0"
    music = appliance.Appliance(target)
    music.start(256, controls=QUIET)
    device = target.plug_keyboard()
    music.await_keyboard()
    appliance.play(target, {"device": device, "pads": 6, "after_s": 2.0}, 30)
    code, output = target.run("sleep 1; cat /proc/asound/Loopback/pcm0p/sub0/hw_params; cat /tmp/arecord.log")
    heard = samples(target.get("/tmp/low.wav"))
    loud = heard[np.abs(heard) > 256]
    low = loud & 255
    odd_share = round(float((low & 1).mean()), 3) if len(loud) else 0.0
    figures: dict[str, Any] = {
        "format": sample_format,
        "samples": len(loud),
        "peak_of_24_bits": int(np.abs(heard).max(initial=0)),
        "low_byte_values": len(np.unique(low)),
        "odd_share": odd_share,
    }
    keep_figures(f"low-bits-{sample_format.lower()}", figures)
    assert f"format: {sample_format}" in output, output
    assert figures["samples"] > 10_000 and figures["low_byte_values"] == 256, figures
    assert 0.45 < odd_share < 0.55, "the lowest of 24 bits is a coin, as in sound that was not cut short"
