"""`mos run`: the appliance on this computer."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mos_appliance.app import settings
from mos_appliance.errors import BadInput

if TYPE_CHECKING:
    from mos_appliance.app.journal import Journal
    from mos_appliance.app.supervisor import Program

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

    if args.midi is not None and not Path(args.midi).is_file():
        raise BadInput(f"{args.midi}: file", "is not there")
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


def _programs(args: argparse.Namespace, run_dir: Path, journal: Journal) -> list[Program]:
    """What to run, in the order of starting: sound first."""
    from mos_appliance.app.supervisor import Program

    names = ["engine", "patchbay", "hub"]
    if not SEQUENCER.exists():
        names.remove("patchbay")
        journal.write("supervisor", f"{SEQUENCER} is not there: no MIDI keyboard can be connected; play on the page")
    python = (sys.executable, "-P", "-m", "mos_appliance")
    return [Program(name, (*python, f"_{name}", *settings.process_arguments(name, run_dir, args))) for name in names]


class Greeting:
    """Says where to play, once somebody really answers there, and plainly so when nothing here can be heard."""

    def __init__(self, args: argparse.Namespace, run_dir: Path, url: str) -> None:
        self._listen, self._port, self._sound, self._url = args.listen, args.port, run_dir / _SOUND, url

    def __call__(self) -> bool:
        """Whether it has been said; to be called again until then."""
        from mos_appliance.app import readiness

        if not self._sound.exists() or not readiness.answers(self._listen, self._port):
            return False
        sound = json.loads(self._sound.read_bytes())
        print(f"sound: {sound['name']}")
        if not sound.get("heard", True):
            print("No sound card is used: the sound is simulated.")
            print("The page can play it, about a second late (button “Listen here”).")
        print(f"Play at {self._url}", flush=True)
        return True
