"""How well chords are found for melodies, and whether arrangements break rules: writes docs/evidence/harmony.md.

`python -m tests.tutor.harmony.evidence [NOTTINGHAM [BACH]]`: the folder `MIDI` of a checkout of
github.com/jukedeck/nottingham-dataset, and `corpus/bach` of the package music21; else `NOTTINGHAM` and `BACH` in the
environment. Neither is part of this repository.
"""

from __future__ import annotations

import datetime
import gc
import os
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.app.models import HarmonyNetwork
from mos_appliance.store.model_files import read_manifest
from mos_appliance.tutor.harmony.arranging import arrange, moments_of
from mos_appliance.tutor.harmony.features import PHRASES, features_of
from mos_appliance.tutor.harmony.proposing import chances_of, propose
from mos_appliance.tutor.harmony.reasons import tonic_of
from tests.tutor.harmony.faults import faults
from training.harmony.baselines import by_note, hidden_markov, most_frequent, triads
from training.harmony.corpora import Example, chorales, nottingham
from training.harmony.folds import CHOOSING_FOLD, TEST_FOLD

ROOT: Final = Path(__file__).parents[3]
KEPT: Final = ROOT / "build" / "evidence" / "harmony"
TABLE: Final = ROOT / "docs" / "evidence" / "harmony.md"
ARRANGEMENTS: Final = 200
BOUNDS: Final = {"folk": (0.65, 0.88), "chorale": (0.60, 0.86)}
NAMES: Final = {"folk": "Nottingham", "chorale": "Bach chorales"}
Chances = NDArray[np.float64]

ABOUT: Final = """\
# Harmony

{date}, `make evidence NAME=harmony`, model {cid}.
A chord for every beat, from the melody alone. Counted are beats that have a chord; a chord is right when its triad is
(root; major, minor or diminished). Nottingham's truth is its chord track; Bach's is what the choir's four voices sound
in each beat, named by `tutor/harmony/naming.py`; the melody is the soprano's, with its fermatas. Tunes that begin
alike (edit distance of their first ten intervals at most 2) are in one fold of ten. The table is of fold {test},
which was not learnt from, nor was {choosing}, for choosing. Yet
figures of fold {test} were seen beside those of {choosing} while recipes were tried: it is held out, but not unseen.

| tunes | method | top 1 | top 3 | must be |
|---|---|---|---|---|
"""


def corpora(folk: Path, bach: Path) -> list[Example]:
    """All tunes, read once."""
    kept = KEPT / "corpora.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(nottingham(folk) + chorales(bach)))
    examples: list[Example] = pickle.loads(kept.read_bytes())
    return examples


def tops(examples: list[Example], chances: Callable[[Example], Chances]) -> tuple[float, float]:
    """Share of the beats with a chord whose triad is the likeliest, and is one of the three likeliest."""
    first, three = [], []
    for example in examples:
        truth = triads(example)
        known = truth >= 0
        order = np.argsort(-chances(example), axis=1, kind="stable")[:, :3]
        first.append((order[:, 0] == truth)[known])
        three.append((order == truth[:, None]).any(axis=1)[known])
    return float(np.concatenate(first).mean()), float(np.concatenate(three).mean())


def arranged(examples: list[Example], network: HarmonyNetwork) -> tuple[int, int, float, float]:
    """Arrangements made, faults in them, p95 of the CPU time of harmonising and arranging, and of arranging, in ms."""
    found, whole, placing = 0, [], []
    gc.freeze()  # a tutor does not hold a thousand tunes, which would be looked through while one is harmonised
    for example in examples:
        began = time.process_time()
        proposals = propose(example.tune, network)
        chords = [proposal.candidates[0].chord for proposal in proposals]
        middle = time.process_time()
        made = arrange(example.tune, list(chords), tonic_of(example.tune))
        ended = time.process_time()
        whole.append((ended - began) * 1000.0)
        placing.append((ended - middle) * 1000.0)
        moments = moments_of(example.tune, list(chords), made.shift)
        found += len(faults(made.voices, moments, made.ensemble))
    return len(examples), found, float(np.quantile(whole, 0.95)), float(np.quantile(placing, 0.95))


def write(examples: list[Example], network: HarmonyNetwork, cid: str) -> bool:
    """The page. Returns whether all bounds are kept."""
    head = ABOUT.format(date=datetime.date.today().isoformat(), cid=cid, test=TEST_FOLD, choosing=CHOOSING_FOLD)
    lines = head.splitlines()
    good = True
    for style, bounds in BOUNDS.items():
        mine = [example for example in examples if example.style == style]
        learnt = [example for example in mine if example.fold not in {TEST_FOLD, CHOOSING_FOLD}]
        held = [example for example in mine if example.fold == TEST_FOLD]
        ways: dict[str, Callable[[Example], Chances]] = {
            "most frequent": most_frequent(learnt),
            "chord of the note": by_note(learnt),
            "hidden Markov model": hidden_markov(learnt),
            "network": lambda example: chances_of(network(features_of(example.tune)))[0],
        }
        for name, way in ways.items():
            one, three = tops(held, way)
            said = f"{bounds[0]:.2f} / {bounds[1]:.2f}" if name == "network" else ""
            good &= name != "network" or (one >= bounds[0] and three >= bounds[1])
            lines.append(f"| {NAMES[style]}, {len(held)} held out | {name} | {one:.3f} | {three:.3f} | {said} |")
    bare = tops(
        [example for example in examples if example.style == "chorale" and example.fold == TEST_FOLD],
        lambda example: chances_of(network(_without_fermatas(example)))[0],
    )
    held = [example for example in examples if example.fold in {TEST_FOLD, CHOOSING_FOLD}][:ARRANGEMENTS]
    count, found, whole_ms, placing_ms = arranged(held, network)
    good &= not found and whole_ms <= 10.0
    lines += [
        "",
        f"Chorales without their fermatas, as a MIDI file has them: {bare[0]:.3f} / {bare[1]:.3f} by the network.",
        "",
        f"{count} arrangements of tunes of both folds, judged by code that shares none with what makes them: {found}",
        "faults (parallel fifths or octaves, crossing voices, voices out of range; must be 0). CPU time of harmonising",
        f"and arranging a tune: p95 {whole_ms:.1f} ms, of arranging alone {placing_ms:.1f} ms (must be at most 10).",
    ]
    TABLE.write_text("\n".join(lines) + "\n")
    return good


def _without_fermatas(example: Example) -> NDArray[np.float32]:
    seen = features_of(example.tune)
    seen[:, PHRASES:] = 0.0
    return seen


def main(words: list[str]) -> int:
    """Returns 1 when a bound is not kept, 3 without the corpora."""
    folk = Path(words[0] if words else os.environ.get("NOTTINGHAM", ""))
    bach = Path(words[1] if len(words) > 1 else os.environ.get("BACH", ""))
    KEPT.mkdir(parents=True, exist_ok=True)
    if not (KEPT / "corpora.pickle").exists() and not (any(folk.glob("*.mid")) and any(bach.glob("bwv*.mxl"))):
        sys.stderr.write(
            "evidence: needs the Nottingham collection and Bach's chorales; see tests/tutor/harmony/evidence.py\n"
        )
        return 3
    return 0 if write(corpora(folk, bach), HarmonyNetwork(), read_manifest().models["harmony"].cid) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
