"""How well notes are heard: writes docs/evidence/hearing.md. Resumable: what was measured lies in build/evidence.

`python -m tests.tutor.hearing.evidence [FOLDER]`: a checkout of github.com/CPJKU/asap-dataset, the note-aligned
ASAP set (CC BY-NC-SA 4.0, hence not part of this repository), else `ASAP` in the environment. Every fifth of the sixty
pieces of `tests.tutor.asap`, the beginning of each; thresholds were chosen on others (`training.hearing.choose`).
"""

from __future__ import annotations

import datetime
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from mos_appliance.app.models import HearingNetwork
from mos_appliance.store.model_files import read_manifest
from mos_appliance.tutor.hearing.expecting import Expectation
from mos_appliance.tutor.hearing.level import gain_for
from mos_appliance.tutor.hearing.resampling import HEARING_RATE
from mos_appliance.tutor.hearing.transcribing import LIVE_STRETCH, Transcriber
from tests.tutor import asap
from tests.tutor.hearing.scoring import Count, compare
from tests.tutor.hearing.takes import SECONDS, Recorded, recorded

ROOT: Final = Path(__file__).parents[3]
KEPT: Final = ROOT / "build" / "evidence" / "hearing"
TABLE: Final = ROOT / "docs" / "evidence" / "hearing.md"
EVERY: Final = 5
BLOCK: Final = 800
WAYS: Final = (("clean", False), ("noisy", False), ("clean", True), ("noisy", True))
BOUNDS: Final = {("clean", False): 0.87, ("noisy", False): 0.76, ("clean", True): 0.92, ("noisy", True): 0.87}

ABOUT: Final = """\
# Hearing

{date}, `make evidence NAME=hearing`, model {cid}.
Real performances of (n)ASAP (every fifth of the sixty of `following.md`, {takes} takes, the first {seconds:.0f} s of
each) through `mos render`'s engine: clean, and in a room of another make than those of the training (image method,
microphone 1 to 3 m away) with pink noise and murmuring 15 dB below. Heard in blocks of 50 ms, as from a microphone. A
note is right when its pitch is and its onset lies within 50 ms, each once; F is the mean over takes. Neither this music
nor this room was learnt from; thresholds were chosen on other pieces.

| sound | score | F | precision | recall | F, worst take | must be | told after, median | CPU / real time |
|---|---|---|---|---|---|---|---|---|
"""


def heard(take: Recorded, form: str, score: Any, network: HearingNetwork) -> dict[str, Any]:
    """One take in one way, in blocks of 50 ms as a microphone gives them."""
    sound = take.clean if form == "clean" else take.noisy
    began = time.process_time()
    expectation = Expectation(score) if score is not None else None
    transcriber = Transcriber(
        network, HEARING_RATE, gain=gain_for(sound), stretch=LIVE_STRETCH, expectation=expectation
    )
    waits = []
    for begin in range(0, len(sound), BLOCK):
        block = sound[begin : begin + BLOCK]
        now = (begin + len(block)) / HEARING_RATE * 1000.0
        waits += [now - note.onset_ms for note in transcriber.push(block)]
    notes = transcriber.close()
    cpu = (time.process_time() - began) / (len(sound) / HEARING_RATE)
    count = compare([(note.onset_ms, note.pitch) for note in notes], take.played)
    return {"count": count, "delay_ms": float(np.median(waits)) if waits else 0.0, "cpu": cpu}


def measure(folder: Path, cid: str) -> list[dict[str, Any]]:
    """All takes; those that were measured with this model are not measured again."""
    network = HearingNetwork()
    rows = []
    for number, row in enumerate(asap.chosen(folder)[::EVERY]):
        result = KEPT / f"{number}-{cid[-12:]}.json"
        if not result.exists():
            take = recorded(folder / row["midi_performance"], KEPT / f"{number}.npy", number)
            piece = asap.load(folder, row)
            told = {"name": row["midi_performance"]}
            for form, informed in WAYS:
                told[f"{form}-{informed}"] = heard(take, form, piece.score if informed else None, network)
            result.write_text(json.dumps(told))
        rows.append(json.loads(result.read_text()))
        sys.stderr.write(f"{rows[-1]['name']}\n")
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
    return 0 if write(measure(folder, cid), cid) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
