from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mos_appliance.errors import BadInput, Corrupt, Unavailable
from mos_appliance.library.finding import search
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.cid import cid_of
from mos_appliance.store import library_keeping
from mos_appliance.store.library import Arrival, Library

DAY_S = 24 * 3600
NOW_S = 1_900_000_000


@pytest.fixture
def clock() -> list[float]:
    return [NOW_S]


@pytest.fixture
def library(tmp_path: Path, clock: list[float]) -> Iterator[Library]:
    found = Library(tmp_path / "library", durable=False, wall_time=lambda: clock[0])
    yield found
    found.close()


def arrival(title: str, *, pinned: bool = True, shelf: str = "", size: int = 100) -> Arrival:
    data = title.encode().ljust(size, b".")
    return Arrival(Piece(cid_of(data), title, "", Facts(bytes=size)), data, pinned, shelf)


def titles(library: Library) -> list[str]:
    return [hit.title for hit in search(library.index, "")]


def test_the_same_bytes_are_stored_once(library: Library) -> None:
    assert len(library.add([arrival("a"), arrival("a"), arrival("b")])) == 2
    assert library.add([arrival("a")]) == []
    assert library.status().pieces == 2
    assert len(library.content.cids()) == 2


def test_a_piece_is_read_as_it_came_and_damage_is_seen(library: Library) -> None:
    (piece,) = library.add([arrival("a")])
    assert library.read(piece.cid) == arrival("a").data
    next((library._root / "content").glob(f"??/{piece.cid}")).write_bytes(b"rotten")
    with pytest.raises(Corrupt):
        library.read(piece.cid)
    with pytest.raises(Unavailable, match="add it again"):
        library.read(piece.cid)
    library.add([arrival("a")])
    assert library.read(piece.cid) == arrival("a").data


def test_what_is_opened_rises(library: Library) -> None:
    library.add([arrival("first"), arrival("second")])
    library.read(arrival("second").piece.cid)
    assert titles(library) == ["second", "first"]
    assert library.standing(arrival("second").piece.cid).opened == 1


def test_a_removed_piece_comes_back_within_a_day_as_it_was(library: Library, clock: list[float]) -> None:
    (piece,) = library.add([arrival("a")])
    library.read(piece.cid)
    before = library.standing(piece.cid)
    library.remove(piece.cid)
    assert titles(library) == []
    with pytest.raises(BadInput, match="not in the library"):
        library.read(piece.cid)
    clock[0] += DAY_S - 60
    library.tidy()
    assert library.restore(piece.cid)
    assert library.standing(piece.cid) == before
    assert titles(library) == ["a"]


def test_after_a_day_what_was_removed_is_gone_for_good(library: Library, clock: list[float]) -> None:
    (piece,) = library.add([arrival("a")])
    library.remove(piece.cid)
    clock[0] += DAY_S + 60
    library.tidy()
    assert not library.restore(piece.cid)
    assert library.content.cids() == []


def test_while_the_clock_was_never_set_nothing_is_forgotten(library: Library, clock: list[float]) -> None:
    clock[0] = 0
    (piece,) = library.add([arrival("a")])
    library.remove(piece.cid)
    clock[0] = NOW_S
    library.tidy()
    assert library.restore(piece.cid)


def test_adding_what_was_removed_brings_it_back(library: Library) -> None:
    (piece,) = library.add([arrival("a")])
    library.remove(piece.cid)
    assert library.add([arrival("a")]) == []
    assert titles(library) == ["a"]


def test_what_is_of_the_shelf_stays(library: Library) -> None:
    (piece,) = library.add([arrival("a", shelf="a.umf")])
    with pytest.raises(BadInput, match="stays"):
        library.remove(piece.cid)
    with pytest.raises(BadInput, match="stays"):
        library.pin(piece.cid, False)


