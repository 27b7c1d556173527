"""How well played files are written down: `python -m tests.music.notation.evidence`.

Truth: four-part chorales of music21's corpus and the course of the Debian package `pianobooster`, played by
`humanise`. Both are fetched into build/ and stay there; partitura runs in an environment of its own beside them.
"""

from __future__ import annotations

import datetime
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.mnx.notes import page_of, sounding
from mos_appliance.music.mnx.repeats import page_order
from mos_appliance.music.musicxml.files import load_musicxml
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import Smf, read_smf
from mos_appliance.music.smf_write import write_smf
from tests.music.notation.humanise import Manner, Written, play
from tests.music.notation.measures import Marks, aligned, compare

ROOT = Path(__file__).parents[3]
BUILD = ROOT / "build" / "notation"
TABLE = ROOT / "docs" / "evidence" / "notation.md"
PEERS = ("music21==10.5.1", "partitura==1.9.0")
TUNED_ON = 70
"""The first chorales of the shuffled list: the metre's weights were chosen by them, so they are not in the tables."""
PEER_TAKES = 12
"""partitura takes minutes for each take to part four voices."""
MANNERS = (
    ("steady", Manner(15, 0.03, 10)),
    ("usual", Manner(25, 0.06, 20)),
    ("uneven", Manner(40, 0.10, 30)),
)


class Piece(NamedTuple):
    """A piece whose truth is known. `downbeat` is where its first whole bar begins, in quarters."""

    name: str
    notes: list[Written]
    metre: tuple[int, int]
    downbeat: float


def peer_python() -> Path:
    """The environment of the peers, made when it is not there."""
    folder = ROOT / "build" / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run((sys.executable, "-m", "venv", str(folder)), check=True)
    if subprocess.run((python, "-c", "import music21, partitura"), check=False, capture_output=True).returncode:
        subprocess.run((python, "-m", "pip", "install", "-q", *PEERS), check=True)
    return python


def chorales(python: Path) -> Iterator[Piece]:
    """Four-part chorales with one metre, but those that the weights were chosen by."""
    told = subprocess.run(
        (python, "-c", "import music21; print(music21.__path__[0])"), check=True, capture_output=True, text=True
    )
    files = sorted(Path(told.stdout.strip()).joinpath("corpus", "bach").glob("bwv*.mxl"))
    random.Random(5).shuffle(files)
    number = 0
    for path in files:
        piece = chorale(path)
        if piece is not None:
            number += 1
            if number > TUNED_ON:
                yield piece


def chorale(path: Path) -> Piece | None:
    try:
        score = load_musicxml(path.read_bytes()).document["score"]
        page = page_of(score)
    except BadInput:
        return None
    metres = {(bar["time"]["count"], bar["time"]["unit"]) for bar in score["global"]["measures"] if "time" in bar}
    if len(score["parts"]) != 4 or len(metres) != 1:
        return None
    (metre,) = metres
    notes: dict[tuple[float, int], Written] = {}
    for note in sounding(page, page_order(score)):
        name, part = note.head.note["pitch"], note.head.part
        at, length = note.onset / page.division, note.duration / page.division
        hand = "right" if part < 2 else "left"
        tpc = (name["step"], name.get("alter", 0))
        if length:
            notes.setdefault((at, note.head.pitch), Written(at, length, note.head.pitch, hand, str(part), tpc))
    bars = page.bars
    short = bars[0].length < Fraction(*metre)
    return Piece(path.name, list(notes.values()), metre, float(bars[1].start * 4) if short else 0.0)


def course() -> Iterator[Piece]:
    """The hands of pianobooster's course: channel 3 is the left, 4 the right; some pieces are for one of them."""
    folder = ROOT / "build" / "pianobooster"
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(("apt-get", "download", "-q", "pianobooster"), cwd=folder, check=True)
        (package,) = folder.glob("*.deb")
        subprocess.run(("dpkg", "-x", package.name, "."), cwd=folder, check=True)
    for path in sorted(folder.rglob("*.mid")):
        smf = read_smf(path.read_bytes())
        piece = read_notes(smf)
        used = {number: part.channel for number, part in enumerate(piece.parts) if part.channel in (2, 3)}
        if not used:
            continue
        metres = smf.metre_map()
        if len(metres.ticks) > 1:
            continue
        rows = piece.notes[[int(part) in used for part in piece.notes["part"]]]
        notes = {}
        for row in rows:
            at = round(row["onset"] / smf.division * 12) / 12
            length = max(1, round(row["duration"] / smf.division * 4)) / 4
            hand = "right" if used[int(row["part"])] == 3 else "left"
            notes.setdefault((at, int(row["pitch"])), Written(at, length, int(row["pitch"]), hand, hand, ("", 0)))
        start = min(note.onset for note in notes.values()) // 4 * 4
        moved = [replace(note, onset=note.onset - start) for note in notes.values()]
        yield Piece(path.name, moved, (int(metres.numerators[0]), int(metres.denominators[0])), 0.0)


