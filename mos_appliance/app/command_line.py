"""`mos`: finds the subcommands and turns every error into one line and an exit code, here and nowhere else."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from mos_appliance import errors
from mos_appliance.app import commands, lifeline

PROCESSES: Final = {
    "_engine": "mos_appliance.app.engine",
    "_patchbay": "mos_appliance.app.patchbay",
    "_hub": "mos_appliance.app.hub",
    "_tutor": "mos_appliance.app.tutor",
}
"""What the supervisor starts, by word on the command line; each module has `main(argv) -> int`."""

TELLS_ITSELF: Final = ("validate",)
"""Commands whose JSON says what was wrong, whatever it was."""
LASTING: Final = ("bench", "run")
"""Commands that do not end as soon as they have done one thing."""
DONE, BAD_INPUT, WRONG_USAGE, UNAVAILABLE = range(4)
_INTERRUPTED: Final = 128 + signal.SIGINT
_PIPE_CLOSED: Final = 128 + signal.SIGPIPE


def program() -> int:
    """Run the process's command line. Returns the exit code, and the process is to end with it."""
    gc.disable()  # what is imported stays
    code = main()
    gc.freeze()  # an interpreter that ends looks for cycles once more, in everything
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line. Returns the exit code: 0 done, 1 bad input, 2 wrong usage, 3 not available."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = argparse.Namespace()
    try:
        code = _run(words, args)
        sys.stdout.flush()
    except SystemExit as ending:  # argparse ends so, with 0 after --help and 2 after wrong usage
        return ending.code if isinstance(ending.code, int) else DONE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except Exception as error:
        return _explain(error, args)
    return code


def _run(words: list[str], args: argparse.Namespace) -> int:
    # NumPy's library would start a thread for every core, which costs more than what little it is asked for here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if words and words[0] in PROCESSES:
        return _become(words[0], words[1:])
    _parser(words).parse_args(words, namespace=args)
    watched = gc.isenabled()
    if args.command in LASTING:
        gc.enable()
    else:
        gc.disable()  # looking for cycles in a score took half of the time that reading it took
    try:
        code: int = importlib.import_module(f"{commands.__name__}.{args.command}").run(args)
    finally:
        if watched:
            gc.enable()
    return code


def _become(process: str, argv: list[str]) -> int:
    """Be one of the appliance's processes."""
    lifeline.hold()
    gc.enable()
    code: int = importlib.import_module(PROCESSES[process]).main(argv)
    return code


def command_names() -> list[str]:
    """The subcommands that there are."""
    import pkgutil

    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__) if module.name[0] != "_")


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """The parser; when the command is plain from the first word, only that one is imported."""
    parser = argparse.ArgumentParser(prog="mos", description="MOS, the Musical Operating System.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in words[:1] if words and _is_command(words[0]) else command_names():
        importlib.import_module(f"{commands.__name__}.{name}").register(subparsers)
    return parser


def _is_command(word: str) -> bool:
    """Whether there is such a command; the folder is not searched for all of them."""
    return word.isidentifier() and word[0] != "_" and find_spec(f"{commands.__name__}.{word}") is not None


class _Version(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"mos {version('mos-appliance')}")
        parser.exit(DONE)


def _explain(error: Exception, args: argparse.Namespace) -> int:
    """Tell the user in one line whose fault it was. Returns the exit code."""
    import traceback

    if os.environ.get("MOS_DEBUG") == "1":
        traceback.print_exception(error)
    match error:
        case errors.BadInput() | errors.Corrupt() | errors.Denied():
            line, code = _with_file(str(error), args), BAD_INPUT
        case errors.Unavailable():
            line, code = str(error), UNAVAILABLE
        case OSError(filename=str(name)) if name in _texts(args):
            line, code = f"{name}: file: {error.strerror}", BAD_INPUT
        case OSError():
            line, code = f"{error.filename or 'system'}: {error.strerror or error}", UNAVAILABLE
        case _:
            line, code = _log(error), lifeline.INTERNAL_ERROR
    line = " ".join(line.split())
    sys.stderr.write(f"{line}\n")
    if getattr(args, "json", False) and args.command not in TELLS_ITSELF:
        _tell_as_json(line)
    return code


def _tell_as_json(line: str) -> None:
    """Who asked for one JSON object gets one, also of what went wrong."""
    import json

    sys.stdout.write(json.dumps({"ok": False, "error": line}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _texts(args: argparse.Namespace) -> set[str]:
    """The arguments as the user may have meant them as paths."""
    return {str(value) for value in vars(args).values() if isinstance(value, str | Path)}


def _with_file(line: str, args: argparse.Namespace) -> str:
    """`FILE: WHERE: WHY`, where the command reads a file."""
    file = str(getattr(args, "file", "") or "")
    return line if not file or line.startswith(f"{file}: ") else f"{file}: {line}"


def _log(error: Exception) -> str:
    """Write the traceback to the log. Returns the line that says so."""
    import traceback

    told = f"mos: internal error: {type(error).__name__}: {error}"
    state = os.environ.get("XDG_STATE_HOME") or str(Path(os.environ.get("HOME", "/")) / ".local" / "state")
    log = Path(state) / "mos" / "errors.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(time.strftime("%Y-%m-%dT%H:%M:%S%z ") + " ".join(sys.argv) + "\n")
            traceback.print_exception(error, file=file)
    except OSError:
        return f"{told} (MOS_DEBUG=1 shows where)"
    return f"{told} (see {log})"
