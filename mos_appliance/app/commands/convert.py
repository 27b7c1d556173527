"""`mos convert`: from one format to another, with what was lost on the way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mos_appliance.music.umf.losses import Loaded, Loss
    from mos_appliance.music.wishes import Wishes


def _with(name: str) -> Callable[[str], Any]:
    """A reader of `music.wishes` for an option; it is loaded when the option is there."""

    def read(text: str) -> Any:
        from mos_appliance.errors import BadInput
        from mos_appliance.music import wishes

        try:
            return getattr(wishes, name)(text)
        except BadInput as error:
            raise argparse.ArgumentTypeError(error.why) from None

    return read


_METAVARS: Final = {
    "metre": "3/4",
    "bars": "N",
    "tempo": "BPM",
    "pickup": "1/4",
    "key": "KEY",
    "split": "C4",
    "grid": "1/16",
}
_HELP: Final = {
    "metre": "the metre",
    "bars": "how many bars it is, more or less",
    "tempo": "quarter notes a minute, roughly",
    "pickup": "how much of a bar stands before the first whole bar; 0 for none",
    "key": "the key: G, Bbm, D dorian",
    "split": "the lowest note of the right hand",
    "grid": "the shortest note value",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("convert", help="convert a score or a performance to another format")
    parser.add_argument("file", metavar="IN", help="a score or a MIDI file")
    parser.add_argument("output", metavar="OUT", type=Path, help="the suffix says the format")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    guessed = parser.add_argument_group("a MIDI file becomes a score: say what was guessed wrong")
    for name, told in _HELP.items():
        guessed.add_argument(f"--{name}", metavar=_METAVARS[name], type=_with(f"{name}_of"), help=told)
    guessed.add_argument("--tuplets", action=argparse.BooleanOptionalAction, default=None, help="look for triplets")
    guessed.add_argument("--played", action=argparse.BooleanOptionalAction, default=None, help="no grid in the file")
    guessed.add_argument("--no-score", action="store_true", help="keep it as a performance only")
    others = parser.add_argument_group("other formats")
    others.add_argument("--tune", metavar="N", type=int, default=0, help="ABC: the tune with this number (X:)")
    others.add_argument("--no-unfold", action="store_true", help="to MIDI: play no repeats")
    others.add_argument("--performance", metavar="ID", help="to MIDI: this performance rather than the score")


def run(args: argparse.Namespace) -> int:
    """Convert. Errors: `BadInput`, `OSError`."""
    from mos_appliance.app.input_file import read_input
    from mos_appliance.app.output_file import write_output
    from mos_appliance.music.formats import format_of

    reader, writer = format_of(args.file), format_of(str(args.output))
    wishes = _wishes(args)
    loaded = reader.load(read_input(args.file, reader.most_bytes), wishes)
    data, unwritten = writer.save(loaded.document, wishes)
    write_output(args.output, data)
    if args.json:
        _print_json(loaded, (*loaded.lost, *unwritten))
        return 0
    sys.stdout.write(f"{args.output}: {writer.name}, {len(data):,} bytes\n")
    for line in loaded.guessed:
        sys.stdout.write(f"  guessed: {line.text()}\n")
    for word, losses in (("not understood", loaded.unread), ("has no place there", (*loaded.lost, *unwritten))):
        for where, what in losses:
            sys.stdout.write(f"  {word}: {what} ({where})\n")
    return 0


def _wishes(args: argparse.Namespace) -> Wishes:
    from mos_appliance.music.wishes import Wishes

    return Wishes(
        tune=args.tune,
        scored=not args.no_score,
        played=args.played,
        metre=args.metre,
        pickup=args.pickup,
        tempo=args.tempo,
        bars=args.bars,
        key=args.key,
        split=args.split,
        grid=args.grid,
        tuplets=args.tuplets,
        unfold=not args.no_unfold,
        performance=args.performance,
    )


def _print_json(loaded: Loaded, lost: tuple[Loss, ...]) -> None:
    import msgspec

    report: dict[str, Any] = {
        "lost": [loss._asdict() for loss in lost],
        "unread": [loss._asdict() for loss in loaded.unread],
    }
    if loaded.guessed:
        report["guessed"] = [guess.as_json() for guess in loaded.guessed]
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
