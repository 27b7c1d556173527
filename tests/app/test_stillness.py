"""Work that can wait stands still while somebody plays, and goes on afterwards, whoever goes on playing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from mos_appliance.app import stillness
from mos_appliance.app.children import run_child
from mos_appliance.app.stillness import Stillness

WORK = """
import os, sys, time
print(os.getpid(), flush=True)
open(sys.argv[1], 'w').write(str(os.getpid()))
for _ in range(20): time.sleep(0.01)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stillness, "QUIET_S", 0.3)
    monkeypatch.setattr(stillness, "MOST_S", 1.0)
    return tmp_path / "pid"


async def started(place: Path) -> int:
    while not place.exists() or not place.read_text():
        await asyncio.sleep(0.01)
    return int(place.read_text())


def state(pid: int) -> str:
    """One letter: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def becomes(pid: int, letters: str) -> None:
    async with asyncio.timeout(20):
        while state(pid) not in letters:
            await asyncio.sleep(0.01)


async def test_it_is_stopped_while_somebody_plays_and_goes_on_when_it_is_quiet(place: Path) -> None:
    patient = Stillness()
    child = asyncio.create_task(run_child((sys.executable, "-c", WORK, str(place)), patient=patient))
    pid = await started(place)
    patient.heard()
    await becomes(pid, "T")
    code, output, _ = await child
    assert (code, output.split()) == (0, [str(pid).encode()])


async def test_one_that_plays_all_day_has_it_done_all_the_same(place: Path) -> None:
    patient = Stillness()
    child = asyncio.create_task(run_child((sys.executable, "-c", WORK, str(place)), patient=patient))
    async with asyncio.timeout(60):
        while not child.done():
            patient.heard()
            await asyncio.sleep(0.05)
    assert child.result()[0] == 0


async def test_it_goes_on_at_once_for_who_waits_for_what_comes_after_it(place: Path) -> None:
    patient = Stillness()
    child = asyncio.create_task(run_child((sys.executable, "-c", WORK, str(place)), patient=patient))
    pid = await started(place)
    patient.heard()
    await becomes(pid, "T")
    with patient.wanted():
        patient.heard()
        assert state(pid) != "T"
        await child


async def test_one_that_nobody_waits_for_any_more_ends_though_it_stands_still(place: Path) -> None:
    patient = Stillness()
    child = asyncio.create_task(run_child((sys.executable, "-c", WORK, str(place)), patient=patient))
    pid = await started(place)
    patient.heard()
    await becomes(pid, "T")
    child.cancel()
    with pytest.raises(asyncio.CancelledError):
        await child
    assert not Path(f"/proc/{pid}").exists()
