from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.library.finding import search, search_notes
from mos_appliance.library.melody import steps_of
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.library.ranking import weight
from mos_appliance.music.cid import cid_of
from mos_appliance.store import library_index
from mos_appliance.store.library_index import LibraryIndex
from tests.library.catalogue import Catalogue

TUNE = [60, 62, 64, 65, 67, 67, 69, 69, 69, 69, 67]
OTHER = [67, 64, 64, 65, 62, 62, 60, 64, 67, 72, 67, 64]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LibraryIndex]:
    found = LibraryIndex(tmp_path / "index.db", durable=False)
    yield found
    found.close()


def put(
    index: LibraryIndex, title: str, composer: str = "", fame: int = 0, line: list[int] = TUNE, **facts: object
) -> str:
    piece = Piece(cid_of(f"{title}{composer}{fame}".encode()), title, composer, Facts(**facts), steps_of(line))  # type: ignore[arg-type]
    with index.transaction():
        index.add(piece, weight(shelf=False, pinned=False, opened=0, told=fame))
    return piece.cid


def titles(index: LibraryIndex, text: str) -> list[str]:
    return [hit.title for hit in search(index, text)]


def test_every_keystroke_of_a_title_finds_it_in_every_script(index: LibraryIndex) -> None:
    for title in (
        "Für Elise",
        "Ёлочка",
        "さくらさくら",
        "茉莉花",
        "아리랑",
        "राग यमन",
        "أغنية الحب",
        "שיר ערש",
        "Ὕμνος",
    ):
        put(index, title)
        for length in range(1, len(title) + 1):
            assert title in titles(index, title[:length]), title[:length]


def test_the_very_title_comes_before_more_famous_ones_that_only_begin_so(index: LibraryIndex) -> None:
    put(index, "Air on a string", fame=15)
    put(index, "Airs", fame=14)
    put(index, "Air")
    assert titles(index, "air") == ["Air", "Air on a string", "Airs"]


def test_among_equals_what_is_opened_often_comes_first(index: LibraryIndex) -> None:
    put(index, "Minuet", "A")
    put(index, "Minuet", "B", fame=9)
    assert [hit.composer for hit in search(index, "minuet")] == ["B", "A"]


def test_words_may_come_from_title_composer_and_tags_in_any_order(index: LibraryIndex) -> None:
    put(index, "Menuet in G", "Christian Petzold", tags=("baroque",))
    put(index, "Menuet in F", "Leopold Mozart")
    assert titles(index, "petzold menuet") == ["Menuet in G"]
    assert titles(index, "baroque men") == ["Menuet in G"]
    assert titles(index, "menuet") == ["Menuet in G", "Menuet in F"]


def test_a_title_in_another_language_finds_the_piece(index: LibraryIndex) -> None:
    put(index, "Jasmine", titles={"zh": "茉莉花", "de": "Jasminblüte"})
    assert titles(index, "茉莉") == titles(index, "jasminblute") == ["Jasmine"]


def test_key_level_and_hands_narrow_a_search_and_can_stand_alone(index: LibraryIndex) -> None:
    put(index, "Dance one", key="D minor", difficulty=1.2, hands=2)
    put(index, "Dance two", key="D minor", difficulty=4.0, hands=1)
    assert titles(index, "dance level:0-2") == ["Dance one"]
    assert titles(index, "key:Dm hands:1") == ["Dance two"]
    assert titles(index, "dance key:C") == []


def test_nothing_typed_shows_the_weightiest(index: LibraryIndex) -> None:
    put(index, "a")
    put(index, "b", fame=5)
    assert titles(index, "") == ["b", "a"]
    assert titles(index, "...") == []


def test_a_few_notes_find_a_piece_in_any_key_and_octave(index: LibraryIndex) -> None:
    cid = put(index, "Tune")
    put(index, "Other", line=OTHER)
    for by in (-5, 3, 24):
        (hit,) = search_notes(index, [pitch + by for pitch in TUNE[:6]])
        assert (hit.cid, hit.how) == (cid, "start")
    mixed = [pitch + 12 * (number % 2) for number, pitch in enumerate(TUNE[:6])]
    assert [hit.cid for hit in search_notes(index, mixed)] == [cid]


