"""Real MIDI files through `mos render`, beside `fluidsynth -F`: `python -m tests.app.render_evidence`.

The three longest files of Debian's pianobooster (piano) and the two longest of openttd-openmsx (bands). For each:
rendered twice to the same bytes, in blocks of 64 and 256 compared, and the CPU time of the whole process, the least of
some runs in turns with FluidSynth's own. Writes docs/evidence/render.md.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from drivers.soundfont import ready
from mos_appliance.app.settings import cache_directory
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import read_smf
from tests.music.files import real_files

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "evidence" / "render.md"
PIANO, BANDS = 3, 2


def cpu_s(command: Sequence[str]) -> float:
    """CPU time of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def samples(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """24-bit samples, full scale is 2**31."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 1:] = raw
    return whole.view("<i4")[:, 0]


def difference_dbfs(one: Path, other: Path) -> float:
    """The largest difference of two files; of length too, what is missing being silence."""
    a, b = samples(one).astype(np.int64), samples(other).astype(np.int64)
    length = max(len(a), len(b))
    largest = np.abs(np.pad(a, (0, length - len(a))) - np.pad(b, (0, length - len(b)))).max(initial=0)
    return float(20 * np.log10(largest / 2**31)) if largest else -np.inf


def chosen() -> dict[str, bytes]:
    """The longest files of the courses, whose names begin with a number and a dash; and of the others."""
    pieces = {name: data for name, data in real_files().items() if name.endswith(".mid")}
    lengths = {name: len(read_notes(read_smf(data)).notes) for name, data in pieces.items()}
    by_length = sorted(pieces, key=lambda name: -lengths[name])
    courses = [name for name in by_length if name[:2].isdigit() and name[2] == "-"]
    bands = [name for name in by_length if name not in courses]
    return {name: pieces[name] for name in (*courses[:PIANO], *bands[:BANDS])}


def measured(name: str, data: bytes, folder: Path, rounds: int) -> str:
    """One row of the table."""
    score = folder / name
    score.write_bytes(data)
    outs = [folder / f"{word}.wav" for word in ("one", "two", "large", "peer")]
    ours = [sys.executable, "-m", "mos_appliance", "render", str(score), "--json", "-o"]
    peer = [shutil.which("fluidsynth") or "fluidsynth", "-niq", "-F", str(outs[3]), "-r", "48000", "-z", "64"]
    peer += ["-O", "s24", "-T", "wav", "-o", "synth.cpu-cores=1", "-C", "0", "-g", "0.4"]
    peer += [str(ready(cache_directory())), str(score)]
    runs = [(cpu_s([*ours, str(outs[0])]), cpu_s(peer)) for _ in range(rounds)]
    told = json.loads(subprocess.run([*ours, str(outs[1])], capture_output=True, check=True).stdout)
    subprocess.run([*ours, str(outs[2]), "--block", "256"], capture_output=True, check=True)
    own, theirs = (min(run[side] for run in runs) for side in (0, 1))
    same = outs[0].read_bytes() == outs[1].read_bytes()
    apart = difference_dbfs(outs[0], outs[2])
    cells = (
        name,
        f"{told['frames'] / 48_000:.0f}",
        told["voices_max"],
        "yes" if same else "NO",
        "none" if apart == -np.inf else f"{apart:.1f}",
        told["speed_x"],
        f"{own:.2f}",
        f"{theirs:.2f}",
        f"{own / theirs:.2f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--table", type=Path, default=TABLE)
    args = parser.parse_args()
    today = datetime.datetime.now(datetime.UTC).date()
    head = (
        "# Rendering real MIDI files\n\n"
        f"{today}, version {version('mos-appliance')}, a shared x86-64 machine, "
        f"{os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}). Made\n"
        "by `make evidence NAME=render`: files of Debian's pianobooster (piano) and openttd-openmsx (bands). CPU time\n"
        f"of whole processes, the least of {args.rounds} runs in turns, same soundfont, Python's start too; wanted\n"
        "are a ratio of at most 1.25, and 15 times real time.\n\n"
        "| file | s | voices, at most | same bytes twice | 64 and 256 differ by, dBFS | times real time | CPU s | "
        "`fluidsynth -F` CPU s | ratio |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in chosen().items():
            rows.append(measured(name, data, Path(folder), args.rounds))
            sys.stderr.write(rows[-1] + "\n")
    args.table.write_text(head + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
