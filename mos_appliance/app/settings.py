"""Settings of the processes: one row each, from which options, defaults and `docs/settings.md` are made."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_PORT: Final = 8080
SOUND_KINDS: Final = ("alsa", "wav")


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of `mos run`. `processes` are told it too; `default` is text, read by `parse` like any other."""

    name: str
    metavar: str
    default: str | None
    processes: tuple[str, ...]
    doc: str
    parse: Callable[[str], object] = str

    @property
    def option(self) -> str:
        """The option on the command line."""
        return f"--{self.name}"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable that MOS reads."""

    name: str
    doc: str


def _port(text: str) -> int:
    """A TCP port. Errors: `argparse.ArgumentTypeError`."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return int(text)


_PERIODS: Final = ("48", "64", "128", "256")
"""What `alsa:NAME@PERIOD` may ask for: the blocks that the engine can make whole chunks of."""


def _sound(text: str) -> str:
    """Where sound goes. Errors: `argparse.ArgumentTypeError`."""
    kind, _, rest = text.partition(":")
    if text not in {"auto", "silent"} and not (kind in SOUND_KINDS and rest):
        raise argparse.ArgumentTypeError(f"{text!r} is none of auto, silent, alsa:NAME, wav:FILE")
    _, at, period = rest.partition("@")
    if kind == "alsa" and at and period not in _PERIODS:
        raise argparse.ArgumentTypeError(f"{text!r} asks for a period that is none of {', '.join(_PERIODS)} frames")
    return text


def default_data(environment: Mapping[str, str] = os.environ) -> str:
    """The data directory when none is given, as the XDG base directory specification has it."""
    home = environment.get("XDG_DATA_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "share")
    return str(Path(home) / "mos")


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Where what can be made again is kept, as the XDG base directory specification has it."""
    home = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "/")) / ".cache")
    return Path(home) / "mos"


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "data",
        "DIR",
        None,
        ("engine", "patchbay", "hub", "tutor"),
        "Where takes, settings and logs are kept; `$XDG_DATA_HOME/mos` when not given.",
    ),
    Setting("port", "N", str(DEFAULT_PORT), ("hub",), "TCP port of the companion.", _port),
    Setting(
        "listen",
        "ADDRESS",
        "127.0.0.1",
        ("hub",),
        "Address on which the companion answers; 0.0.0.0 is every network of this computer.",
    ),
    Setting(
        "sound",
        "WHERE",
        "auto",
        ("engine",),
        "Where sound goes: `alsa:NAME` a device (`alsa:NAME@48` in blocks of 48, 64, 128 or 256 frames whatever it "
        "holds), `wav:FILE` a file at the pace of the clock (what it held is put aside), `silent` nowhere, "
        "`auto` the best device or, without any, nowhere (the page can play it).",
        _sound,
    ),
    Setting(
        "din",
        "DEVICE",
        None,
        ("engine",),
        "Serial device of the DIN MIDI input, such as `/dev/ttyAMA0`; it may come late and come back.",
    ),
    Setting(
        "microphone",
        "NAME",
        None,
        ("engine",),
        "ALSA name of the microphone to listen to; it may come late and come back. `wav:FILE` hears a recording once, "
        "as soon as the file is there.",
    ),
    Setting(
        "keeper",
        "SOCKET",
        None,
        ("hub",),
        "Where keeper answers, on an image; on a computer there is none: what it would do is the computer's matter.",
    ),
    Setting("midi", "FILE", None, ("engine",), "Plays a MIDI file in as if it were the keyboard."),
)

VARIABLES: Final[tuple[Variable, ...]] = (
    Variable("MOS_DEBUG", "Set to 1, an internal error shows its traceback."),
    Variable("MOS_SOUNDFONT", "Path of the soundfont to play with, instead of the first one found."),
    Variable("XDG_CACHE_HOME", "The decompressed soundfont is kept in `mos` below it."),
    Variable("XDG_DATA_HOME", "The data directory is `mos` below it."),
    Variable("XDG_RUNTIME_DIR", "Sockets and rings are kept below it while the appliance runs."),
    Variable("XDG_STATE_HOME", "Internal errors of the command line are logged to `mos/errors.log` below it."),
)


def add_options(parser: argparse.ArgumentParser, process: str | None = None) -> None:
    """Add the options of `process`, or of `mos run` when it is None."""
    for row in SETTINGS:
        if process is None or process in row.processes:
            parser.add_argument(row.option, metavar=row.metavar, default=row.default, type=row.parse, help=row.doc)


def parse_process(process: str, argv: Sequence[str]) -> argparse.Namespace:
    """What the supervisor told this process: `run` and `data` as paths, and its own settings by name."""
    parser = argparse.ArgumentParser(prog=f"mos _{process}")
    parser.add_argument("--run", metavar="DIR", required=True, type=Path, help="Where sockets and rings are.")
    add_options(parser, process)
    args = parser.parse_args(argv)
    args.data = Path(args.data or default_data())
    return args


def process_arguments(process: str, run: Path, args: argparse.Namespace) -> list[str]:
    """The arguments with which the supervisor starts `process`; `parse_process` reads them."""
    words = ["--run", str(run)]
    for row in SETTINGS:
        value = getattr(args, row.name)
        if process in row.processes and value is not None:
            words.append(f"{row.option}={value}")
    return words
