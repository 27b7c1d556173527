"""`mos library` as people use it: the real worker, the real engraver, real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import format_of
from mos_appliance.music.umf.document import new_umf, read_umf, write_umf
from mos_appliance.store.library import Library
from mos_appliance.store.take_format import MAGIC, Event, Facts, encode_events, encode_facts
from tests.library.test_writing_down import four_bars
from tests.music.mnx.scores import scale_bar, score

FILES = Path(__file__).parents[2] / "data"
TWO_HANDS = FILES / "musicxml" / "two_hands.musicxml"


class Desk:
    """`mos library --data DIR …` with what it printed."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys
        self.errors = ""

    def __call__(self, *words: object, code: int = 0) -> Any:
        assert main(["library", "--data", str(self.data), *map(str, words), "--json"]) == code
        told = self._capsys.readouterr()
        self.errors = told.err
        return json.loads(told.out) if told.out else None


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path / "data", capsys)


def tune(folder: Path, title: str, *pitches: str) -> Path:
    file = folder / f"{title}.umf"
    file.write_bytes(write_umf(new_umf(title, score(scale_bar(*pitches)))))
    return file


def test_a_file_gets_the_cid_that_mos_cid_gives_and_comes_back_byte_for_byte(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", TWO_HANDS, "--layouts", "none")["added"]
    assert piece == {"cid": cid_of(TWO_HANDS.read_bytes()), "title": "Two hands", "composer": "MOS"}
    desk("get", piece["cid"], "-o", tmp_path / "out.musicxml")
    assert (tmp_path / "out.musicxml").read_bytes() == TWO_HANDS.read_bytes()
    assert desk("add", TWO_HANDS)["known"] == [piece["cid"]]


def test_a_piece_is_written_in_another_format_when_the_name_asks_for_it(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", TWO_HANDS, "--layouts", "none")["added"]
    desk("get", piece["cid"], "-o", tmp_path / "out.mid")
    midi = format_of("x.mid").notes((tmp_path / "out.mid").read_bytes(), False)
    assert set(midi.notes["pitch"]) == set(format_of("x.xml").notes(TWO_HANDS.read_bytes(), True).notes["pitch"])


def test_as_umf_a_piece_knows_its_hands_its_grade_and_where_it_comes_from(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", TWO_HANDS, "--layouts", "none")["added"]
    desk("get", piece["cid"], "-o", tmp_path / "out.umf")
    made = read_umf((tmp_path / "out.umf").read_bytes())
    assert [row["hand"] for row in made["learning"]["hands"]] == ["right", "left"]
    assert (made["metadata"]["key"], made["metadata"]["composer"]) == ("F major", "MOS")
    assert made["metadata"]["difficulty"] == desk("show", piece["cid"])["difficulty"]
    assert made["provenance"]["derivedFrom"][0]["cid"] == piece["cid"]


def test_what_is_known_of_a_piece_is_shown(desk: Desk) -> None:
    (piece,) = desk("add", TWO_HANDS, "--layouts", "none")["added"]
    facts = desk("show", piece["cid"])
    assert {name: facts[name] for name in ("key", "metre", "tempo", "hands", "bars", "form", "here", "pinned")} == {
        "key": "F major", "metre": "4/4", "tempo": 92.0, "hands": 2, "bars": 3, "form": "score", "here": True,
        "pinned": True,
    }  # fmt: skip
    assert 0 < facts["difficulty"] < 5 and facts["estimated"]
    assert facts["source"] == "two_hands.musicxml"


def test_a_folder_is_added_and_each_bad_file_is_one_line(desk: Desk) -> None:
    told = desk("add", FILES, "--layouts", "none", code=1)
    bad = {Path(failed["file"]).name for failed in told["failed"]}
    assert {"two_hands_invalid.musicxml", "two_hands_truncated.mid", "two_hands_truncated.mxl"} <= bad
    assert len(desk.errors.splitlines()) == len(told["failed"])
    assert "two_hands_truncated.mid: track 3, byte 0x9e: the file ends inside this event" in desk.errors
    assert "Two hands" in {piece["title"] for piece in told["added"]}


def test_it_is_found_by_words_and_by_notes(desk: Desk, tmp_path: Path) -> None:
    desk("add", tune(tmp_path, "Going up", "C4", "D4", "E4", "F4"), tune(tmp_path, "Down", "G4", "F4", "E4", "D4"))
    assert [hit["title"] for hit in desk("search", "goi")["hits"]] == ["Going up"]
    found = desk("search", "--notes", "50 52 54 55")
    assert [hit["title"] for hit in found["hits"]] == ["Going up"]
    assert found["took_ms"] > 0
    assert desk("search", "level:0-2", "hands:1")["hits"] != []


def test_removed_is_not_lost(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", tune(tmp_path, "Going up", "C4", "D4", "E4", "F4"), "--layouts", "none")["added"]
    desk("remove", piece["cid"])
    assert desk("search", "going")["hits"] == []
    assert desk("removed")["removed"] == [piece]
    desk("restore", piece["cid"])
    assert [hit["cid"] for hit in desk("search", "going")["hits"]] == [piece["cid"]]
    desk("restore", piece["cid"], code=1)
    assert desk.errors.startswith("CID: ")


def test_what_may_go_is_said(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", "--evictable", tune(tmp_path, "a", "C4", "D4"), "--layouts", "none")["added"]
    assert desk("status")["pinned"] == 0
    desk("pin", piece["cid"])
    assert desk("status")["pinned"] == 1


def test_what_is_wrong_is_one_line(desk: Desk, tmp_path: Path) -> None:
    desk("show", cid_of(b"nothing"), code=1)
    assert "is not in the library" in desk.errors
    desk("search", "--notes", "60 C4 64", code=1)
    assert desk.errors.startswith("notes: are MIDI numbers")
    desk("add", tmp_path, code=1)
    assert desk.errors.startswith("PATH: no file")
    desk("add", "--from", "nowhere", code=1)
    assert "there are music21, pianobooster" in desk.errors


def test_scores_are_engraved_when_they_are_added(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", TWO_HANDS)["added"]
    library = Library(desk.data / "library")
    assert all(library.keeper.pages(piece["cid"], layout) for layout in LAYOUTS)
    library.close()
    desk("pages", piece["cid"], "-o", tmp_path / "pages", "--layout", "large")
    notes = json.loads((tmp_path / "pages" / "map.json").read_bytes())["notes"]
    heads = {note["id"] for note in notes}
    assert set(format_of("x.xml").notes(TWO_HANDS.read_bytes(), False).ids) <= heads
    page = (tmp_path / "pages" / "page-1.svg").read_text()
    assert page.startswith("<svg") and all(f'id="{head}"' in page for head in heads)


def test_a_played_file_is_written_down_corrected_and_restored(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "played.mid").write_bytes(four_bars())
    first = desk("notate", tmp_path / "played.mid", "--bars", "2", "--layouts", "none")
    assert (first["title"], first["replaced"], first["unread"]) == ("A take", "", [])
    second = desk("notate", first["cid"], "--bars", "4", "--title", "Four bars", "--layouts", "phone")
    assert second["replaced"] == first["cid"]
    assert [piece["cid"] for piece in desk("removed")["removed"]] == [first["cid"]]
    shown = desk("show", second["cid"])
    assert (shown["bars"], shown["title"], shown["source"]) == (4, "Four bars", "played.mid")
    assert desk("notate", second["cid"], "--layouts", "none")["cid"] != second["cid"]  # it says what it is made from
    desk("restore", first["cid"])
    desk("notate", tmp_path / "none.mid", code=1)
    desk("notate", "7", code=1)
    assert "no take 000007" in desk.errors


def test_a_take_is_written_down_as_one_keyboard_whatever_sounded(desk: Desk) -> None:
    facts = Facts(1, "Layers", controls={"layer_on": [1.0, 1.0, 0, 0], "program": [0, 48.0, 0, 0]})
    events = []
    for number, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72)):
        events += [Event(number * 26_000, 0x90, pitch, 80, 80), Event(number * 26_000 + 20_000, 0x80, pitch, 64, 0)]
    (desk.data / "takes").mkdir(parents=True)
    (desk.data / "takes" / "000003.take").write_bytes(MAGIC + encode_facts(facts) + encode_events(events))
    piece = desk("notate", "3", "--bars", "2", "--layouts", "none")
    shown = desk("show", piece["cid"])
    assert (shown["title"], shown["parts"], shown["notes"], shown["bars"]) == ("Layers", 1, 8, 2)


def test_pages_that_are_gone_are_engraved_again(desk: Desk, tmp_path: Path) -> None:
    (piece,) = desk("add", TWO_HANDS, "--layouts", "none")["added"]
    assert desk("pages", piece["cid"], "-o", tmp_path, "--layout", "phone")["pages"] == 1


def test_an_import_that_is_killed_leaves_whole_pieces_and_goes_on_when_asked_again(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(150):
        tune(folder, f"tune {number}", "C4", "D4", "E4", "F4", "GAB"[number % 3] + "4")
    command = (sys.executable, "-m", "mos_appliance", "library", "--data", str(desk.data), "add", str(folder))
    with subprocess.Popen((*command, "--layouts", "none"), stdout=subprocess.DEVNULL) as child:
        end = time.monotonic() + 60
        while time.monotonic() < end and desk_count(desk.data) < 40:
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
    library = Library(desk.data / "library")
    there = library.status()
    for cid in library.content.cids():
        if library.standing(cid).here:
            library.read(cid, opening=False)
    library.close()
    assert 40 <= there.pieces == there.held
    told = desk("add", folder, "--layouts", "none")
    assert len(told["known"]) == there.pieces
    assert len(told["added"]) == 150 - there.pieces
    assert desk("status")["pieces"] == 150


def desk_count(data: Path) -> int:
    if not (data / "library" / "index.db").exists():
        return 0
    library = Library(data / "library")
    try:
        return library.status().held
    finally:
        library.close()
