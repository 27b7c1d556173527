"""`mos run`: the appliance on this computer."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mos_appliance.app import settings
from mos_appliance.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from mos_appliance.app.journal import Journal
    from mos_appliance.app.supervisor import Program

WAV: Final = "wav:"
SEQUENCER: Final = Path("/dev/snd/seq")
_SOUND: Final = "sound.json"
"""`RunFile.SOUND` of the wire, named here without its imports: the supervisor stays small."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of `mos run`."""
    parser = subparsers.add_parser("run", help="the appliance on this computer", description=__doc__)
    settings.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run until a signal. Errors: `Unavailable` when port or data directory are taken."""
    from mos_appliance.app import readiness, rundir
    from mos_appliance.app.journal import Journal
    from mos_appliance.app.supervisor import Supervisor

    if args.midi is not None:
        _check_midi(args.midi)
    if args.sound.startswith(WAV):
        _make_way(Path(args.sound.removeprefix(WAV)))
    url = f"http://localhost:{args.port}"
    args.data = str(Path(args.data or settings.default_data()).absolute())
    data = rundir.DataDirectory(Path(args.data), f"mos run (process {os.getpid()}, {url})")
    try:
        readiness.check_port(args.listen, args.port)
        run_dir = rundir.make_run_directory(data.path, rundir.run_parent())
        journal = Journal(data.path / "log" / "mos.log")
        greeting = Greeting(args, run_dir, url)
        try:
            return Supervisor(_programs(args, run_dir, journal), run_dir, journal, greeting).run()
        finally:
            journal.close()
            rundir.remove_run_directory(run_dir)
    finally:
        data.release()


def _check_midi(path: str) -> None:
    """Read the file once, so that the user is told before anything starts. Errors: `BadInput`, `OSError`."""
    from mos_appliance.app.played_file import played_messages

    try:
        played_messages(Path(path))
    except FileNotFoundError:
        raise BadInput(f"{path}: file", "is not there") from None
    except BadInput as error:
        raise BadInput(f"{path}: {error.where.removeprefix(f'{path}: ')}", error.why) from error


def _make_way(wav: Path) -> None:
    """See that the file can be written, and put aside what an earlier run has recorded there. Errors: `Unavailable`."""
    try:
        with wav.open("ab") as file:
            held = os.fstat(file.fileno())
        if stat.S_ISREG(held.st_mode) and held.st_size:
            aside = next(name for name in _numbered(wav) if not name.exists())
            wav.rename(aside)
            print(f"What {wav} held is now in {aside}.", flush=True)
    except OSError as error:
        raise Unavailable(f"--sound {WAV}{wav}: cannot be written: {error.strerror}") from error


def _numbered(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(1))


def _programs(args: argparse.Namespace, run_dir: Path, journal: Journal) -> list[Program]:
    """What to run, in the order of starting: sound first."""
    from mos_appliance.app.supervisor import Program

    names = ["engine", "patchbay", "hub", "tutor"]
    if not SEQUENCER.exists():
        names.remove("patchbay")
        journal.write("supervisor", f"{SEQUENCER} is not there: no MIDI keyboard can be connected; play on the page")
    python = (sys.executable, "-P", "-m", "mos_appliance")
    return [Program(name, (*python, f"_{name}", *settings.process_arguments(name, run_dir, args))) for name in names]


class Greeting:
    """Says where to play, once somebody really answers there, and plainly so when nothing here can be heard."""

    def __init__(self, args: argparse.Namespace, run_dir: Path, url: str) -> None:
        self._listen, self._port, self._sound, self._url = args.listen, args.port, run_dir / _SOUND, url
        self._wav = args.sound.removeprefix(WAV) if args.sound.startswith(WAV) else ""

    def __call__(self) -> bool:
        """Whether it has been said; to be called again until then."""
        from mos_appliance.app import readiness

        if not self._sound.exists() or not readiness.answers(self._listen, self._port):
            return False
        sound = json.loads(self._sound.read_bytes())
        if not sound.get("heard", True):
            print(f"No sound card is used: a simulated one {f'writes {self._wav}' if self._wav else 'is silent'}.")
            print("The page can play it, half a second late (button “Listen here”).")
        print(f"Play at {self._url}", flush=True)
        return True
