"""Hub and tutor over their real sockets and files: a piece is practised, judged, corrected; the tutor dies between."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mos_appliance.app import hub
from mos_appliance.app.library_import import Import, Source
from mos_appliance.companion.openapi import describe
from mos_appliance.companion.practice_routes import PRACTICE_ROUTES
from mos_appliance.companion.routes import ROUTES
from mos_appliance.store.library import Library
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import DataFile
from mos_appliance.wire.records import Kind, Record
from tests.app.test_hub import House, Page, until
from tests.loop_guard import loop_guard, task_guard

__all__ = ["loop_guard", "task_guard"]

SHELF = Path(__file__).parents[2] / "mos_appliance" / "shelf" / "pieces"
PATIENCE_S = 60.0
"""A process starts late on a busy machine."""
RIGHT_HAND = (64, 64, 65, 67, 67, 65, 64, 62)


class School(House):
    """A house with a tutor in it and a piece on its shelf."""

    def __init__(self, root: Path, piece: str) -> None:
        super().__init__(root)
        self.piece = piece
        self._promised = describe((*ROUTES, *PRACTICE_ROUTES), "test")["paths"]
        self.tutor: subprocess.Popen[bytes] | None = None

    def hire(self) -> None:
        """A tutor comes."""
        words = ("_tutor", "--run", str(self.run), "--data", str(self.data))
        self.tutor = subprocess.Popen((sys.executable, "-m", "mos_appliance", *words))

    def dismiss(self) -> None:
        """The tutor is killed."""
        if self.tutor is not None:
            self.tutor.kill()
            self.tutor.wait()
            self.tutor = None

    async def begin(self, **wishes: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.api}/practice", json={"piece": self.piece, **wishes}) as answer:
            assert answer.status == 200, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told

    async def get(self, path: str, status: int = 200) -> Any:
        async with self.http.get(f"{self.api}{path}") as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def play(self, *pitches: int) -> None:
        for pitch in pitches:
            self.engine.press(pitch)
            self.engine.tick(0.05)
            self.engine.let_go(pitch)
            self.engine.tick(0.2)
            await asyncio.sleep(0.08)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory whose library has one piece, and its CID."""
    data = tmp_path_factory.mktemp("shelf")
    library = Library(data / DataFile.LIBRARY)
    added = Import(library).run([Source(SHELF / "ode-to-joy.umf", pinned=True)]).added
    library.close()
    return data, added[0].cid


async def patiently(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)


