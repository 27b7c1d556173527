"""How fast scores are read, side by side: `python -m tests.music.bench_scores` prints one JSON object.

Run by an interpreter that has music21, partitura and symusic (`make peers`), the 400 first Bach chorales of music21's
corpus are read by all, one after another; else only what needs no peer is told. Figures are CPU time: of each file the
least of some runs in a row, so that a busy machine counts little; then the mean over all files. Python looks for
cycles (`gc`) between the readings only, for all alike. In the form of build/bench.json.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from mos_appliance.music.formats import format_of
from mos_appliance.music.notes import NOTE, NoteList

MXL, XML, MIDI = format_of("a.mxl"), format_of("a.musicxml"), format_of("a.mid")
OPENED_MS: Final = 50
"""What a piano piece of 200 bars may take."""

Heard = Counter[tuple[Fraction, Fraction, int]]
"""Notes without grace notes, ties merged: onset and duration in quarters, pitch."""


def piano_piece(bars: int = 200) -> bytes:
    """A piece of twelve notes a bar for two hands, with beams, slurs, fingering and dynamics."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list><score-part id="P1"><part-name>'
        'Piano</part-name></score-part></part-list><part id="P1">'
    ]
    for bar in range(bars):
        out.append(f'<measure number="{bar + 1}">')
        if not bar:
            out.append(
                "<attributes><divisions>2</divisions><key><fifths>0</fifths></key><time><beats>4</beats><beat-type>4"
                "</beat-type></time><staves>2</staves></attributes>"
            )
        if bar % 4 == 0:
            out.append(
                "<direction><direction-type><dynamics><mf/></dynamics></direction-type><staff>1</staff></direction>"
            )
        for place in range(8):
            beam = ("begin", "continue", "continue", "end")[place % 4]
            slur = {0: '<slur type="start" number="1"/>', 7: '<slur type="stop" number="1"/>'}.get(place, "")
            out.append(
                f"<note><pitch><step>{'CDEFGAB'[(bar + place * 3) % 7]}</step><octave>{4 + (bar + place) % 2}</octave>"
                "</pitch><duration>1</duration><voice>1</voice><type>eighth</type><stem>up</stem><staff>1</staff>"
                f'<beam number="1">{beam}</beam><notations>{slur}<technical><fingering>{place % 5 + 1}</fingering>'
                "</technical></notations></note>"
            )
        out.append("<backup><duration>8</duration></backup>")
        for place in range(4):
            out.append(
                f"<note>{'<chord/>' * (place % 2)}<pitch><step>{'CEGB'[(bar + place) % 4]}</step><octave>"
                f"{2 + place % 2}</octave></pitch><duration>4</duration><voice>5</voice><type>half</type>"
                "<stem>down</stem><staff>2</staff></note>"
            )
        out.append("</measure>")
    return "".join([*out, "</part></score-partwise>"]).encode()


def cpu_ms(work: Callable[[], Any]) -> float:
    """The CPU time of one run."""
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1e6


def _heard(piece: NoteList) -> Heard:
    rows = piece.notes[~piece.notes["grace"]]
    times = zip(rows["onset"].tolist(), rows["duration"].tolist(), rows["pitch"].tolist(), strict=True)
    return Counter(
        (Fraction(on, piece.division), Fraction(length, piece.division), pitch) for on, length, pitch in times
    )


def _music21_notes(path: Path) -> Any:
    music21 = importlib.import_module("music21")
    return music21.converter.parse(path, forceSource=True)


def _music21_heard(score: Any) -> Heard:
    found: Heard = Counter()
    for part in score.parts:
        for note in part.stripTies().flatten().notes:
            if not note.duration.isGrace and "ChordSymbol" not in note.classes:
                times = Fraction(note.offset), Fraction(note.duration.quarterLength)
                found.update((*times, pitch.midi) for pitch in note.pitches)
    return found


def _partitura_notes(path: Path) -> Any:
    partitura = importlib.import_module("partitura")
    return partitura.load_musicxml(str(path))


def _partitura_heard(score: Any) -> Heard:
    found: Heard = Counter()
    for part in score.parts:
        for note in part.notes_tied:
            if type(note).__name__ == "Note":
                first, last = (Fraction(float(part.quarter_map(at))) for at in (note.start.t, note.end_tied.t))
                first = first.limit_denominator(10_080)
                found[first - _pickup(part), last.limit_denominator(10_080) - first, note.midi_pitch] += 1
    return found


def _pickup(part: Any) -> Fraction:
    return Fraction(float(part.quarter_map(part.first_point.t))).limit_denominator(10_080)


def _symusic_notes(data: bytes) -> Any:
    symusic = importlib.import_module("symusic")
    return [track.notes.numpy() for track in symusic.Score.from_midi(data).tracks]


