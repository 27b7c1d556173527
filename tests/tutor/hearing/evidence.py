"""How well notes are heard: writes docs/evidence/hearing.md. Resumable: what was measured lies in build/evidence.

`python -m tests.tutor.hearing.evidence [FOLDER [NUMBER...]]`: a checkout of github.com/CPJKU/asap-dataset, the
note-aligned ASAP set (CC BY-NC-SA 4.0, hence not part of this repository), else `ASAP` in the environment. Every tenth
of the sixty pieces of `tests.tutor.asap`, the beginning of each; thresholds were chosen on others (`choosing`). With
numbers only those takes are measured, and no page is written: several may so be measured at once.
"""

from __future__ import annotations

import datetime
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.app.models import HearingNetwork
from mos_appliance.store.model_files import read_manifest
from mos_appliance.tutor.hearing.expecting import Expectation
from mos_appliance.tutor.hearing.level import gain_for
from mos_appliance.tutor.hearing.listening import FRAMES_AFTER, Listener
from mos_appliance.tutor.hearing.resampling import HEARING_RATE
from mos_appliance.tutor.hearing.spectrum import AHEAD, HOP
from mos_appliance.tutor.hearing.tracking import NoteTracker, TrackerSettings
from mos_appliance.tutor.hearing.transcribing import LIVE_STRETCH, begun_in
from tests.tutor import asap
from tests.tutor.hearing.scoring import Count, compare
from tests.tutor.hearing.takes import SECONDS, Recorded, recorded

ROOT: Final = Path(__file__).parents[3]
KEPT: Final = ROOT / "build" / "evidence" / "hearing"
TABLE: Final = ROOT / "docs" / "evidence" / "hearing.md"
EVERY: Final = 10
BLOCK: Final = 800
WAYS: Final = (("clean", False), ("noisy", False), ("clean", True), ("noisy", True))
BOUNDS: Final = {("clean", False): 0.87, ("noisy", False): 0.76, ("clean", True): 0.92, ("noisy", True): 0.87}

ABOUT: Final = """\
# Hearing

{date}, `make evidence NAME=hearing`, model {cid}.
Real performances of (n)ASAP (every tenth of the sixty of `following.md`, {takes} takes, the first {seconds:.0f} s of
each) through `mos render`'s engine: clean, and in a room of another make than those of the training (image method,
microphone 1 to 3 m away) with pink noise and murmuring 15 dB below. Heard in blocks of 50 ms, as from a microphone. A
note is right when its pitch is and its onset lies within 50 ms, each once; F is the mean over takes. Neither this music
nor this room was learnt from; thresholds were chosen on other pieces.

| sound | score | F | precision | recall | F, worst take | must be | told after, median | CPU / real time |
|---|---|---|---|---|---|---|---|---|
"""


class Judged(NamedTuple):
    """Shapes: `chances` (frames, PITCHES, 3), `told_ms` (frames,): how much sound there was when each was known."""

    chances: NDArray[np.float32]
    told_ms: NDArray[np.float64]
    cpu: float
    """Part of real time."""


def judged(sound: NDArray[np.float32], kept: Path, network: HearingNetwork) -> Judged:
    """What the network says, in blocks of 50 ms as a microphone gives them; kept, so that thresholds cost nothing."""
    if not kept.exists():
        listener = Listener(network, LIVE_STRETCH)
        gain = np.float32(gain_for(sound))
        rest = np.zeros(HOP * (LIVE_STRETCH + FRAMES_AFTER + 1) + AHEAD, np.float32)
        padded = np.concatenate((sound * gain, rest))
        parts, told = [], []
        began = time.process_time()
        for begin in range(0, len(padded), BLOCK):
            block = padded[begin : begin + BLOCK]
            parts.append(listener.push(block))
            told += [(begin + len(block)) / HEARING_RATE * 1000.0] * len(parts[-1])
        cpu = (time.process_time() - began) / (len(padded) / HEARING_RATE)
        np.savez_compressed(kept, chances=np.concatenate(parts).astype(np.float16), told_ms=told, cpu=cpu)
    with np.load(kept) as file:
        return Judged(file["chances"].astype(np.float32), file["told_ms"], float(file["cpu"]))


