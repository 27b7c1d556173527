"""Rendering to a file, side by side with FluidSynth's own: the same songs, the same soundfont, CPU time."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from drivers.soundfont import ready
from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.settings import cache_directory
from mos_appliance.errors import Unavailable
from mos_appliance.music.smf import EVENT, Smf, Track
from mos_appliance.music.smf_write import write_smf

ROUNDS: Final = 3
DIVISION: Final = 480
_PROGRAMS: Final = (0, 48, 32, 73, 25, 61)


def measure() -> Iterator[Figure]:
    """Two songs of 120 s: a piano alone, and a band of six parts. Errors: `Unavailable` without `fluidsynth`."""
    player = shutil.which("fluidsynth")
    if player is None:
        raise Unavailable("fluidsynth (Debian: apt install fluidsynth)")
    soundfont = ready(cache_directory())
    with tempfile.TemporaryDirectory() as folder:
        for name, parts in (("piano", 1), ("band", 6)):
            score, out = Path(folder) / f"{name}.mid", Path(folder) / "out.wav"
            score.write_bytes(write_smf(_song(parts)))
            ours = [sys.executable, "-m", "mos_appliance", "render", str(score), "-o", str(out), "--json"]
            theirs = [player, "-niq", "-F", str(out), "-r", "48000", "-z", "64", "-O", "s24", "-T", "wav"]
            theirs += ["-o", "synth.cpu-cores=1", "-C", "0", "-g", "0.4", str(soundfont), str(score)]
            runs = [(_cpu_s(ours), _cpu_s(theirs)) for _ in range(ROUNDS)]
            told = json.loads(subprocess.run(ours, capture_output=True, text=True, check=True).stdout)
            own, peer = (min(run[side] for run in runs) for side in (0, 1))
            yield Figure(f"render {name}, whole process", round(own, 2), "CPU s", "fluidsynth -F", round(peer, 2))
            yield Figure(f"render {name}, up to", told["voices_max"], "voices")
            yield Figure(f"render {name}, speed", told["speed_x"], "x real time", "must be at least", 15)


def _cpu_s(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _song(parts: int) -> Smf:
    """Chords and runs of `parts` instruments, 120 s at 120 quarters a minute, the same at every call."""
    random = np.random.default_rng(parts)
    rows: list[tuple[int, int, int, int]] = [(0, 0xC0 | part, _PROGRAMS[part], 0) for part in range(parts)]
    for part in range(parts):
        for beat in range(240):
            tick = beat * DIVISION
            root = 36 + 12 * (part % 3) + int(random.integers(0, 12))
            for step, interval in enumerate((0, 4, 7, 12)):
                start = tick + (step * DIVISION // 4 if part % 2 else 0)
                length = DIVISION // 4 if part % 2 else DIVISION
                rows.append((start, 0x90 | part, root + interval, int(random.integers(50, 110))))
                rows.append((start + length, 0x80 | part, root + interval, 0))
    rows.sort(key=lambda row: (row[0], row[1] & 0xF0 != 0x80))
    events = np.zeros(len(rows), EVENT)
    for place, (tick, status, data1, data2) in enumerate(rows):
        events[place] = (tick, 0, status, data1, data2, 0)
    return Smf(0, DIVISION, (Track((), 240 * DIVISION),), events)
