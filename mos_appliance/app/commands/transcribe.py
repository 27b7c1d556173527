"""`mos transcribe`: the notes of a recording."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mos_appliance.errors import BadInput

if TYPE_CHECKING:
    from mos_appliance.tutor.hearing.tracking import HeardNote


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("transcribe", help="find the notes of a recording", description=__doc__)
    parser.add_argument("file", metavar="IN.wav", help="a WAV file; what lies beside one another is mixed")
    parser.add_argument("--score", metavar="FILE", help="what is played, if that is known: it is heard better then")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="where to write the notes (.mid, .umf …)")
    parser.add_argument(
        "--melody",
        action="store_true",
        help="one voice at a time (singing, recorder, violin): with cents, no model needed",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: notes, took_ms")


def run(args: argparse.Namespace) -> int:
    """Print the notes. Errors: `BadInput`, `Unavailable`, `Corrupt`, `OSError`."""
    import msgspec

    from mos_appliance.app.recording_file import open_recording
    from mos_appliance.app.transcription import hear_melody, transcribe, transposition

    show = _show_progress if sys.stderr.isatty() else None
    score = _score(args.score) if args.score else None
    began = time.monotonic()
    told: dict[str, Any] = {}
    with open_recording(args.file) as recording:
        if args.melody:
            notes, cents = hear_melody(recording, show)
            told["transposition"] = transposition(notes, score)
        else:
            notes, cents = transcribe(recording, score, show), []
    rows = [_row(note) for note in notes]
    for row, deviation in zip(rows, cents, strict=False):
        row["cents"] = deviation
    told |= {"notes": rows, "took_ms": round((time.monotonic() - began) * 1000.0, 1)}
    if show:
        sys.stderr.write("\r\033[K")
    if args.output is not None:
        _write(args.output, notes)
    if args.json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        sys.stdout.write(f"{args.file}: {len(notes)} notes\n")
    return 0


def _row(note: HeardNote) -> dict[str, Any]:
    return {
        "onset_ms": round(note.onset_ms, 1),
        "duration_ms": round(note.duration_ms, 1),
        "pitch": note.pitch,
        "velocity": note.velocity,
        "confidence": round(note.confidence, 3),
    }


def _score(path: str) -> Any:
    from mos_appliance.app.commands.assess import read_score

    return read_score(path)


def _write(path: Path, notes: list[HeardNote]) -> None:
    """The notes as a performance."""
    from mos_appliance.app.output_file import write_output
    from mos_appliance.app.transcription import as_smf
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.smf_write import write_smf

    row = format_of(str(path))
    if not notes:
        raise BadInput(f"output {path}", "is not written: no note was heard")
    data = write_smf(as_smf(notes))
    if row.name != "MIDI":
        data = row.save(format_of("heard.mid").load(data).document).data
    write_output(path, data)


def _show_progress(share: float) -> None:
    sys.stderr.write(f"\rlistening {share:4.0%}")
    sys.stderr.flush()
