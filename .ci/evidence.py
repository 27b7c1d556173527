"""Runs the long proofs, all or those named; each goes on where it was broken off and writes into docs/evidence/."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = sys.executable


class Proof(NamedTuple):
    """A proof: its name, what it shows, and the command that goes on with it."""

    name: str
    doc: str
    command: tuple[str, ...]


PROOFS: Final = (
    Proof("following", "keeping the place in 60 real performances", (PYTHON, "-m", "tests.tutor.evidence")),
    Proof(
        "fuzz",
        "damaged inputs at every door: a million or ten minutes of CPU time",
        (PYTHON, "-m", "tests.fuzz", "all", "--cases", "1000000", "--minutes", "10"),
    ),
    Proof("harmony", "chords for held-out melodies, and arrangements", (PYTHON, "-m", "tests.tutor.harmony.evidence")),
    Proof("hearing", "notes of real performances, heard", (PYTHON, "-m", "tests.tutor.hearing.evidence")),
    Proof(
        "knowledge",
        "simulated students: the next answer foretold, sixty days of lessons beside a fixed order",
        (PYTHON, "-m", "tests.tutor.knowledge.evidence"),
    ),
    Proof(
        "library",
        "a million pieces searched; ten thousand added while the process is killed",
        (PYTHON, "-m", "tests.library.evidence"),
    ),
    Proof(
        "notation",
        "played files written down, with known truth, beside partitura",
        (PYTHON, "-m", "tests.music.notation.evidence"),
    ),
    Proof("render", "real MIDI files, beside fluidsynth -F", (PYTHON, "-m", "tests.app.render_evidence")),
    Proof("bench", "timing and survival on the virtual bench", (PYTHON, "-m", "hw_tests.evidence")),
    Proof(
        "crash-states",
        "an image that works is cut off at a thousand moments, and started from twenty of them; make image comes first",
        (PYTHON, "-m", "hw_tests.crash_states"),
    ),
    Proof(
        "shelf",
        "each melody of the first shelf against its public source, which must be fetched before",
        (PYTHON, "-m", "shelf.compare"),
    ),
    Proof("shelf-sound", "each piece of the first shelf through the engine", (PYTHON, "-m", "shelf.listening")),
)


def main(names: Sequence[str]) -> int:
    """Run them one after another. Returns the first exit code that is not 0; 2 when there is no such proof."""
    known = {proof.name: proof for proof in PROOFS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"evidence: there is no {unknown[0]}; there are {', '.join(known)}\n")
        return 2
    for proof in [known[name] for name in names] or PROOFS:
        sys.stderr.write(f"evidence: {proof.name}: {proof.doc}\n")
        code = subprocess.run(proof.command, cwd=ROOT, check=False).returncode
        if code:
            sys.stderr.write(f"evidence: {proof.name} ended with exit code {code}\n")
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
