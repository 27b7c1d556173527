"""Hearing a microphone: CPU time of each second of sound, how long after a note it is told, and the memory kept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.models import HearingNetwork
from mos_appliance.tutor.hearing.transcribing import LIVE_STRETCH, Transcriber, delay_ms
from mos_appliance.units import SAMPLE_RATE

SECONDS: Final = 10
RSS_MB: Final = 115
RSS_WITHOUT_MB: Final = 60
_BLOCK: Final = 960
_LOOK: Final = "import re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
_HEARING: Final = f"""
import numpy as np
from mos_appliance.app.models import HearingNetwork
from mos_appliance.tutor.hearing.transcribing import Transcriber
heard = Transcriber(HearingNetwork(), {SAMPLE_RATE})
sound = np.random.default_rng(1).standard_normal({_BLOCK}).astype(np.float32) * 0.1
for _ in range(250):
    heard.push(sound)
{_LOOK}
"""
_DEAF: Final = f"""
from mos_appliance.tutor import assessment, follower
from mos_appliance.tutor.hearing import transcribing
from mos_appliance.app import models
{_LOOK}
"""


def measure() -> Iterator[Figure]:
    """Ten seconds of chords and noise in blocks of 20 ms at 48 kHz, as a microphone gives them."""
    heard = Transcriber(HearingNetwork(), SAMPLE_RATE)
    sound = _sound()
    began = time.process_time()
    for begin in range(0, len(sound), _BLOCK):
        heard.push(sound[begin : begin + _BLOCK])
    cpu = (time.process_time() - began) / SECONDS
    least, most = delay_ms(LIVE_STRETCH)
    yield Figure("hearing, CPU of a second of sound", round(cpu * 1000.0, 1), "ms", "all of a core", 1000.0)
    yield Figure("hearing, sound waited for, least", round(least, 1), "ms")
    yield Figure("hearing, sound waited for, most", round(most, 1), "ms")
    yield Figure("hearing, memory with a microphone", _rss_mb(_HEARING), "MB", "must be at most", RSS_MB)
    yield Figure("hearing, memory without", _rss_mb(_DEAF), "MB", "must be at most", RSS_WITHOUT_MB)


def _sound() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A new chord every half second."""
    random = np.random.default_rng(7)
    time_s = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    sound = random.standard_normal(len(time_s)) * 0.002
    for beat in range(2 * SECONDS):
        since = time_s - beat / 2
        shape = np.where(since >= 0, np.exp(-3.0 * np.maximum(since, 0)), 0.0)
        for pitch in random.integers(40, 84, 4):
            sound += 0.05 * shape * np.sin(2 * np.pi * 440.0 * 2.0 ** ((int(pitch) - 69) / 12) * time_s)
    return sound.astype(np.float32)


def _rss_mb(program: str) -> float:
    """The most memory that a Python with that program ever had resident."""
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return round(int(told.stdout) / 1024, 1)