@pytest.fixture
async def school(tmp_path: Path, shelf: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[School]:
    monkeypatch.setattr(hub, "SHELF", tmp_path / "no shelf")
    shutil.copytree(shelf[0], tmp_path / "data")
    made = School(tmp_path, shelf[1])
    made.engine.start(statistics=False)
    await made.hub.start()
    made.hire()
    await patiently(lambda: made.hub.hall.tutor.running)
    yield made
    made.dismiss()
    await made.http.close()
    await made.hub.stop()
    await made.engine.stop()


async def judged(school: School, page: Page) -> dict[str, Any]:
    """The judgement on the take, once the tutor has told of it."""
    told = await page.hear("judged", whole=True)
    await page.hear("practice", state="judged")
    judgement: dict[str, Any] = await school.get(f"/takes/{told['take']}/judgement")
    return judgement


async def test_wait_mode_refuses_a_wrong_note_and_goes_on_at_the_right_one(school: School) -> None:
    page = await school.page()
    await school.begin(hands=[0], to_bar=2)
    first = await page.hear("place")
    await school.play(65)
    refused = await page.hear("mark")
    assert (refused["verdict"], refused["pitch"], refused["note"]) == ("wrong", 65, "")
    assert refused["took_ms"] > 0
    await school.play(64)
    taken = await page.hear("mark")
    assert (taken["verdict"], taken["note"]) == ("right", first["note"])
    assert (await page.hear("place"))["note"] != first["note"]


async def test_the_walk_ends_with_the_last_note_and_is_judged_and_kept_with_its_take(school: School) -> None:
    page = await school.page()
    await school.begin(hands=[0], to_bar=2)
    await page.hear("place")
    await school.play(RIGHT_HAND[0], 60, *RIGHT_HAND[1:])
    judgement = await judged(school, page)
    assert (judgement["notes"], judgement["right"]) == (len(RIGHT_HAND) + 1, len(RIGHT_HAND))
    assert judgement["told"][0]["evidence"]["keys"] == [60]
    assert [mark["verdict"] for mark in judgement["marks"]] == ["wrong"]
    takes = await school.get("/takes")
    assert (takes[0]["take"], takes[0]["notes"]) == (judgement["take"], len(RIGHT_HAND) + 1)
    assert (await school.get("/practice"))["state"] == "judged"


async def test_flow_mode_follows_and_is_ended_by_hand(school: School) -> None:
    page = await school.page()
    await school.begin(mode="flow", hands=[0], marks=True)
    await page.hear("place")
    await school.play(*RIGHT_HAND)
    mark = await page.hear("mark", final=False)
    assert mark["verdict"] == "right"
    async with school.http.delete(f"{school.api}/practice") as answer:
        assert (await answer.json())["state"] == "judging"
    judgement = await judged(school, page)
    assert judgement["right"] == len(RIGHT_HAND)
    assert judgement["bars"] == [1, 2]


async def test_marks_are_not_told_live_unless_they_are_wanted(school: School) -> None:
    page = await school.page()
    await school.begin(mode="flow", hands=[0])
    await school.play(*RIGHT_HAND[:3])
    await page.hear("place", note="n2")  # a page that reads slowly is told the newest place only
    assert not [told for told in page.told if told["kind"] == "mark"]


async def test_the_grade_is_for_the_teacher_until_it_is_released_and_corrections_stay_beside(school: School) -> None:
    page = await school.page()
    await school.begin(mode="flow", hands=[0], to_bar=2)
    await page.hear("place")
    await school.play(*RIGHT_HAND)
    judgement = await judged(school, page)
    path = f"/takes/{judgement['take']}/judgement"
    assert (judgement["grade"], judgement["features"]) == (None, {})
    graded = await school.get(f"{path}/grade")
    assert 1.0 <= graded["grade"] <= 5.0
    mark = graded["marks"][0]
    changed = {"correction": {"mark": mark["mark"], "verdict": "late", "comment": "it dragged"}, "released": True}
    async with school.http.patch(f"{school.api}{path}", json=changed) as answer:
        assert answer.status == 200
    again = await school.get(path)
    assert again["grade"] == graded["grade"]
    assert again["marks"][0] == mark, "the machine's mark stays"
    assert (again["corrections"][0]["mark"], again["corrections"][0]["verdict"]) == (mark["mark"], "late")
    for wrong in ({"correction": {"mark": 9999, "verdict": "late"}}, {"correction": {"mark": 1, "verdict": "odd"}}):
        async with school.http.patch(f"{school.api}{path}", json=wrong) as answer:
            assert answer.status == 400


async def test_a_tutor_that_dies_comes_back_to_where_the_student_was(school: School) -> None:
    page = await school.page()
    await school.begin(hands=[0], to_bar=2)
    await page.hear("place")
    await school.play(64, 64)
    place = [await page.hear("place") for _ in range(2)][-1]
    school.dismiss()
    await school.play(72)
    school.hire()
    await patiently(lambda: school.hub.hall.tutor.restarts)
    again = await page.hear("place", note=place["note"])
    assert again["note"] == place["note"]
    await school.play(65)
    assert (await page.hear("mark", pitch=65))["verdict"] == "right"


async def test_a_hub_that_comes_back_knows_of_no_practice_and_begins_the_next_one(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await school.page()
    await school.begin(hands=[0])
    await page.hear("place")
    monkeypatch.setattr("mos_appliance.app.practice_hall.os.getpid", lambda: 4242)  # a hub in another process
    await school.restart_hub()
    await patiently(lambda: school.hub.hall.tutor.running)
    assert (await school.get("/practice"))["state"] == "none"
    page = await school.page()
    await school.begin(hands=[0])
    await page.hear("place")
    await school.play(64)
    assert (await page.hear("mark"))["verdict"] == "right"


async def test_what_cannot_be_practised_is_refused_in_a_sentence(school: School) -> None:
    asked: list[tuple[dict[str, Any], int]] = [
        ({"piece": "bafkreinothing"}, 404),
        ({"piece": school.piece, "hands": [7]}, 400),
        ({"piece": school.piece, "mode": "dance"}, 400),
        ({"piece": school.piece, "from_bar": 900}, 400),
        ({"piece": school.piece, "tempo_percent": 9000}, 400),
    ]
    for wish, status in asked:
        async with school.http.post(f"{school.api}/practice", json=wish) as answer:
            assert answer.status == status, wish
            assert (await answer.json())["error"]["why"]
    async with school.http.delete(f"{school.api}/practice") as answer:
        assert answer.status == 404
    await school.get("/practice/notes", 404)
    await school.get("/takes/999999/judgement", 404)


async def test_an_exercise_is_made_and_practised_like_any_piece(school: School) -> None:
    wish = {"kind": "scale", "key": "D", "hands": "right"}
    async with school.http.post(f"{school.api}/practice/exercises", json=wish) as answer:
        assert answer.status == 200, await answer.text()
        made = await answer.json()
    assert (made["title"], made["mode"]) == ("Scale of D major", "wait")
    school.piece = made["piece"]
    page = await school.page()
    await school.begin()
    await page.hear("place")
    await school.play(62, 64, 66)
    assert [(await page.hear("mark"))["verdict"] for _ in range(3)] == ["right"] * 3
    again = [{"kind": "ear", "seed": 7}, {"kind": "ear", "seed": 7}, {"kind": "ear", "seed": 8}]
    pieces = []
    for wish in again:
        async with school.http.post(f"{school.api}/practice/exercises", json=wish) as answer:
            pieces.append((await answer.json())["piece"])
    assert pieces[0] == pieces[1] != pieces[2]
    await school.get(f"/library/pieces/{pieces[2]}")
    await school.get(f"/library/pieces/{pieces[0]}", 404)
    async with school.http.post(f"{school.api}/practice/exercises", json={"kind": "scale", "key": "H"}) as answer:
        assert answer.status == 400


async def test_the_tutor_chooses_the_level_of_an_exercise_and_learns_from_how_it_went(school: School) -> None:
    async def ask(method: str, path: str, **wish: Any) -> Any:
        async with school.http.request(method, f"{school.api}{path}", json=wish) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    made = await ask("POST", "/practice/exercises", kind="sight-reading", seed=3)
    assert (made["level"], made["why"]) == (0, "")
    student = (await ask("POST", "/students", nickname="Ada"))["student"]
    await ask("PUT", "/playing", student=student)
    made = await ask("POST", "/practice/exercises", kind="sight-reading", seed=3)
    assert made["level"] == 0
    assert made["why"].startswith("At your level: ")
    school.piece = made["piece"]
    page = await school.page()
    told = await school.begin()
    await page.hear("place")
    notes = (await school.get("/practice/notes"))["notes"]
    await school.play(*(note["pitch"] for note in notes))
    await judged(school, page)
    skills = {row["skill"]: row for row in (await school.get(f"/students/{student}"))["skills"]}
    for skill in ("interval.step", "reading.treble"):
        assert skills[skill]["attempts"] == 1
    assert skills["interval.fifth"]["attempts"] == 0
    assert (await school.get(f"/students/{student}"))["passages_due"] == 0
    assert told["title"] == "To read, level 1"
    fixed = await ask("POST", "/practice/exercises", kind="rhythm", level=4)
    assert (fixed["level"], fixed["why"]) == (4, "")


async def test_the_other_hand_is_the_machines_and_all_is_as_before_when_it_is_over(school: School) -> None:
    await school.begin(mode="accompany", hands=[0])
    muted = {int(row.value("which")): row.value("value") for row in school.engine.asked if _is_mute(row)}
    assert muted == {0: 1.0, 1: 0.0}
    await school.play(64)
    await until(lambda: Kind.MOVE_TRANSPORT in school.engine.kinds())
    async with school.http.delete(f"{school.api}/practice") as answer:
        assert answer.status == 200
    muted = {int(row.value("which")): row.value("value") for row in school.engine.asked if _is_mute(row)}
    assert muted == {0: 0.0, 1: 0.0}


def _is_mute(row: Record) -> bool:
    return row.kind is Kind.SET_CONTROL and row.which == BY_NAME["muted"].number
