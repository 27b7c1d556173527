"""Readers of the public sources, and a comparison that finds one wrong note."""

from fractions import Fraction
from pathlib import Path

import pytest

from shelf.compare.__main__ import specs
from shelf.compare.abc import read_abc
from shelf.compare.judge import compare
from shelf.compare.kern import read_kern
from shelf.compare.lily import read_lily
from shelf.compare.line import Note
from shelf.compare.repositories import COMMITS
from shelf.compare.symbtr import read_symbtr
from shelf.compiler import pieces, sources

KERN = "**kern\n*M2/4\n{4g\n8.a\n16b-\n=1\n[4cc\n4cc]\n4r\n*-\n"


def line(notes: list[Note]) -> list[tuple[Fraction, int]]:
    return [(note.onset, note.pitch) for note in notes]


def test_kern_is_read_with_dots_flats_and_ties() -> None:
    quarter = Fraction(1, 4)
    assert line(read_kern(KERN)) == [(0, 67), (quarter, 69), (quarter + Fraction(3, 16), 70), (2 * quarter, 72)]


def test_abc_is_read_with_key_broken_rhythm_and_octaves() -> None:
    tune = "X:1\nT:One\nM:2/4\nL:1/8\nK:D\nF>c d'|\n\nX:2\nT:Two\nK:C\nC\n"
    assert line(read_abc(tune, "One")) == [(0, 66), (Fraction(3, 16), 73), (Fraction(1, 4), 86)]
    assert line(read_abc(tune, "Two")) == [(0, 60)]


@pytest.mark.parametrize(
    ("text", "language", "pitches"),
    [
        (r"a = \relative c' { c4 g' c, b\rest d }", "nederlands", [60, 67, 60, 62]),
        (r"a = { c'4 fis'8 bes' <c' e'>4 }", "nederlands", [60, 66, 70, 64]),
        (r"a = { cs'4 bf'8 }", "english", [61, 70]),
        (r"a = { do'4 sib'8 fad' }", "italiano", [60, 70, 66]),
        (r"""a = { \key d \major c'4 ~ c' << { e' } \\ { g } >> \bar "|." }""", "nederlands", [60, 64]),
    ],
)
def test_lilypond_is_read_relative_and_absolute_in_its_languages(text: str, language: str, pitches: list[int]) -> None:
    assert [note.pitch for note in read_lily(text, "a", language)] == pitches


def test_of_voices_side_by_side_any_can_be_read() -> None:
    text = r"a = { << { e'2 } \\ { c'4 d' } >> f'4 }"
    assert [note.pitch for note in read_lily(text, "a", voice=0)] == [64, 65]
    assert [note.pitch for note in read_lily(text, "a", voice=1)] == [60, 62, 65]


def test_symbtr_is_read_from_commas() -> None:
    rows = ["Sira\tKod\tNota53\tNotaAE\tKoma53\tKomaAE\tPay\tPayda"]
    rows += ["1\t51\t\t\t0\t0\t2\t4", "2\t9\tRe5\tD5\t327\t327\t1\t8", "3\t9\tEs\tEs\t-1\t-1\t1\t8"]
    rows += ["4\t9\tFa4#4\tF4#4\t291\t291\t1\t4"]
    assert line(read_symbtr("\n".join(rows))) == [(0, 74), (Fraction(1, 4), 66)]


def one_piece(tmp_path: Path, music: str) -> tuple[str, ...]:
    place = tmp_path / "someone+songs"
    place.mkdir()
    (place / "song.ly").write_text(f"melody = {{ {music} }}")
    spec = {"repo": "someone/songs", "path": "song.ly", "reader": "lily", "name": "melody", "ratio": "2"}
    piece = next(piece for piece in pieces() if piece.name == "lure-lure-laempken")
    return compare(piece.document, spec, tmp_path).differences


LURE = "d'8 d' e' e' fis'4 d' d'8 d' e' e' fis'4 d' fis'8 fis' e' d' fis'4 fis' e'8 e' e' fis' d'4 d'"


def test_another_key_and_shorter_notes_are_no_difference(tmp_path: Path) -> None:
    assert one_piece(tmp_path, LURE) == ()


def test_one_wrong_note_is_told_with_its_place(tmp_path: Path) -> None:
    (told,) = one_piece(tmp_path, LURE.replace("e'8 e' e' fis'", "e'8 e' g' fis'"))
    assert told.startswith("note 21: ")


def test_one_wrong_length_is_told(tmp_path: Path) -> None:
    assert len(one_piece(tmp_path, LURE.replace("fis'4 d' d'8", "fis'4. d'8 d'8", 1))) == 1


def test_what_is_not_ours_has_a_source_at_a_pinned_commit() -> None:
    for source in sources("pieces"):
        assert bool(specs(source)) == (source["composer"] != "MOS"), source["id"]
        assert all(spec["repo"] in COMMITS for spec in specs(source))
