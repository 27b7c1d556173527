"""`mos render`: a score to a WAV file, through the very engine that plays in the appliance."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mos_appliance.errors import BadInput

BLOCKS = (48, 64, 128, 256)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("render", help="render a score to a WAV file")
    parser.add_argument("file", metavar="IN", help="a score or a MIDI file")
    parser.add_argument("-o", "--output", metavar="OUT.wav", required=True, type=Path)
    parser.add_argument("--rate", type=int, default=48_000, choices=(48_000,), help="frames a second")
    parser.add_argument("--block", type=int, default=64, choices=BLOCKS, help="frames a block")
    parser.add_argument("--bits", type=int, default=24, choices=(16, 24, 32), help="bits a sample")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Render. Errors: `BadInput`, `Unavailable`, `OSError`."""
    from mos_appliance.app.input_file import read_input
    from mos_appliance.app.offline import render
    from mos_appliance.music.formats import format_of
    from mos_appliance.wire.song_from_smf import song_from

    _check_output(args.output, Path(args.file))
    row = format_of(args.file)
    song = song_from(row.arrange(read_input(args.file, row.most_bytes)))
    show = _show_progress if sys.stderr.isatty() else None
    rendering = render(song, args.output, block=args.block, bits=args.bits, progress=show)
    if show:
        sys.stderr.write("\r\033[K")
    values = rendering.as_json()
    if args.json:
        import json

        sys.stdout.write(json.dumps(values) + "\n")
    else:
        seconds = rendering.frames / args.rate
        sys.stdout.write(
            f"{args.output}: {seconds:.1f} s, peak {values['peak_dbfs']} dBFS, true peak {values['true_peak_dbtp']} "
            f"dBTP, up to {rendering.voices_max} voices, {values['speed_x']} × real time\n"
        )
    return 0


def _check_output(out: Path, source: Path) -> None:
    """Errors: `BadInput` when the output cannot be written, or would take the place of what is read."""
    if out.exists() and source.exists() and out.samefile(source):
        raise BadInput(f"output {out}", "is the file that is to be read; choose another name")
    if out.is_dir():
        raise BadInput(f"output {out}", "is a folder")
    if not out.parent.is_dir():
        raise BadInput(f"output {out}", f"cannot be written: there is no folder {out.parent}")
    if out.suffix.lower() != ".wav":
        raise BadInput(f"output {out}", "is written as a WAV file: let its name end in .wav")


def _show_progress(share: float) -> None:
    sys.stderr.write(f"\rrendering {share:4.0%}")
    sys.stderr.flush()
