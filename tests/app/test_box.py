"""The box in the whole hub: real HTTP in front, the real keeper behind its socket."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from drivers.kernel_log import CardErrors
from drivers.light import Light
from drivers.wpa import WifiWatch
from mos_appliance.app import card_intake
from mos_appliance.app.hub import Hub
from mos_appliance.app.keeper import Door
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders
from mos_appliance.app.keeper_verbs import Verbs
from mos_appliance.companion.device_routes import DEVICE_ROUTES
from mos_appliance.companion.openapi import describe
from tests.app.test_keeper import NOW, Recorded
from tests.fakes.engine import FakeEngine
from tests.loop_guard import loop_guard, task_guard

__all__ = ["loop_guard", "task_guard"]


class House:
    """A hub with a keeper, or without one as on a computer; every answer must be one that `openapi.json` promises."""

    def __init__(self, root: Path, with_keeper: bool) -> None:
        (root / "hub").mkdir()
        (root / "root").mkdir()
        self.places = Places(root / "data", root / "keeper", root / "root", root / "update")
        make_folders(self.places)
        self.commands = Recorded()
        self.now = NOW
        self.socket = self.places.run / "keeper.sock" if with_keeper else None
        if self.socket is not None:
            card_intake.take_in(self.places, b'class = "3b"\nnumber = 12\nvolume = "7"\n')
            self.clock = Clock(self.places, lambda: self.now, self._set)
            self.clock.start()
            wifi = WifiWatch(root / "wpa", root / "own")
            light = Light("", root)
            verbs = Verbs(self.places, self.clock, light, 12, self.commands, wifi, CardErrors(root / "none"))
            self.door = Door(self.socket, os.getuid(), -1)
            threading.Thread(target=self._serve, args=(verbs,), daemon=True).start()
        self.engine = FakeEngine(root / "hub")
        self.hub = Hub(root / "hub", root / "data/mos", "127.0.0.1", 0, self.socket)
        self.http = aiohttp.ClientSession()
        self._promised = describe(DEVICE_ROUTES, "test")["paths"]

    def _set(self, seconds: float) -> None:
        self.now = seconds

    def _serve(self, verbs: Verbs) -> None:
        try:
            self.door.serve(verbs)
        except OSError:
            return

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        url = f"http://127.0.0.1:{self.hub.port}/api/v1{path}"
        async with self.http.request(method, url, **more) as answer:
            content = await answer.read()
            assert answer.status == status, content
            if f"/api/v1{path}" in self._promised:
                assert str(status) in self._promised[f"/api/v1{path}"][method.lower()]["responses"]
            return await answer.json() if answer.content_type == "application/json" else content

    async def close(self) -> None:
        await self.http.close()
        await self.hub.stop()
        await self.engine.stop()
        if self.socket is not None:
            self.door.close()


async def opened(root: Path, with_keeper: bool) -> House:
    house = House(root, with_keeper)
    house.engine.start()
    await house.hub.start()
    return house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await opened(tmp_path, with_keeper=True)
    yield made
    await made.close()


@pytest.fixture
async def computer(tmp_path: Path) -> AsyncIterator[House]:
    made = await opened(tmp_path, with_keeper=False)
    yield made
    await made.close()


async def looked(house: House) -> dict[str, Any]:
    """What the box tells once it has looked."""
    async with asyncio.timeout(10):
        while (told := await house.ask("GET", "/device"))["keeper"] != "running":
            await asyncio.sleep(0.02)
    return dict(told)


async def test_the_box_tells_who_it_is_and_what_is_wrong(house: House) -> None:
    told = await looked(house)
    assert (told["number"], told["name"], told["class_name"], told["language"]) == (12, "mos-12", "3b", "en")
    assert told["wrong"] == [{"line": 3, "setting": "", "why": "'volume' is no setting"}]
    async with asyncio.timeout(10):
        while not (health := await house.ask("GET", "/health"))["faults"]:
            await asyncio.sleep(0.02)
    assert (health["keeper"], health["number"], health["clock"]) == ("running", 12, "unknown")
    assert health["faults"][0]["fault"] == "wrong_setting"
    assert "mos.toml" in health["faults"][0]["cure"]


async def test_a_page_that_comes_tells_the_time_and_from_then_on_days_count(house: House) -> None:
    await looked(house)
    async with house.http.ws_connect(f"http://127.0.0.1:{house.hub.port}/api/v1/live") as page:
        hello = await page.receive_json()
        assert (hello["wants_time"], hello["name"]) == (True, "MOS 12")
    assert (await house.ask("GET", "/device"))["now"] is None
    assert house.hub.roster._day() is None
    await house.ask("PUT", "/clock", 204, json={"unix_ms": int((NOW + 500) * 1000)})
    assert house.now == NOW + 500
    async with asyncio.timeout(10):
        while (await house.ask("GET", "/device"))["clock"] != "told":
            await asyncio.sleep(0.02)
    assert house.hub.roster._day() is not None
    async with house.http.ws_connect(f"http://127.0.0.1:{house.hub.port}/api/v1/live") as page:
        assert (await page.receive_json())["wants_time"] is False


async def test_a_time_before_now_is_refused_with_the_reason(house: House) -> None:
    told = await house.ask("PUT", "/clock", 400, json={"unix_ms": 1000})
    assert "never goes back" in told["error"]["why"]


async def test_number_network_and_power_are_keepers_work(house: House) -> None:
    await house.ask("PUT", "/device/number", 204, json={"number": 30})
    wish = {"network": "School", "password": "open sesame", "country": "DE"}
    await house.ask("PUT", "/device/wifi", 204, json=wish)
    await house.ask("PUT", "/device/wifi", 400, json={**wish, "password": "short"})
    await house.ask("POST", "/device/reset", 400, json={"number": 12})
    await house.ask("POST", "/device/restart", 202)
    await house.ask("POST", "/device/power-off", 202)
    await house.ask("POST", "/device/reset", 202, json={"number": 30})
    names = [command[0] for command in house.commands.ran if not command[0].endswith("/update")]
    assert names == ["hostname", "/etc/mos/wifi", "reboot", "poweroff", "reboot"]


async def test_updates_and_sticks_are_keepers_work(house: House) -> None:
    house.commands.says["update state"] = '{"slot":"a"}'
    told = await house.ask("GET", "/update")
    assert told == {"installing": False, "failed": "", "told": '{"slot":"a"}'}
    refused = await house.ask("POST", "/update", 400, json={"name": "absent.mos"})
    assert "is not there" in refused["error"]["why"]
    assert "no USB stick" in (await house.ask("GET", "/stick", 503))["error"]["why"]
    await house.ask("DELETE", "/stick", 204)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/clock", {"unix_ms": -1}),
        ("PUT", "/clock", {"unix_ms": "now"}),
        ("PUT", "/device/number", {"number": 0}),
        ("PUT", "/device/wifi", {"network": "x", "command": "reboot"}),
        ("POST", "/update", {"name": "../x.mos"}),
        ("POST", "/device/reset", {}),
    ],
)
async def test_what_makes_no_sense_never_reaches_keeper(house: House, method: str, path: str, body: object) -> None:
    await house.ask(method, path, 400, json=body)
    assert [command for command in house.commands.ran if not command[0].endswith("/update")] == []


async def test_on_a_computer_there_is_no_keeper_and_it_says_so(computer: House) -> None:
    told = await computer.ask("GET", "/device")
    assert (told["keeper"], told["number"], told["faults"]) == ("none", 0, [])
    assert told["clock"] == "told"
    health = await computer.ask("GET", "/health")
    assert (health["keeper"], health["faults"]) == ("none", [])
    for method, path, body in (
        ("PUT", "/clock", {"unix_ms": int(NOW * 1000)}),
        ("POST", "/device/power-off", None),
        ("POST", "/device/number/spoken", None),
        ("GET", "/update", None),
    ):
        refused = await computer.ask(method, path, 503, json=body)
        assert "there is no keeper here" in refused["error"]["why"]


async def test_a_keeper_that_does_not_answer_is_told(house: House) -> None:
    await looked(house)
    house.door.close()
    assert house.socket is not None
    house.socket.unlink()
    refused = await house.ask("POST", "/device/restart", 503)
    assert "keeper does not answer" in refused["error"]["why"]