def test_when_the_share_is_full_the_longest_unused_goes_first_and_what_is_pinned_stays(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([arrival("pinned", size=40_000), arrival("old", pinned=False, size=40_000)])
    library.add([arrival("new", pinned=False, size=40_000)])
    library.keeper.keep_pages(arrival("new", size=40_000).piece.cid, "phone", b"x" * 40_000)
    used = library.keeper.used_bytes()
    monkeypatch.setattr(library_keeping, "share_bytes", lambda *_: used + 1000)
    library.add([arrival("coming", size=60_000)])
    assert library.keeper.pages(arrival("new", size=40_000).piece.cid, "phone") is None
    here = {title: library.standing(arrival(title, size=40_000).piece.cid).here for title in ("pinned", "old", "new")}
    assert here == {"pinned": True, "old": False, "new": True}
    assert "old" in titles(library), "it is still known, and can be brought again"
    with pytest.raises(Unavailable, match="full"):
        library.add([arrival("too much", size=400_000)])
    assert "too much" not in titles(library)


def test_a_file_that_was_evicted_is_taken_in_again(library: Library) -> None:
    (piece,) = library.add([arrival("a", pinned=False)])
    library.content.drop(piece.cid)
    with library.index.transaction():
        library.index.database.execute("DELETE FROM held")
    library.add([arrival("a")])
    assert library.read(piece.cid) == arrival("a").data
    assert titles(library) == ["a"]


def test_damaged_pages_are_as_if_they_were_not_there(library: Library) -> None:
    (piece,) = library.add([arrival("a")])
    library.keeper.keep_pages(piece.cid, "phone", b"pages")
    assert library.keeper.pages(piece.cid, "phone") == b"pages"
    (file,) = (library._root / "engraved").glob("*/*.phone")
    file.write_bytes(file.read_bytes()[:-1])
    assert library.keeper.pages(piece.cid, "phone") is None


def test_a_broken_index_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"this is no database" * 100)
    with pytest.raises((Corrupt, Unavailable), match="index"):
        Library(tmp_path)


ADDER = """
import sys
from pathlib import Path
from tests.store.test_library import arrival
from mos_appliance.store.library import Library
library = Library(Path(sys.argv[1]))
for number in range(100):
    library.add([arrival(f"piece {number} {place}") for place in range(8)])
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_library_is_whole_after_its_process_was_killed(tmp_path: Path, after: int) -> None:
    command = (sys.executable, "-c", ADDER, str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as child:
        assert child.stdout is not None
        for _ in range(after):
            told = int(child.stdout.readline())
        time.sleep(0.002 * after)
        os.kill(child.pid, signal.SIGKILL)
    library = Library(tmp_path)
    try:
        with_files = {cid for cid in library.content.cids() if library.standing(cid).here}
        known = {f"piece {number} {place}" for number in range(told + 1) for place in range(8)}
        assert known <= {hit.title for hit in search(library.index, "piece", 200)}
        for cid in with_files:
            library.read(cid, opening=False)
        assert library.status().pieces == library.status().held == len(with_files)
        assert library.status().pieces % 8 == 0, "a batch is there or not"
        library.add([arrival("one more")])
        assert set(library.content.cids()) == with_files | {arrival("one more").piece.cid}
        assert list((tmp_path / "content" / ".new").iterdir()) == []
    finally:
        library.close()


def test_several_processes_may_open_a_new_library_at_once(tmp_path: Path) -> None:
    opener = "import pathlib, sys, mos_appliance.store.library as it; it.Library(pathlib.Path(sys.argv[1])).status()"
    children = [subprocess.Popen((sys.executable, "-c", opener, str(tmp_path))) for _ in range(4)]
    assert [child.wait() for child in children] == [0, 0, 0, 0]


def test_a_library_of_a_newer_version_is_still_used(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.index.database.execute("ALTER TABLE held ADD COLUMN later TEXT")
    library.index.database.execute("CREATE TABLE later (word TEXT)")
    library.index.database.execute("PRAGMA user_version=99")
    library.close()
    library = Library(tmp_path)
    (piece,) = library.add([arrival("a")])
    library.remove(piece.cid)
    assert library.restore(piece.cid)
    library.close()
