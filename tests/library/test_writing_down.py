"""What was played becomes a piece, and is corrected as often as somebody likes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.library.writing_down import EXTENSION, Written, write_down
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import format_of
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.smf_write import write_smf
from mos_appliance.music.umf.document import new_umf, read_umf, write_umf
from mos_appliance.music.umf.performances import performance_smf
from tests.music.mnx.scores import scale_bar, score

MIDI, UMF, MNX = format_of("a.mid"), format_of("a.umf"), format_of("a.mnx")
RIGHT = [(0, 60), (1, 62), (2, 64), (3, 65), (4, 67), (6, 67), (8, 69), (9, 69), (10, 69), (11, 69), (12, 67)]
LEFT = [(0, 48), (4, 52), (8, 53), (12, 48)]


def four_bars(beat_ms: float = 550.0) -> bytes:
    """Both hands of a song's beginning as a person plays it, nearly in time, letting go a little early."""
    chance = random.Random(4)
    notes = []
    for line in (RIGHT, LEFT):
        for (at, pitch), (until, _) in zip(line, [*line[1:], (16, 0)], strict=True):
            start = max(0.0, at * beat_ms + chance.gauss(0, 12))
            notes.append({"startMs": start, "durationMs": (until - at) * beat_ms * 0.9, "pitch": pitch, "velocity": 80})
    notes.sort(key=lambda note: note["startMs"])
    parts = [{"name": "A take"}]
    return write_smf(performance_smf({"id": "x", "notes": notes, "parts": parts}, "A take"))


def rows(written: Written) -> list[tuple[int, int, int, str]]:
    """Bar, staff, pitch and length in quarters of every note."""
    piece = score_notes(written.document["score"])
    return [
        (int(row["bar"]), int(row["staff"]), int(row["pitch"]), str(int(row["duration"]) / piece.division))
        for row in piece.notes
    ]


def again(written: Written, **words: str) -> Written:
    return write_down(written.data, UMF, words)


def bars(written: Written) -> int:
    return len(written.document["score"]["global"]["measures"])


def test_four_played_bars_are_written_on_two_staves_as_they_were_meant() -> None:
    written = write_down(four_bars(), MIDI, {"bars": "4", "title": "Four bars"})
    assert bars(written) == 4
    got = [row for row in rows(written) if row[1] == 2]
    assert got == [(1, 2, 48, "4.0"), (2, 2, 52, "4.0"), (3, 2, 53, "4.0"), (4, 2, 48, "4.0")]
    assert [row[2] for row in rows(written) if row[1] == 1] == [pitch for _, pitch in RIGHT]
    assert rows(written)[-1][3] == rows(written)[-2][3] == "4.0"  # held to the end, though let go a little early
    assert written.document["metadata"]["title"] == "Four bars"
    assert [part["name"] for part in written.document["score"]["parts"]] == ["Acoustic Grand Piano"]
    assert (source := written.document["provenance"]["derivedFrom"][0])["cid"] == cid_of(four_bars()), source


def test_what_was_guessed_is_told_and_what_was_said_is_not() -> None:
    guessed = {guess.what for guess in write_down(four_bars(), MIDI, {}).guessed}
    assert guessed == {"metre", "tempo", "key"}
    said = {"metre": "4/4", "tempo": "109", "key": "F"}
    written = write_down(four_bars(), MIDI, said)
    assert written.guessed == ()
    assert written.document["metadata"]["key"] == "F major"


def test_a_correction_begins_from_what_was_played_and_adds_to_those_before() -> None:
    first = write_down(four_bars(), MIDI, {"bars": "2"})
    assert bars(first) == 2
    second = again(first, bars="4")
    third = again(second, key="G", title="Better")
    assert rows(again(third, key="")) == rows(second) == rows(write_down(four_bars(), MIDI, {"bars": "4"}))
    assert third.document["extensions"][EXTENSION] == {"bars": "4", "key": "G", "title": "Better"}
    played = [document["performances"][0]["notes"] for document in (first.document, third.document)]
    assert [note["startMs"] for note in played[0]] == [note["startMs"] for note in played[1]]
    names = {note["score"] for note in played[1]}
    assert len(names) == len(RIGHT) + len(LEFT)
    assert [row["relation"] for row in third.document["provenance"]["derivedFrom"]] == [
        "written down from MIDI", "corrected",
    ]  # fmt: skip


def test_a_part_of_a_take_is_written_and_the_whole_is_kept() -> None:
    part = write_down(four_bars(), MIDI, {"to_s": "4.2", "bars": "2"})
    assert {row[2] for row in rows(part)} == {48, 52, 60, 62, 64, 65, 67}
    notes = part.document["performances"][0]["notes"]
    assert len(notes) == len(RIGHT) + len(LEFT)
    assert [("score" in note) for note in notes] == [note["startMs"] < 4200 for note in notes]
    assert rows(again(part, to_s="", bars="4")) == rows(write_down(four_bars(), MIDI, {"bars": "4"}))


def test_what_a_teacher_added_stays_and_a_signature_does_not() -> None:
    first = read_umf(write_down(four_bars(), MIDI, {"bars": "4"}).data)
    first["metadata"] |= {"composer": "Ms Ito", "licence": "CC0-1.0"}
    first["performances"][0]["marks"] = [{"by": "teacher", "kind": "praise", "notes": [0]}]
    first["extensions"]["com.example"] = {"kept": True}
    first["unknown"] = 7
    first["provenance"]["signatures"] = [{"algorithm": "Ed25519", "key": "A" * 43 + "=", "value": "A" * 86 + "=="}]
    written = write_down(write_umf(first), UMF, {"key": "F"}).document
    assert (written["metadata"]["composer"], written["metadata"]["licence"]) == ("Ms Ito", "CC0-1.0")
    assert written["performances"][0]["marks"] == first["performances"][0]["marks"]
    assert (written["extensions"]["com.example"], written["unknown"]) == ({"kept": True}, 7)
    assert "signatures" not in written["provenance"]


def test_a_score_that_was_never_played_can_be_corrected_too() -> None:
    document = new_umf("Scale", score(scale_bar("C4", "D4", "E4", "F4"), scale_bar("G4", "A4", "B4", "C5")))
    written = write_down(write_umf(document), UMF, {"metre": "2/4"})
    assert bars(written) == 4
    assert "performances" not in written.document


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ({"metre": "5/0"}, "metre"), ({"bars": "0"}, "bars"), ({"from_s": "soon"}, "from_s"),
        ({"meter": "3/4"}, "meter"), ({"from_s": "5", "to_s": "4"}, "to_s"),
        ({"tuplets": "perhaps"}, "correction"), ({"from_s": "900"}, "file"),
    ],
)  # fmt: skip
def test_what_is_no_correction_is_refused_by_name(words: dict[str, str], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        write_down(four_bars(), MIDI, words)
    assert refused.value.where == where


def test_what_stands_in_the_extension_is_not_trusted() -> None:
    document: Any = read_umf(write_down(four_bars(), MIDI, {"bars": "4"}).data)
    document["extensions"][EXTENSION] |= {"grid": 7, "later": "words", "metre": "x"}
    with pytest.raises(BadInput, match="metre"):
        write_down(write_umf(document), UMF, {})
    document["extensions"][EXTENSION] = [1]
    with pytest.raises(BadInput):
        write_down(write_umf(document), UMF, {})
