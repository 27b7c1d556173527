"""Merges Buildroot's configuration from fragments, and proves that every option asked for survived.

    python -m image.configure --buildroot DIR --output DIR --parts DIR [--toolchain DIR] [--without FRAGMENT]
        [--set OPTION=VALUE]...

Kconfig drops what it does not know or cannot satisfy without a word; here each dropped line is named, exit code 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from image import boards

EXTERNAL: Final = Path(__file__).resolve().parents[1] / "buildroot_configs"
_SET: Final = re.compile(r"([A-Z][A-Za-z0-9_]*)=(.*)")
_UNSET: Final = re.compile(r"# ([A-Z][A-Za-z0-9_]*) is not set")
OFF: Final = "n"
OPTIONAL: Final = ("updates",)
"""Fragments that an image may do without: without `updates` it starts by the same loader, but takes no bundle."""

Options = dict[str, str]
"""Option → value as kconfig writes it (strings with their quotes), `n` when it is to be off."""


class Conflict(Exception):
    """Two fragments, or a fragment and the result, disagree; the text says where."""


def parse_fragment(text: str, where: str) -> Options:
    """The options of one fragment. Errors: `Conflict` for a line that is none, or an option asked for twice."""
    options: Options = {}
    for number, line in enumerate(text.splitlines(), 1):
        found, unset = _SET.fullmatch(line), _UNSET.fullmatch(line)
        if found:
            name, value = found[1], found[2]
        elif unset:
            name, value = unset[1], OFF
        elif not line.strip() or line.startswith("#"):
            continue
        else:
            raise Conflict(f"{where}: line {number}: is no option: {line[:60]}")
        if name in options:
            raise Conflict(f"{where}: line {number}: {name} is asked for twice")
        options[name] = value
    return options


def merge(fragments: Iterable[tuple[str, Options]]) -> Options:
    """All fragments in one. Errors: `Conflict` when two of them ask for different values."""
    merged: Options = {}
    asked_by: dict[str, str] = {}
    for where, options in fragments:
        for name, value in options.items():
            if merged.get(name, value) != value:
                raise Conflict(f"{where}: {name}={value}, but {asked_by[name]} asks for {merged[name]}")
            merged[name], asked_by[name] = value, where
    return merged


def write_options(options: Mapping[str, str]) -> str:
    """The options as kconfig reads them."""
    lines = (f"# {name} is not set" if value == OFF else f"{name}={value}" for name, value in options.items())
    return "\n".join(lines) + "\n"


def lost(asked: Mapping[str, str], result: Mapping[str, str]) -> list[str]:
    """What was asked for and is not so in the result, one line each."""
    return [
        f"{name}: asked for {value}, is {result.get(name, OFF)}"
        for name, value in asked.items()
        if result.get(name, OFF) != value
    ]


def read_fragments(paths: Sequence[Path]) -> Options:
    """The files merged. Errors: `Conflict`."""
    return merge((path.name, parse_fragment(path.read_text(), path.name)) for path in paths)


def configure(buildroot: Path, output: Path, asked: Options) -> list[str]:
    """Let Buildroot complete the configuration in `output`. Returns what was lost."""
    output.mkdir(parents=True, exist_ok=True)
    config = output / ".config"
    config.write_text(write_options(asked))
    command = ["make", "-s", "-C", str(buildroot), f"O={output}", f"BR2_EXTERNAL={EXTERNAL}", "olddefconfig"]
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "KCONFIG_WARN_UNKNOWN_SYMBOLS": "1"}
    )
    return lost(asked, parse_fragment(config.read_text(), str(config)))


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.configure", description=__doc__)
    parser.add_argument("--buildroot", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--parts", type=Path, required=True, help="what image/parts.py made")
    parser.add_argument("--toolchain", type=Path, help="a compiler that is here already, instead of Bootlin's")
    parser.add_argument("--without", action="append", default=[], choices=OPTIONAL, help="leave this fragment out")
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="instead of a fragment's")
    args = parser.parse_args(argv)
    fragments = EXTERNAL / "fragments"
    trees = " ".join(boards.device_trees(boards.read_boards()))
    more = [f'MOS_PARTS="{args.parts.resolve()}"', f'BR2_LINUX_KERNEL_INTREE_DTS_NAME="{trees}"', *args.set]
    paths = [fragments / "base.config", fragments / "toolchain_bootlin.config", fragments / "firmware.config"]
    paths += [fragments / f"{name}.config" for name in OPTIONAL if name not in args.without]
    if args.toolchain is not None:
        paths[1] = fragments / "toolchain_local.config"
        more.append(f'BR2_TOOLCHAIN_EXTERNAL_PATH="{args.toolchain.resolve()}"')
    try:
        asked = read_fragments(paths) | parse_fragment("\n".join(more), "--set")
        missing = configure(args.buildroot.resolve(), args.output.resolve(), asked)
    except (Conflict, boards.BadBoard) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    for line in missing:
        print(f"image: option lost: {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