def _symusic_table(data: bytes) -> Any:
    """What our reader gives, as far as symusic has it: one sorted table, in ticks and in milliseconds."""
    symusic = importlib.import_module("symusic")
    score = symusic.Score.from_midi(data)
    ticks, seconds = ([track.notes.numpy() for track in each.tracks] for each in (score, score.to("second")))
    columns = {name: np.concatenate([track[name] for track in ticks]) for name in ("time", "duration", "pitch")}
    notes = np.zeros(len(columns["time"]), NOTE)
    notes["onset"], notes["duration"], notes["pitch"] = columns["time"], columns["duration"], columns["pitch"]
    notes["onset_ms"] = np.concatenate([track["time"] for track in seconds]) * 1000
    notes["duration_ms"] = np.concatenate([track["duration"] for track in seconds]) * 1000
    notes["velocity"] = np.concatenate([track["velocity"] for track in ticks])
    notes["part"] = np.repeat(np.arange(len(ticks)), [len(track["time"]) for track in ticks])
    return notes[np.lexsort((notes["part"], notes["pitch"], notes["onset"]))]


def chorales(most: int) -> list[Path]:
    """The first chorales of music21's corpus; none where it is not installed."""
    with contextlib.suppress(ImportError):
        root = Path(importlib.import_module("music21").__file__ or "").parent / "corpus" / "bach"
        return sorted(root.glob("bwv*.mxl"))[:most]
    return []


def beside(files: list[Path], rounds: int) -> Iterator[dict[str, Any]]:
    """Every reader over every file, in turns."""
    total: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for number, path in enumerate(files, 1):
        midi = MIDI.save(MXL.load(path.read_bytes()).document).data
        readers: dict[str, Callable[[], Any]] = {
            "ours": lambda path=path: MXL.notes(path.read_bytes(), False),  # type: ignore[misc]
            "music21": lambda path=path: _music21_notes(path),  # type: ignore[misc]
            "partitura": lambda path=path: _partitura_notes(path),  # type: ignore[misc]
            "ours, MIDI": lambda midi=midi: MIDI.notes(midi, False),  # type: ignore[misc]
            "symusic, MIDI": lambda midi=midi: _symusic_notes(midi),  # type: ignore[misc]
            "symusic, table": lambda midi=midi: _symusic_table(midi),  # type: ignore[misc]
        }
        least: dict[str, float] = {}
        for name, read in readers.items():
            gc.collect()
            least[name] = min(cpu_ms(read) for _ in range(rounds))
        total.update(least)  # type: ignore[arg-type]
        heard = _heard(MXL.notes(path.read_bytes(), False))
        same["music21"] += _music21_heard(_music21_notes(path)) == heard
        same["partitura"] += _partitura_heard(_partitura_notes(path)) == heard
        ticks = [row for track in _symusic_notes(midi) for row in zip(track["time"], track["pitch"], strict=True)]
        ours = MIDI.notes(midi, False).notes
        same["symusic"] += sorted(ticks) == sorted(zip(ours["onset"], ours["pitch"], strict=True))
        if sys.stderr.isatty() or number % 50 == 0:
            sys.stderr.write(f"\r{number} of {len(files)} chorales ")
    mean = {name: round(value / len(files), 3) for name, value in total.items()}
    what = f"of {len(files)} Bach chorales, mean"
    for peer in ("music21", "partitura"):
        yield _row(f"MusicXML to notes, {what}", mean["ours"], "CPU ms", peer, mean[peer])
        yield _row(f"MusicXML, times as fast as {peer}", mean[peer] / mean["ours"], "times")
    yield _row(f"MIDI to notes, {what}", mean["ours, MIDI"], "CPU ms", "symusic (C++)", mean["symusic, MIDI"])
    yield _row(f"MIDI to one sorted table, {what}", mean["ours, MIDI"], "CPU ms", "symusic", mean["symusic, table"])
    for peer, count in same.items():
        yield _row(f"chorales of which {peer} reads the same notes", count, "files", "of", len(files))


def _row(name: str, value: float, unit: str, peer: str = "", peer_value: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "unit": unit, "peer": peer, "peer_value": peer_value}


def alone() -> Iterator[dict[str, Any]]:
    """What needs no peer."""
    piece = piano_piece()
    for name, read in (("to its notes", lambda: XML.notes(piece, False)), ("as a document", lambda: XML.load(piece))):
        least = min(cpu_ms(read) for _ in range(9))
        yield _row(f"a piano piece of 200 bars and 2,400 notes, {name}", least, "CPU ms", "bound", OPENED_MS)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    gc.disable()
    files = chorales(args.files)
    rows = list(alone())
    with contextlib.redirect_stdout(sys.stderr):
        rows += beside(files, args.rounds) if files else []
    sys.stdout.write(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
