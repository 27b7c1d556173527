"""The hub as a process of its own: killed, restarted, small."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mos_appliance.store.take_files import TakeFiles
from mos_appliance.wire.files import DataFile
from mos_appliance.wire.records import Kind
from tests.fakes.engine import FakeEngine

RSS_KB = 60 * 1024


class Process:
    """A hub on a free port, with a stand-in for the engine."""

    def __init__(self, root: Path) -> None:
        self.run, self.data = root / "run", root / "data"
        self.run.mkdir()
        self.engine = FakeEngine(self.run)
        self.child: asyncio.subprocess.Process | None = None
        self.port = 0

    async def start(self) -> None:
        with socket.create_server(("127.0.0.1", self.port)) as probe:
            self.port = probe.getsockname()[1]
        words = ["_hub", "--run", str(self.run), "--data", str(self.data), "--port", str(self.port)]
        self.child = await asyncio.create_subprocess_exec(sys.executable, "-m", "mos_appliance", *words)
        async with asyncio.timeout(20):
            while not (health := await self.health()) or not health["engine"]["running"]:
                await asyncio.sleep(0.02)

    async def health(self) -> dict[str, Any] | None:
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{self.port}/api/v1/health") as answer,
            ):
                health: dict[str, Any] = await answer.json()
                return health
        except aiohttp.ClientError:
            return None

    async def end(self, number: signal.Signals) -> int:
        assert self.child is not None
        if self.child.returncode is None:
            self.child.send_signal(number)
        return await asyncio.wait_for(self.child.wait(), 10)

    def resident_kb(self) -> int:
        assert self.child is not None
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    made = Process(tmp_path)
    made.engine.start()
    await made.start()
    yield made
    await made.end(signal.SIGKILL)
    await made.engine.stop()


async def test_it_ends_in_order_when_told_to(process: Process) -> None:
    assert await process.end(signal.SIGTERM) == 0
    assert not (process.run / "hub.sock").exists()


async def test_killed_while_it_records_it_comes_back_and_has_the_take(process: Process) -> None:
    for number in range(20):
        process.engine.press(60 + number)
        process.engine.let_go(60 + number)
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.9)  # the second that a pulled plug may cost
    await process.end(signal.SIGKILL)
    process.engine.asked.clear()
    await process.start()
    assert Kind.HUB_HELLO in process.engine.kinds()
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{process.port}/api/v1/takes") as answer:
        takes = await answer.json()
    assert [(take["notes"], take["recording"]) for take in takes] == [(20, False)]
    rows, _ = TakeFiles(process.data / DataFile.TAKES, 10).open()
    assert len(rows) == 1


async def test_with_pages_takes_and_songs_it_stays_under_60_mb(process: Process) -> None:
    base = f"http://127.0.0.1:{process.port}/api/v1"
    song = (Path(__file__).parent.parent / "data" / "midi" / "two_hands.mid").read_bytes()
    async with aiohttp.ClientSession() as http:
        pages = [await http.ws_connect(f"{base}/live") for _ in range(30)]
        for number in range(2000):
            process.engine.press(number % 128)
            process.engine.let_go(number % 128)
            if number % 20 == 0:
                await asyncio.sleep(0.005)
        async with http.put(f"{base}/song", data=song) as answer:
            assert answer.status == 200
        async with http.put(f"{base}/song", data=b"MThd" + bytes((16 << 20) - 4)) as answer:
            assert answer.status == 400
        for page in pages:
            await page.close()
        async with http.get(f"{base}/controls") as answer:
            json.loads(await answer.read())
    assert process.resident_kb() < RSS_KB, f"{process.resident_kb()} KB"
