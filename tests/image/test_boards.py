"""Boards as data, and the kernel's command line made from them."""

from __future__ import annotations

import pytest

from image import boards
from image.boards import BadBoard

QEMU = (boards.FOLDER / "qemu_aarch64.board").read_text()


def test_the_boards_that_are_promised_are_there() -> None:
    found = boards.read_boards()
    assert set(found) == {"qemu_aarch64", "rpi_zero2w", "rpi_3", "rpi_4", "orangepi_zero3"}


def test_no_board_claims_more_than_was_run() -> None:
    assert {board.board for board in boards.read_boards().values() if board.tested != "no"} <= {"qemu_aarch64"}


@pytest.mark.parametrize("board", boards.read_boards().values(), ids=lambda board: board.board)
def test_the_kernel_keeps_one_core_for_the_engine_and_core_0_for_interrupts(board: boards.Board) -> None:
    words = boards.kernel_line(board, "PARTUUID=4d4f5321-03").split()
    core = board.engine_core
    assert {f"isolcpus=nohz,domain,managed_irq,{core}", f"nohz_full={core}", f"rcu_nocbs={core}", "ro"} <= set(words)
    others = next(word for word in words if word.startswith("irqaffinity=")).partition("=")[2]
    assert str(core) not in others.split("-")
    assert others[0] == "0"


def test_the_din_line_is_no_console() -> None:
    for board in boards.read_boards().values():
        assert not board.console or board.din.rpartition("/")[2] != board.console.partition(",")[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("CORES=2", "CORES=two"), "'two' is no number"),
        (("CORES=2\n", ""), "CORES missing"),
        (("NAME=", "COLOUR=red\nNAME="), "'COLOUR' is no fact"),
        (("CORES=2", "CORES=2\nCORES=2"), "CORES is there twice"),
        (("ENGINE_CORE=1", "ENGINE_CORE=0"), "must leave core 0"),
        (("FIRMWARE=none", "FIRMWARE=bios"), "FIRMWARE is one of"),
        (("DEVICE_TREE=", "DEVICE_TREE=a/b"), "the emulator has none"),
    ],
)
def test_a_wrong_fact_is_refused(change: tuple[str, str], why: str) -> None:
    with pytest.raises(BadBoard, match=why):
        boards.parse_board("qemu", QEMU.replace(*change, 1))
