"""Reads the corpora once and keeps them.

`python -m training.harmony.corpus_file OUT NOTTINGHAM/MIDI MUSIC21/corpus/bach`.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from training.harmony.corpora import chorales, nottingham


def main(out: Path, folk: Path, bach: Path) -> int:
    """Write them. Returns 0."""
    examples = nottingham(folk) + chorales(bach)
    out.write_bytes(pickle.dumps(examples))
    sys.stdout.write(f"{len(examples)} tunes, {sum(len(example.classes) for example in examples)} beats\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
