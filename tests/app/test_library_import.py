"""Importing with the real worker: what kills it, what it may not do, and what others bring."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mos_appliance.app import library_workshop
from mos_appliance.app.library_collections import music21, pianobooster
from mos_appliance.app.library_import import Import, Source
from mos_appliance.app.library_shelf import engrave_shelf, renew
from mos_appliance.app.library_worker import Job
from mos_appliance.app.library_workshop import Workshop
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.finding import search
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.music.umf.document import new_umf, write_umf
from mos_appliance.store.library import Library
from tests.library.scores import score_of

DATA = Path(__file__).parents[1] / "data"
TWO_HANDS = DATA / "musicxml" / "two_hands.musicxml"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    found = Library(tmp_path / "library", durable=False)
    yield found
    found.close()


@pytest.fixture
def worker() -> Iterator[Workshop]:
    found = Workshop()
    yield found
    found.close()


def deadly(folder: Path, body: str) -> tuple[str, ...]:
    """A worker that does something evil with a file of that name."""
    program = f"""
import mos_appliance.app.library_worker as worker
look_at = worker.look_at
def evil(job):
    if job.name == "evil.umf" or (job.name == "odd.umf" and job.layouts):
        {body}
    return look_at(job)
worker.look_at = evil
worker.main()
"""
    file = folder / "worker.py"
    file.write_text(program)
    return (sys.executable, str(file))


def tune(folder: Path, name: str, line: list[int] | None = None) -> Path:
    file = folder / f"{name}.umf"
    file.write_bytes(write_umf(new_umf(name, score_of(line or [60, 62, 64, 65, 67, 65, 64, 62]))))
    return file


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import os; os.abort()", "ended the import's worker"),
        ("while True: pass", "longer than an import may"),
        ("bytearray(4 << 30)", "more memory than an import may have"),
        ("def deep(): deep()\n        deep()", "nested too deeply"),
    ],
    ids=["crash", "endless", "memory", "depth"],
)
def test_a_file_that_kills_the_worker_is_one_line_and_the_rest_goes_on(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, why: str
) -> None:
    body = f"worker.resource.setrlimit(worker.resource.RLIMIT_CPU, (1, 2))\n        {body}" if "while" in body else body
    monkeypatch.setattr(library_workshop, "WORKER", deadly(tmp_path, body))
    monkeypatch.chdir(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    files = [tune(tmp_path, "before"), tune(tmp_path, "evil"), tune(tmp_path, "after", [60, 64, 67, 72])]
    summary = Import(library).run(Source(file) for file in files)
    assert [piece.title for piece in summary.added] == ["before", "after"]
    (failed,) = summary.failed
    assert failed.file.endswith("evil.umf") and why in failed.why


def test_a_score_that_kills_the_engraver_is_added_without_pages(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_workshop, "WORKER", deadly(tmp_path, "import os; os.abort()"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    summary = Import(library, ["phone"]).run([Source(tune(tmp_path, "odd"))])
    assert [piece.title for piece in summary.added] == ["odd"]
    assert "ended the import's worker" in summary.unengraved[0].why


def test_the_worker_can_write_no_file(worker: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
import mos_appliance.app.library_worker as worker
def nosy(job):
    try:
        with open("/tmp/mos-worker-was-here", "wb") as file:
            file.write(b"x")
        told = "wrote"
    except OSError:
        told = "wrote nothing"
    return worker.Answer(where="file", why=told)
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
worker.look_at = nosy
worker.main()
"""
    monkeypatch.setattr(library_workshop, "WORKER", (sys.executable, "-c", program))
    with pytest.raises(BadInput, match="wrote nothing"):
        worker.ask(Job("x.umf", b""))
    Path("/tmp/mos-worker-was-here").unlink(missing_ok=True)