def heard(take: Recorded, frames: Judged, score: Any) -> dict[str, Any]:
    """The notes of one take in one way."""
    expectation = Expectation(score) if score is not None else None
    tracker = NoteTracker(TrackerSettings())
    waits = []
    began = time.process_time()
    for frame, told_ms in zip(frames.chances, frames.told_ms, strict=True):
        waits += [told_ms - note.onset_ms for note in begun_in(frame, tracker, expectation)]
    cpu = frames.cpu + (time.process_time() - began) / (frames.told_ms[-1] / 1000.0)
    tracker.close()
    count = compare([(note.onset_ms, note.pitch) for note in tracker.notes], take.played)
    return {"count": count, "delay_ms": float(np.median(waits)) if waits else 0.0, "cpu": cpu}


def measure(folder: Path, cid: str, numbers: list[int]) -> list[dict[str, Any]]:
    """All takes, or those of the numbers."""
    network = HearingNetwork()
    rows = []
    for number, row in enumerate(asap.chosen(folder)[::EVERY]):
        if numbers and number not in numbers:
            continue
        take = recorded(folder / row["midi_performance"], KEPT / f"{number}.npy", 2 * number)
        score = asap.load(folder, row).score
        told: dict[str, Any] = {"name": row["midi_performance"]}
        for form, informed in WAYS:
            sound = take.clean if form == "clean" else take.noisy
            frames = judged(sound, KEPT / f"{number}-{form}-{cid[-12:]}.npz", network)
            told[f"{form}-{informed}"] = heard(take, frames, score if informed else None)
        rows.append(told)
        sys.stderr.write(f"{rows[-1]['name']}: {told}\n")
    return rows


def write(rows: list[dict[str, Any]], cid: str) -> bool:
    """The page. Returns whether all bounds are kept."""
    head = ABOUT.format(date=datetime.date.today().isoformat(), cid=cid, takes=len(rows), seconds=SECONDS)
    lines = head.splitlines()
    good = True
    for form, informed in WAYS:
        told = [row[f"{form}-{informed}"] for row in rows]
        counts = [Count(*each["count"]) for each in told]
        f = statistics.mean(count.f for count in counts)
        good &= f >= BOUNDS[form, informed]
        lines.append(
            f"| {form} | {'open' if informed else 'none'} | {f:.3f} |"
            f" {statistics.mean(count.precision for count in counts):.3f} |"
            f" {statistics.mean(count.recall for count in counts):.3f} | {min(count.f for count in counts):.3f} |"
            f" {BOUNDS[form, informed]} | {statistics.median(each['delay_ms'] for each in told):.0f} ms |"
            f" {statistics.mean(each['cpu'] for each in told):.3f} |"
        )
    lines += ["", "| take | " + " | ".join(f"{form}{', score' * informed}" for form, informed in WAYS) + " |"]
    lines.append("|---|" + "---|" * len(WAYS))
    for row in rows:
        each = " | ".join(f"{Count(*row[f'{form}-{informed}']['count']).f:.3f}" for form, informed in WAYS)
        lines.append(f"| {row['name'].removesuffix('.mid')} | {each} |")
    kept = TABLE.read_text().partition("\n## ")[2] if TABLE.exists() else ""
    TABLE.write_text("\n".join(lines) + "\n" + (f"\n## {kept}" if kept else ""))
    return good


def main(words: list[str]) -> int:
    """Returns 1 when a bound is not kept, 3 without the set."""
    folder = Path(words[0] if words else os.environ.get("ASAP", ""))
    if not (folder / "metadata.csv").exists():
        sys.stderr.write(f"{(__doc__ or '').splitlines()[2]}\n")
        return 3
    KEPT.mkdir(parents=True, exist_ok=True)
    cid = read_manifest().models["hearing"].cid
    numbers = [int(word) for word in words[1:]]
    rows = measure(folder, cid, numbers)
    return 0 if numbers or write(rows, cid) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
