"""The library's API in the whole hub: real HTTP, real imports, real engraving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mos_appliance.app import hub, librarian
from mos_appliance.companion.library_routes import LIBRARY_ROUTES
from mos_appliance.companion.openapi import describe
from mos_appliance.companion.routes import ROUTES
from mos_appliance.music.cid import cid_of
from mos_appliance.music.umf.document import new_umf, read_umf, write_umf
from tests.fakes.engine import FakeEngine
from tests.library.test_writing_down import four_bars
from tests.loop_guard import loop_guard, task_guard
from tests.music.mnx.scores import scale_bar, score

__all__ = ["loop_guard", "task_guard"]

TWO_HANDS = (Path(__file__).parents[1] / "data" / "musicxml" / "two_hands.musicxml").read_bytes()


class House:
    """A hub and somebody who asks it; every answer must be one that `openapi.json` promises."""

    def __init__(self, root: Path) -> None:
        (root / "run").mkdir()
        self.engine = FakeEngine(root / "run")
        self.hub = hub.Hub(root / "run", root / "data", "127.0.0.1", 0)
        self.http = aiohttp.ClientSession()
        self._promised = describe((*ROUTES, *LIBRARY_ROUTES), "test")["paths"]

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        url = f"http://127.0.0.1:{self.hub.port}/api/v1{path if path.startswith('/takes') else f'/library{path}'}"
        async with self.http.request(method, url, **more) as answer:
            content = await answer.read()
            assert answer.status == status, content
            assert str(status) in {
                code for row in self._promised.values() for one in row.values() for code in one["responses"]
            }
            return await answer.json() if answer.content_type == "application/json" else content

    async def bring(self, data: bytes, name: str, **more: Any) -> dict[str, Any]:
        return await self.done(
            await self.ask("POST", "/imports", 202, data=data, headers={"X-Name": name}, params=more)
        )

    async def done(self, state: dict[str, Any]) -> dict[str, Any]:
        """What came of an import."""
        async with asyncio.timeout(240):
            while state["state"] in ("waiting", "running"):
                await asyncio.sleep(0.05)
                state = await self.ask("GET", f"/imports/{state['number']}")
        return dict(state)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "first.umf").write_bytes(write_umf(new_umf("First tune", score(scale_bar("C4", "D4", "E4", "C4")))))
    monkeypatch.setattr(hub, "SHELF", shelf)
    monkeypatch.setattr(librarian, "SHELF_AFTER_S", 0.0)
    made = House(tmp_path)
    made.engine.start(statistics=False)  # time passes when a test says so
    await made.hub.start()
    yield made
    await made.http.close()
    await made.hub.stop()
    await made.engine.stop()


async def test_a_score_is_brought_found_shown_engraved_played_removed_and_restored(house: House) -> None:
    state = await house.bring(TWO_HANDS, "two%20hands.musicxml")
    cid = cid_of(TWO_HANDS)
    assert (state["state"], state["added"], state["name"]) == ("done", [cid], "two hands.musicxml")
    assert (await house.bring(TWO_HANDS, "again.musicxml"))["known"] == [cid]

    found = await house.ask("GET", "", params={"q": "two ha"})
    assert [hit["cid"] for hit in found["hits"]] == [cid]
    by_notes = await house.ask("GET", "", params={"notes": "65,67,69,70"})
    assert [(hit["cid"], hit["how"]) for hit in by_notes["hits"]] == [(cid, "start")]

    piece = await house.ask("GET", f"/pieces/{cid}")
    assert (piece["title"], piece["key"], piece["hands"], piece["pinned"]) == ("Two hands", "F major", 2, True)
    assert await house.ask("GET", f"/pieces/{cid}/file") == TWO_HANDS

    where = await house.ask("GET", f"/pieces/{cid}/pages/phone")
    page = await house.ask("GET", f"/pieces/{cid}/pages/phone/1")
    assert all(f'id="{note["id"]}"'.encode() in page for note in where["notes"] if note["page"] == 1)

    song = await house.ask("POST", f"/pieces/{cid}/play")
    assert song["title"] == "Two hands"

    await house.ask("DELETE", f"/pieces/{cid}", 204)
    assert (await house.ask("GET", "", params={"q": "two"}))["hits"] == []
    await house.ask("GET", f"/pieces/{cid}", 404)
    assert (await house.ask("POST", f"/pieces/{cid}/restore"))["cid"] == cid
    await house.ask("POST", f"/pieces/{cid}/restore", 404)


async def test_a_take_becomes_a_piece_and_is_corrected_by_a_few_taps(house: House) -> None:
    for pitches in ((48, 60), (62,), (64,), (65,), (52, 67), (), (67,), ()) * 2:
        for pitch in pitches:
            house.engine.press(pitch)
        house.engine.tick(0.5)
        for pitch in pitches:
            house.engine.let_go(pitch)
        house.engine.tick(0.05)
        await asyncio.sleep(0)  # the hub hears it
    house.engine.tick(21.0)
    async with asyncio.timeout(5):
        while not (takes := await house.ask("GET", "/takes")) or takes[0]["recording"]:
            await asyncio.sleep(0.05)
    assert takes[0]["notes"] == 16
    name = f"/takes/{takes[0]['take']}/piece"
    first = await house.done(await house.ask("POST", name, 202, params={"title": "Four bars", "bars": "2"}))
    assert (first["state"], first["failed"], first["unengraved"], first["replaced"]) == ("done", [], [], "")
    assert {row["what"] for row in first["guessed"]} >= {"key"}
    (cid,) = first["added"]
    assert (await house.ask("GET", f"/pieces/{cid}"))["bars"] == 2

    taps = {"bars": "4", "metre": "4/4", "key": "G"}
    state = await house.done(await house.ask("POST", f"/pieces/{cid}/notation", 202, params=taps))
    (better,) = state["added"]
    assert state["replaced"] == cid
    piece = await house.ask("GET", f"/pieces/{better}")
    assert (piece["title"], piece["key"], piece["bars"], piece["format"]) == ("Four bars", "G major", 4, "UMF")
    assert read_umf(await house.ask("GET", f"/pieces/{better}/file"))["score"]
    assert (await house.ask("GET", f"/pieces/{better}/pages/phone"))["bars"]
    await house.ask("GET", f"/pieces/{cid}", 404)
    assert (await house.ask("POST", f"/pieces/{cid}/restore"))["cid"] == cid

    await house.ask("POST", name, 400, params={"meter": "3/4"})
    wrong = await house.done(await house.ask("POST", name, 202, params={"metre": "3/5"}))
    assert (wrong["state"], wrong["failed"][0]["where"]) == ("failed", "metre")
    await house.ask("POST", "/takes/000099/piece", 404)


async def test_a_midi_file_that_is_brought_can_be_written_down(house: House) -> None:
    state = await house.bring(four_bars(), "played.mid", notate="yes", bars="4", title="")
    (cid,) = state["added"]
    piece = await house.ask("GET", f"/pieces/{cid}")
    assert (piece["format"], piece["bars"], piece["form"]) == ("UMF", 4, "score")
    assert (await house.bring(four_bars(), "played.mid"))["added"] == [cid_of(four_bars())]
    headers = {"X-Name": "played.mid"}
    for wrong in ({"notate": "perhaps"}, {"bars": "4"}):
        await house.ask("POST", "/imports", 400, data=four_bars(), headers=headers, params=wrong)


async def test_the_shelf_is_there_after_the_first_start_and_stays(house: House) -> None:
    async with asyncio.timeout(240):
        while not (hits := (await house.ask("GET", "", params={"q": "first"}))["hits"]):
            await asyncio.sleep(0.1)
    cid = hits[0]["cid"]
    piece = await house.ask("GET", f"/pieces/{cid}")
    assert (piece["shelf"], piece["pinned"]) == ("first.umf", True)
    await house.ask("DELETE", f"/pieces/{cid}", 409)
    await house.ask("PATCH", f"/pieces/{cid}", 409, json={"pinned": False})


async def test_a_bad_file_fails_with_its_place(house: House) -> None:
    state = await house.bring(TWO_HANDS[:-400], "torn.musicxml")
    assert (state["state"], state["added"]) == ("failed", [])
    (failure,) = state["failed"]
    assert failure["file"] == "torn.musicxml"
    assert failure["where"].startswith("line ")
    state = await house.bring(b"?", "what.xyz")
    assert "is not read" in state["failed"][0]["why"]


WRONG = (
    ("GET", "/pieces/nothing", 404),
    ("GET", f"/pieces/{cid_of(b'x')}/file", 404),
    ("GET", "?most=many", 400),
    ("GET", "?notes=60,C4", 400),
    ("GET", "?notes=60", 400),
    ("GET", "?q=level:99", 400),
    ("GET", "/imports/999", 404),
    ("GET", "/imports/x", 404),
    ("DELETE", "/pieces/..%2f..%2fetc", 404),
)


async def test_what_is_wrong_is_answered_in_its_terms(house: House) -> None:
    for method, path, status in WRONG:
        told = await house.ask(method, path, status)
        assert told["error"]["why"], path
    for name in ("", "..", ".hidden.mid", "a" * 101 + ".mid"):
        told = await house.ask("POST", "/imports", 400, data=b"x", headers={"X-Name": name})
        assert told["error"]["where"] == "X-Name"
