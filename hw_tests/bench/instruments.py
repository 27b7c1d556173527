"""The soundfont with which time is measured: keys at 16 kHz, pads below 1.1 kHz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from drivers.soundfont_file import Voice, make_soundfont
from hw_tests.bench.wav import KEY_HZ, RATE

KEY = 60
"""The key to press: its pitch is `KEY_HZ`, and no other key's is."""
PAD_PROGRAM = 48
_KEY_FRAMES = 1440


def write_timing_soundfont(path: Path) -> None:
    """Program 0 is the key: full level from its first frame; program 48 is a quiet pad that sounds while held."""
    time = np.arange(_KEY_FRAMES)
    key = 30_000 * np.cos(2 * np.pi * KEY_HZ / RATE * time) * np.exp(-time / 240)
    wave = np.arange(2400)
    pad = 500 * np.sin(2 * np.pi * 440 / RATE * wave)
    voices = [
        Voice(0, 0, np.round(key).astype(np.int16), key=KEY),
        Voice(0, PAD_PROGRAM, np.round(pad).astype(np.int16), key=69, loop=(600, 1800)),
    ]
    make_soundfont(path, voices)
