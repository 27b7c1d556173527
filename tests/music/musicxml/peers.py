"""What other programs make of our files: `python -m tests.music.musicxml.peers IN OUT`, where they are (`make peers`).

IN holds what went in, OUT what `tests.music.musicxml.suite` wrote of it. Verovio must render every file of OUT; music21
and partitura must read the same notes from it as from IN: onset, duration, pitch, and part by part. Then every file of
OUT as MIDI, as we write it: mido and symusic must hear the same notes as we do. Prints what differs, and counts.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from mos_appliance.errors import MosError
from mos_appliance.music.formats import format_of
from mos_appliance.music.mnx.playback import score_smf
from mos_appliance.music.musicxml.files import read_checked
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import read_smf
from mos_appliance.music.smf_write import write_smf

MIDI = format_of("a.mid")


def music21_notes(path: Path) -> list[Any]:
    """Of each part: onset, duration, pitch of each note head."""
    music21 = importlib.import_module("music21")
    found = []
    for part in music21.converter.parse(path, forceSource=True).parts:
        heads = [
            (Fraction(note.offset), Fraction(note.duration.quarterLength), pitch.ps)
            for note in part.flatten().notes
            for pitch in getattr(note, "pitches", ())
            if "ChordSymbol" not in note.classes
        ]
        found.append(sorted(heads))
    return found


def partitura_notes(path: Path) -> list[Any]:
    """Of each part: onset and end in quarters, pitch, voice, staff of each note head."""
    partitura = importlib.import_module("partitura")
    found = []
    for part in partitura.load_musicxml(str(path), validate=False).parts:
        start = part.quarter_map(part.first_point.t)
        found.append(
            sorted(
                (
                    round(float(part.quarter_map(note.start.t) - start), 4),
                    round(float(part.quarter_map(note.end.t) - start), 4),
                    getattr(note, "midi_pitch", -1),
                    note.staff or 1,
                )
                for note in part.notes
            )
        )
    return found


def rendered(path: Path) -> bool:
    """Whether Verovio makes a picture of it."""
    verovio = importlib.import_module("verovio")
    verovio.enableLog(verovio.LOG_ERROR)
    toolkit = verovio.toolkit()
    return bool(toolkit.loadData(path.read_text())) and "<svg" in toolkit.renderToSVG(1)


def heard(data: bytes) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """Onset and pitch of each note of a MIDI file: ours, mido's, symusic's."""
    mido, symusic = importlib.import_module("mido"), importlib.import_module("symusic")
    ours = read_notes(read_smf(data)).notes
    own = Counter(zip(ours["onset"].tolist(), ours["pitch"].tolist(), strict=True))
    theirs: Counter[Any] = Counter()
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                theirs[tick, message.note] += 1
    last: Counter[Any] = Counter()
    for track in symusic.Score.from_midi(data).tracks:
        rows = track.notes.numpy()
        last.update(zip(rows["time"].tolist(), rows["pitch"].tolist(), strict=True))
    return own, theirs, last


def outcome(work: Callable[[], Any]) -> Any:
    """What a program says, or that it gave up: a peer may raise anything."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a peer's failure is a finding, not ours
        return f"{type(error).__name__}: {str(error)[:60]}"


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for path in sorted(args.before.iterdir()):
        written = args.after / f"{path.stem}.musicxml"
        if path.suffix not in (".xml", ".musicxml", ".mxl") or not written.exists():
            continue
        counts["files"] += 1
        counts["Verovio renders"] += outcome(lambda written=written: rendered(written)) is True  # type: ignore[misc]
        for name, notes in (("music21", music21_notes), ("partitura", partitura_notes)):
            one, other = (outcome(lambda notes=notes, file=file: notes(file)) for file in (path, written))  # type: ignore[misc]
            if isinstance(one, str) and one == other:
                counts[f"{name} reads neither"] += 1
            elif one == other:
                counts[f"{name} reads the same from both"] += 1
            else:
                told = [part for part in (one, other) if isinstance(part, str)] or _first_difference(one, other)
                sys.stdout.write(f"{path.name}: {name}: {told}\n")
        try:
            data = write_smf(score_smf(read_checked(written.read_bytes()).document))
        except MosError as error:
            sys.stdout.write(f"{path.name}: no MIDI: {error}\n")
            continue
        counts["MIDI files"] += 1
        own, theirs, last = outcome(lambda data=data: heard(data))  # type: ignore[misc]
        counts["mido hears the same"] += own == theirs
        counts["symusic hears the same"] += own == last
        if not own == theirs == last:
            sys.stdout.write(
                f"{path.name}: MIDI: mido {theirs - own} {own - theirs}, symusic {last - own} {own - last}\n"
            )
    sys.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()) + "\n")


def _first_difference(one: list[Any], other: list[Any]) -> str:
    for number, (first, second) in enumerate(zip(one, other, strict=False), 1):
        gone, come = Counter(first) - Counter(second), Counter(second) - Counter(first)
        if gone or come:
            return f"part {number}: gone {list(gone)[:2]}, come {list(come)[:2]}"
    return f"{len(one)} and {len(other)} parts"


if __name__ == "__main__":
    main()