def averages(rows: list[Marks]) -> str:
    names = ("metre", "downbeat", "onsets", "onsets_scaled", "values", "hands", "voices", "spelling")
    shares = [f"{sum(getattr(row, name) for row in rows) / len(rows):.1%}" for name in names]
    return " | ".join(shares if any(row.spelling for row in rows) else [*shares[:-1], "not known"])


def run(pieces: list[Piece], manner: Manner, kind: str) -> tuple[list[Marks], float]:
    """Marks of all pieces, and CPU seconds; the files stay for the peers."""
    BUILD.mkdir(parents=True, exist_ok=True)
    rows, spent = [], 0.0
    for number, piece in enumerate(pieces):
        smf = play(piece.notes, manner, number, 4 * piece.metre[0] / piece.metre[1])
        began = time.process_time()
        marks, notation = compare(smf, piece.notes, piece.metre, piece.downbeat)
        spent += time.process_time() - began
        rows.append(marks)
        if kind:
            keep(BUILD / f"{kind}-{number}", smf, piece, notation.metadata["key"])
    return rows, spent


def keep(path: Path, smf: Smf, piece: Piece, key: str) -> None:
    path.with_suffix(".mid").write_bytes(write_smf(smf))
    rows = [(*note.tpc, note.voice) for note in aligned(smf, piece.notes)]
    path.with_suffix(".json").write_text(json.dumps({"notes": rows, "metre": piece.metre, "key": key}))


def main() -> int:
    python = peer_python()
    found = list(chorales(python))[:60]
    lines = [
        "# Played files written down",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}, CPython {sys.version.split()[0]}, "
        "`make evidence NAME=notation`.",
        "",
        __doc__.split("\n\n", 1)[1].strip(),
        "",
        "`onsets`: steps from onset to onset as written; `at any scale`: the same when a beat may be taken for half or",
        "twice as long; `values`: durations as written; `hands`: of a chorale soprano and alto are the right hand,",
        "which no player would do where tenor and bass lie far apart; `voices`: F measure of the pairs that follow one",
        "another in a voice (a chord of ours is one voice, so that block chords count against it).",
        "",
        "| pieces | played | n | metre | downbeat too | onsets | at any scale | values | hands | voices | spelling |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    spent = 0.0
    for name, manner in MANNERS:
        rows, took = run(found, manner, "usual" if name == "usual" else "")
        spent += took
        lines.append(f"| chorales | {name} | {len(rows)} | {averages(rows)} |")
    lessons = list(course())
    for name, manner in MANNERS if lessons else ():
        rows, took = run(lessons, manner, "")
        spent += took
        lines.append(f"| course | {name} | {len(rows)} | {averages(rows)} |")
    lines += ["", f"{len(MANNERS) * (len(found) + len(lessons))} pieces took {spent:.0f} s of CPU time.", ""]
    lines += [
        "Pieces of the course for the left hand alone come on one staff with a bass clef: wrong, under `hands`.",
        "The chorales are not those that the metre's weights were chosen by. Where the beat is lost `--tempo` and",
        "`--metre` help; bars whose downbeat is wrong are moved by `--pickup`.",
        "",
    ]
    peer = Path(__file__).with_name("peer.py")
    TABLE.write_text("\n".join(lines) + "\n")  # what we have, should the peer not end
    told = subprocess.run((python, peer, BUILD, str(PEER_TAKES)), check=False, capture_output=True, text=True)
    lines += [
        "## Beside partitura 1.9.0, on the first 12 of the usual takes",
        "",
        told.stdout.strip() or told.stderr[-500:],
        "",
    ]
    manners = ", ".join(f"{name} {m.noise_ms:.0f} ms, {m.drift:.0%}, {m.spread_ms:.0f} ms" for name, m in MANNERS)
    lines += [f"Manners (noise, drift, spread of chords): {manners}. What the generator does: `humanise.py`.", ""]
    TABLE.write_text("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