def test_progress_is_told_for_every_file(library: Library, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    files = [tune(tmp_path, "a"), TWO_HANDS]
    Import(library, progress=lambda *row: told.append(row)).run(Source(file) for file in files)
    assert told == [(0, 2, "a.umf"), (1, 2, "two_hands.musicxml"), (2, 2, "")]


def test_every_layout_of_a_score_knows_all_its_notes(worker: Workshop) -> None:
    answer = worker.ask(Job("two.musicxml", TWO_HANDS.read_bytes(), layouts=tuple(LAYOUTS)))
    from mos_appliance.library.engraved import decode  # noqa: PLC0415

    maps = [decode(data) for data in answer.pages.values()]
    heads = [{note.id for note in found.map.notes} for found in maps if found is not None]
    assert len(heads) == len(LAYOUTS)
    assert all(row == heads[0] for row in heads)
    assert all(found is not None and [bar.bar for bar in found.map.bars] == [1, 2, 3] for found in maps)


def test_ids_that_no_page_may_have_come_back_in_the_map(worker: Workshop) -> None:
    made = new_umf("x", score_of([60, 62, 64, 65]))
    made["score"]["parts"][0]["measures"][0]["sequences"][0]["content"][0]["notes"][0]["id"] = 'a "b" <c>'
    answer = worker.ask(Job("x.umf", write_umf(made), layouts=("phone",)))
    from mos_appliance.library.engraved import decode, unpacked  # noqa: PLC0415

    engraved = decode(answer.pages["phone"])
    assert engraved is not None
    assert 'a "b" <c>' in {note.id for note in engraved.map.notes}
    assert b"<c>" not in unpacked(engraved.pages[0])


def test_the_course_of_piano_booster_comes_with_its_licence(library: Library, tmp_path: Path) -> None:
    archive = tmp_path / "books.zip"
    with zipfile.ZipFile(archive, "w") as books:
        books.writestr("Books/Beginner Course/01-First.mid", (DATA / "midi" / "two_hands.mid").read_bytes())
        books.writestr("Books/readme.html", "no music")
    summary = Import(library).run(pianobooster(archive))
    (piece,) = summary.added
    assert (piece.facts.licence, piece.facts.source) == ("CC-BY-4.0", "pianobooster: Beginner Course")
    assert not library.standing(piece.cid).pinned, "it can be brought again"
    with pytest.raises(Unavailable, match="apt install pianobooster"):
        list(pianobooster(tmp_path / "nothing.zip"))
    archive.write_bytes(io.BytesIO(b"no zip").read())
    with pytest.raises(BadInput, match="no good archive"):
        list(pianobooster(archive))


def test_chorales_of_music21_are_bach_and_called_by_their_number(library: Library, tmp_path: Path) -> None:
    (tmp_path / "bwv1.6.mxl").write_bytes((DATA / "musicxml" / "two_hands.mxl").read_bytes())
    summary = Import(library).run(music21(tmp_path))
    assert [piece.facts.licence for piece in summary.added] == ["LicenseRef-music21-corpus"]
    assert search(library.index, "chorale")[0].title == "Two hands"


def test_the_shelf_is_renewed_and_what_people_did_with_it_stays(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    tune(folder, "first"), tune(folder, "second", [60, 64, 67, 72])
    own = tune(tmp_path, "mine", [72, 71, 69])
    Import(library).run([Source(own)])
    assert len(renew(library, folder).added) == 2
    old = library.shelf()["first.umf"]
    library.read(old)
    assert renew(library, folder).added == []
    tune(folder, "first", [60, 62, 64, 60])
    (folder / "second.umf").unlink()
    (newer,) = renew(library, folder).added
    assert library.shelf() == {"first.umf": newer.cid}
    assert library.standing(newer.cid).opened == 1
    assert sorted(hit.title for hit in search(library.index, "")) == ["first", "mine"]
    assert library.restore(old), "for a day the older one can be had"


def test_the_shelf_is_engraved_in_all_layouts(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    tune(folder, "first")
    renew(library, folder)
    assert engrave_shelf(library) == []
    assert all(library.keeper.pages(library.shelf()["first.umf"], layout) for layout in LAYOUTS)
