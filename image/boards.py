"""Boards as data: a dozen facts each, one file a board in `buildroot_configs/boards/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "buildroot_configs" / "boards"
FIRMWARES: Final = ("none", "raspberrypi", "allwinner")
TESTED: Final = ("no", "emulator", "board")


class BadBoard(Exception):
    """A board's file is wrong; the text says where."""


@dataclass(frozen=True, slots=True)
class Board:
    """What differs between boards. Units: MiB for memory; cores are counted from 0."""

    board: str
    name: str
    device_tree: tuple[str, ...]
    """Device trees of the kernel's source, below arch/arm64/boot/dts; none where the machine brings its own."""
    firmware: str
    """What runs before U-Boot: `none` (the emulator), `raspberrypi` (files on the boot partition), `allwinner`."""
    uboot: str
    """U-Boot's defconfig, without `_defconfig`."""
    console: str
    """Serial console of the kernel; empty where the line is the DIN MIDI input's."""
    din: str
    cores: int
    engine_core: int
    memory_mib: int
    watchdog: str
    led: str
    tested: str
    """Where an image of it has run: `no`where, in the `emulator`, on a `board`."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "device_tree": _words,
    "cores": int,
    "engine_core": int,
    "memory_mib": int,
}
_FACTS: Final = tuple(name for name in Board.__dataclass_fields__ if name != "board")


def parse_board(board: str, text: str) -> Board:
    """The facts of one board. Errors: `BadBoard` for what is missing, unknown, twice or out of range."""
    facts: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        name = key.lower()
        if not equals or key != key.upper() or name not in _FACTS:
            raise BadBoard(f"{board}: line {number}: {key!r} is no fact of a board")
        if name in facts:
            raise BadBoard(f"{board}: line {number}: {key} is there twice")
        try:
            facts[name] = _READERS.get(name, str)(value)
        except ValueError as error:
            raise BadBoard(f"{board}: line {number}: {value!r} is no number") from error
    missing = [name.upper() for name in _FACTS if name not in facts]
    if missing:
        raise BadBoard(f"{board}: {', '.join(missing)} missing")
    return _checked(Board(board, **facts))


def _checked(board: Board) -> Board:
    if board.firmware not in FIRMWARES or board.tested not in TESTED:
        raise BadBoard(f"{board.board}: FIRMWARE is one of {', '.join(FIRMWARES)}, TESTED of {', '.join(TESTED)}")
    if not 1 <= board.engine_core < board.cores:
        raise BadBoard(f"{board.board}: ENGINE_CORE must leave core 0 to the others")
    if bool(board.device_tree) == (board.firmware == "none"):
        raise BadBoard(f"{board.board}: a board has a device tree, the emulator has none")
    return board


def read_boards(folder: Path = FOLDER) -> dict[str, Board]:
    """Every board, by its name. Errors: `BadBoard`."""
    return {path.stem: parse_board(path.stem, path.read_text()) for path in sorted(folder.glob("*.board"))}


def device_trees(boards: dict[str, Board]) -> list[str]:
    """All that the one kernel is built with."""
    return sorted({tree for board in boards.values() for tree in board.device_tree})


def kernel_words(board: Board) -> list[str]:
    """Of the kernel's command line what does not say which root: one core for the engine alone, with no timer, RCU or
    interrupt of others on it. Source: the kernel's kernel-parameters.txt.
    """
    core = board.engine_core
    others = f"0-{board.cores - 1}" if core != board.cores - 1 else f"0-{core - 1}" if core > 1 else "0"
    words = [
        "ro",
        "rootwait",
        "rootfstype=squashfs",
        f"isolcpus=nohz,domain,managed_irq,{core}",
        f"nohz_full={core}",
        f"rcu_nocbs={core}",
        f"irqaffinity={others}",
        "panic=-1",
        "quiet",
        f"mos.board={board.board}",
    ]
    if board.din:
        words.append(f"mos.din={board.din}")
    if board.led:
        words.append(f"mos.led={board.led}")
    if board.console:
        words.append(f"console={board.console}")
    return words


def kernel_line(board: Board, root: str) -> str:
    """The whole line, for who starts a kernel without U-Boot. `root`: such as `PARTUUID=4d4f5321-03`."""
    return " ".join([f"root={root}", *kernel_words(board)])


def loader_facts(board: Board, disk_signature: int) -> str:
    """What U-Boot's script reads of the boot partition, as text for its `env import`."""
    return f"mos_disk={disk_signature:08x}\nmos_args={' '.join(kernel_words(board))}\n"