def test_the_middle_of_a_melody_finds_it_after_those_that_begin_so(index: LibraryIndex) -> None:
    put(index, "Begins", line=TUNE[3:9])
    put(index, "Inside", fame=9)
    assert [(hit.title, hit.how) for hit in search_notes(index, TUNE[3:8])] == [
        ("Begins", "start"),
        ("Inside", "inside"),
    ]


@pytest.mark.parametrize(
    "played",
    [
        [60, 62, 64, 65, 66, 67, 69, 69],
        [60, 62, 64, 65, 67, 69, 69, 69, 69],
        [60, 62, 64, 65, 65, 67, 67, 69, 69],
        [60, 62, 64, 66, 67, 67, 69, 69],
    ],
    ids=["wrong", "missing", "additional", "a semitone off"],
)
def test_one_note_may_be_amiss(index: LibraryIndex, played: list[int]) -> None:
    put(index, "Tune")
    put(index, "Other", line=OTHER)
    assert [(hit.title, hit.how) for hit in search_notes(index, played)] == [("Tune", "amiss")]


@pytest.mark.parametrize("pitches", [[], [60, 62], [60] * 65, [60, 62, 200]])
def test_notes_that_cannot_be_looked_for_are_refused(index: LibraryIndex, pitches: list[int]) -> None:
    with pytest.raises(BadInput, match="notes"):
        search_notes(index, pitches)


def test_every_piece_of_a_catalogue_is_found_by_its_title_and_by_its_notes(index: LibraryIndex) -> None:
    pieces = [piece for piece, _ in Catalogue().pieces(400)]
    with index.transaction():
        for piece in pieces:
            index.add(piece, 0)
        index.tidy()
    for piece in pieces[::7]:
        assert piece.cid in {hit.cid for hit in search(index, f"{piece.title} {piece.composer}", 50)}
        line = [60]
        for step in piece.steps:
            line.append(48 + (line[-1] + "abcdefghijkl".index(step)) % 12)
        assert piece.cid in {hit.cid for hit in search_notes(index, line[:12], 50)}


def test_a_piece_taken_out_is_found_no_more_and_leaves_nothing_in_the_index(index: LibraryIndex) -> None:
    put(index, "Stays", line=OTHER)
    cid = put(index, "Goes")
    with index.transaction():
        assert index.take_out(cid) is not None
    assert titles(index, "goes") == [] == search_notes(index, TUNE[:6])
    assert titles(index, "stays") == ["Stays"]
    for table in ("word", "gram"):
        index.database.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    assert index.count() == 1


def test_words_are_indexed_anew_when_they_are_folded_in_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = LibraryIndex(tmp_path / "index.db", durable=False)
    cid = put(index, "Für Elise")
    index.close()
    monkeypatch.setattr(library_index, "FOLDING", "2")
    monkeypatch.setattr(library_index, "words_of", lambda piece: [piece.title[0]])
    index = LibraryIndex(tmp_path / "index.db", durable=False)
    assert index.with_words('"f"', 5) != []
    assert index.with_words('"elise"', 5) == []
    with index.transaction():
        index.take_out(cid)
    assert index.with_words('"f" *', 5) == []
    index.close()


def test_a_tempo_is_found_alone_and_with_words_and_one_number_means_about_so_much(index: LibraryIndex) -> None:
    for title, tempo in (("Slow walk", 60.0), ("Walk", 80.0), ("Quick walk", 120.0), ("Walk of no tempo", 0.0)):
        put(index, title, tempo=tempo)
    assert set(titles(index, "tempo:60-80")) == {"Slow walk", "Walk"}
    assert titles(index, "walk tempo:78") == ["Walk"]
    assert titles(index, "qui tempo:100-200") == ["Quick walk"]
    assert titles(index, "tempo:1-20") == []
    with pytest.raises(BadInput, match="tempo:fast"):
        search(index, "tempo:fast")
