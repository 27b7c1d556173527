"""Pieces through the engine that plays in the appliance: how long and how loud they are.

`python -m shelf.listening` renders the whole shelf, goes on where it was broken off, and writes docs/evidence.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.app.offline import render
from mos_appliance.engine.statistics import decibels
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import format_of
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.song_from_smf import song_from
from shelf.compiler import HERE, SHELF

PAGE: Final = HERE.parent / "docs" / "evidence" / "shelf-sound.md"
_KEPT: Final = HERE.parent / "build" / "shelf-sound.json"
_BLOCK: Final = 256


class Heard(NamedTuple):
    """A rendering. Units: as their names say."""

    seconds: float
    peak_dbfs: float
    true_peak_dbtp: float
    voices_max: int
    voices_shed: int


def listen(data: bytes, folder: Path) -> Heard:
    """Render a UMF file into `folder`, and remove the sound again. Errors: `Unavailable` without a soundfont."""
    out = folder / "piece.wav"
    rendering = render(song_from(format_of("piece.umf").arrange(data)), out, block=_BLOCK, bits=16)
    out.unlink()
    return Heard(
        round(rendering.frames / SAMPLE_RATE, 1),
        round(decibels(rendering.peak), 2),
        round(decibels(rendering.true_peak), 2),
        rendering.voices_max,
        rendering.voices_shed,
    )


def main() -> int:
    """Returns 1 when a piece clips, is silent or loses voices."""
    kept: dict[str, list[float]] = json.loads(_KEPT.read_text("utf-8")) if _KEPT.exists() else {}
    rows, wrong = [], []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((SHELF / "pieces").glob("*.umf")):
            data = path.read_bytes()
            cid = cid_of(data)
            if cid not in kept:
                kept[cid] = list(listen(data, Path(folder)))
                _KEPT.parent.mkdir(exist_ok=True)
                _KEPT.write_text(json.dumps(kept), "utf-8")
            seconds, peak, true_peak, voices, shed = kept[cid]
            rows.append(f"| `{path.stem}` | {seconds:.0f} | {peak:.1f} | {true_peak:.1f} | {voices} | {shed} |")
            if not -40 < true_peak < 0 or shed:
                wrong.append(path.stem)
    PAGE.write_text("\n".join([*_HEAD, *rows, ""]), "utf-8")
    sys.stderr.writelines(f"shelf: {name} does not sound as it should\n" for name in wrong)
    return int(bool(wrong))


_HEAD: Final = (
    "# The first shelf: how it sounds",
    "",
    "Made by `make evidence NAME=shelf-sound` (`python -m shelf.listening`): each piece through the engine of the",
    "appliance (`mos render`, 48 kHz, full volume, no cap), repeats played. 0 dB is full scale.",
    "",
    "| piece | seconds | peak dBFS | true peak dBTP | most voices | voices shed |",
    "|---|---|---|---|---|---|",
)

if __name__ == "__main__":
    sys.exit(main())
