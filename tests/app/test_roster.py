"""Students in the whole hub: real HTTP, real records, real lessons out of the shelf that ships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mos_appliance.app import hub, librarian
from mos_appliance.app.wall_clock import Quality, known_day, quality_of
from mos_appliance.companion.openapi import describe
from mos_appliance.companion.student_routes import STUDENT_ROUTES
from mos_appliance.wire.students import Attempted, BarTally
from tests.fakes.engine import FakeEngine
from tests.loop_guard import loop_guard, task_guard

__all__ = ["loop_guard", "task_guard"]
PASSPHRASE = {"passphrase": "seven black cats"}


class House:
    """A hub and somebody who asks it; every answer must be one that `openapi.json` promises."""

    def __init__(self, root: Path, name: str) -> None:
        root = root / name
        (root / "run").mkdir(parents=True)
        self.engine = FakeEngine(root / "run")
        self.hub = hub.Hub(root / "run", root / "data", "127.0.0.1", 0)
        self.http = aiohttp.ClientSession()
        self._promised = describe(STUDENT_ROUTES, "test")["paths"]

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        url = f"http://127.0.0.1:{self.hub.port}/api/v1{path}"
        async with self.http.request(method, url, **more) as answer:
            content = await answer.read()
            assert answer.status == status, content
            assert str(status) in {
                code
                for row in self._promised.values()
                for way, one in row.items()
                for code in one["responses"]
                if way == method.lower()
            }
            return await answer.json() if answer.content_type == "application/json" else content

    async def close(self) -> None:
        await self.http.close()
        await self.hub.stop()
        await self.engine.stop()


async def built(root: Path, name: str) -> House:
    house = House(root, name)
    house.engine.start()
    await house.hub.start()
    return house


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(librarian, "SHELF_AFTER_S", 3600.0)
    made = await built(tmp_path, "here")
    yield made
    await made.close()


async def test_a_student_is_made_plays_and_is_given_lessons_with_reasons(house: House) -> None:
    made = await house.ask("POST", "/students", 201, json={"nickname": "Mo"})
    student = made["student"]
    roll = await house.ask("GET", "/students")
    assert [(row["student"], row["nickname"], row["playing"]) for row in roll["students"]] == [(student, "Mo", False)]

    lesson = await house.ask("GET", f"/students/{student}/lesson")
    assert lesson["number"] == 1
    assert {step["role"] for step in lesson["steps"]} == {"warm-up", "new"}
    assert all(step["reasons"] and step["reasons"][0]["text"] for step in lesson["steps"])
    assert abs(lesson["minutes"] - 10) <= 1
    assert await house.ask("POST", f"/students/{student}/lesson") == lesson

    new = next(step for step in lesson["steps"] if step["role"] == "new")
    offer = await house.hub.roster.offer(new["piece"])
    assert offer is not None
    take = Attempted(offer.piece, offer.title, offer.skills, offer.level, (BarTally(1, 8), BarTally(2, 8, 5, 2)))
    assert await house.hub.roster.attempted(take) is None  # nobody plays
    await house.ask("PUT", "/playing", json={"student": student})
    assert (await house.ask("GET", "/playing"))["student"] == student
    assert await house.hub.roster.attempted(take) == student

    progress = await house.ask("GET", f"/students/{student}")
    shown = {row["skill"] for row in progress["skills"] if row["attempts"]}
    assert shown
    assert shown <= set(offer.skills)
    assert {row["state"] for row in progress["skills"]} == {"waiting", "ready", "begun"}
    assert (await house.ask("GET", f"/students/{student}/lesson"))["number"] == 2
    await house.ask("POST", f"/students/{student}/skip", 204, json={"piece": new["piece"]})


async def test_what_a_student_cannot_play_is_left_out(house: House) -> None:
    wish = {"nickname": "B", "equipment": {"reading": False, "hands": "left", "minutes": 5}}
    student = (await house.ask("POST", "/students", 201, json=wish))["student"]
    lesson = await house.ask("GET", f"/students/{student}/lesson")
    assert lesson["left_out"]["needs_reading"] > 20
    assert lesson["left_out"]["needs_other_hand"] > 3
    assert {step["hands"] for step in lesson["steps"]} == {"left"}
    assert abs(lesson["minutes"] - 5) <= 1
    changed = await house.ask("PATCH", f"/students/{student}", json={"equipment": {"minutes": 20}})
    assert changed["equipment"]["minutes"] == 20
    bad = {"equipment": {"lowest": 90, "highest": 40}}
    answer = await house.ask("PATCH", f"/students/{student}", 400, json=bad)
    assert answer["error"]["where"] == "equipment"


async def test_a_student_moves_to_another_box_and_is_erased_everywhere(house: House, tmp_path: Path) -> None:
    student = (await house.ask("POST", "/students", 201, json={"nickname": "Wanderer"}))["student"]
    await house.ask("PUT", "/playing", json={"student": student})
    file = await house.ask("POST", f"/students/{student}/export", json=PASSPHRASE)
    assert b"Wanderer" not in file
    other = await built(tmp_path, "there")
    try:
        headers = {"X-Passphrase": "seven%20black%20cats"}
        told = await other.ask("POST", "/student-files", data=file, headers=headers)
        assert told == {"student": student, "nickname": "Wanderer", "added": 2}
        await other.ask("POST", "/student-files", 400, data=file, headers={"X-Passphrase": "wrong%20passphrase"})
        await house.ask("DELETE", f"/students/{student}", 204)
        await house.ask("GET", f"/students/{student}", 404)
        assert (await house.ask("GET", "/playing"))["student"] is None
        await house.ask("POST", "/student-files", 409, data=file, headers=headers)
        erased = await house.ask("GET", "/erased-students")
        assert erased == {"students": [student]}
        await other.ask("POST", "/erased-students", json=erased)
        assert (await other.ask("GET", "/students"))["students"] == []
    finally:
        await other.close()


async def test_strangers_and_nonsense_are_refused(house: House) -> None:
    nobody = "0" * 32
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/lesson"), ("POST", "/lesson")):
        await house.ask(method, f"/students/{nobody}{path}", 404)
    await house.ask("PUT", "/playing", 404, json={"student": nobody})
    await house.ask("POST", "/students", 400, json={"nickname": ""})
    await house.ask("POST", "/students", 400, data=b"\xff")
    await house.ask("POST", "/student-files", 400, data=b"MOSPUP1\n")
    await house.ask("POST", "/erased-students", 400, json={"students": ["../../x"]})


def test_a_day_is_counted_only_while_the_date_is_known() -> None:
    unset, told = datetime(1970, 1, 3, tzinfo=UTC), datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    assert known_day(unset, quality_of(unset)) is None
    assert known_day(told, quality_of(told)) == 20_784
    assert known_day(told, Quality.CARRIED_OVER) is None
