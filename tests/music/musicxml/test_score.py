from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.document import judge
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.musicxml.score_in import read_musicxml
from mos_appliance.music.musicxml.score_out import write_musicxml
from tests.music.musicxml.oracle import score_of

DATA = Path(__file__).parents[2] / "data" / "musicxml"
GOOD = sorted(path for path in DATA.glob("*.musicxml") if not path.stem.endswith(("_invalid", "_truncated")))
BAD = sorted(path for path in DATA.iterdir() if path.stem.endswith(("_invalid", "_truncated")))


def document_of(name: str) -> Json:
    return read_musicxml((DATA / name).read_bytes()).document


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_notes_and_marks_are_the_same_after_a_way_through_mnx(path: Path) -> None:
    before = score_of(path.read_bytes())
    written = write_musicxml(read_musicxml(path.read_bytes()).document)
    after = score_of(written.data)
    assert after.notes == before.notes
    assert after.marks == before.marks
    assert after.lengths == before.lengths
    assert written.lost == ()


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_what_was_written_is_read_to_the_same_document(path: Path) -> None:
    document = read_musicxml(path.read_bytes()).document
    again = read_musicxml(write_musicxml(document).data).document
    assert again == document


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_what_is_read_is_good_mnx(path: Path) -> None:
    verdict = judge(read_musicxml(path.read_bytes()).document, strict=True)
    assert verdict.errors == ()
    assert verdict.odd == ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_a_damaged_twin_is_refused_in_one_line(path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        read_musicxml(path.read_bytes())
    assert "\n" not in str(refusal.value)


def test_the_notes_are_those_that_sound_with_their_ties_merged() -> None:
    notes = score_notes(document_of("two_hands.musicxml"), False)
    rows = [(int(row["onset"]), int(row["duration"]), int(row["pitch"])) for row in notes.notes]
    quarter = notes.division
    assert (2 * quarter, 5 * quarter, 72) in rows, "C5 is tied over the bar line"
    assert (quarter // 3, quarter // 3, 67) in rows, "the second note of the triplet"


def test_a_clarinet_sounds_a_whole_tone_lower_than_it_is_written() -> None:
    score = document_of("odd_song.musicxml")
    notes = score_notes(score, False)
    assert int(notes.notes[0]["pitch"]) == 60
    assert score["parts"][0]["transposition"]["interval"] == {"halfSteps": 2, "staffDistance": 1}
    assert score["global"]["measures"][0]["key"]["fifths"] == 0, "D major as written is C major as it sounds"


def test_what_mnx_has_words_for_stands_in_its_words() -> None:
    score = document_of("two_hands.musicxml")
    bars = score["global"]["measures"]
    assert bars[0]["time"] == {"count": 4, "unit": 4, "display": "common"}
    assert own(bars[0]["key"]) == {"mode": "major"}
    assert bars[0]["repeatStart"] == {}
    assert bars[1]["repeatEnd"] == {}
    assert bars[1]["ending"] == {"duration": 1, "numbers": [1]}
    assert bars[2]["ending"] == {"duration": 1, "numbers": [2], "open": True}
    assert bars[0]["tempos"][0]["bpm"] == 92
    first = score["parts"][0]["measures"][0]
    assert [row["value"] for row in first["dynamics"]] == ["mp"]
    assert [row["type"] for row in own(first)["hairpins"]] == ["crescendo"]
    assert [row["type"] for row in own(first)["pedals"]] == ["start"]
    assert [clef["clef"]["sign"] for clef in first["clefs"]] == ["G", "F"]
    tuplet = first["sequences"][0]["content"][0]
    assert (tuplet["inner"]["multiple"], tuplet["outer"]["multiple"]) == (3, 2)
    staccato = first["sequences"][0]["content"][1]
    assert staccato["markings"] == {"staccato": {}}
    assert own(staccato["notes"][0])["fingering"] == ["3"]


def test_layout_of_a_page_is_told_as_lost() -> None:
    reading = read_musicxml((DATA / "two_hands.musicxml").read_bytes())
    assert {row.what for row in reading.lost} == {"measure@width", "dynamics@default-x"}
    assert reading.unread == ()


def test_words_that_are_none_of_musicxml_are_told_as_unread() -> None:
    data = (DATA / "two_hands.musicxml").read_bytes()
    data = data.replace(b"<staves>", b"<gizmo>1</gizmo><staves>").replace(b"<fermata/>", b'<fermata shine="2"/>')
    reading = read_musicxml(data)
    assert {row.what for row in reading.unread} == {"gizmo", "fermata@shine"}
    assert reading.unread[0].where == "part P1, bar 1"


def test_what_the_writer_does_not_know_is_told_as_lost() -> None:
    score = document_of("two_hands.musicxml")
    event = score["parts"][0]["measures"][0]["sequences"][0]["content"][1]
    event["orient"] = "up"
    event["_x"] = {"com.example": {"mood": "gay"}}
    lost = {row.what for row in write_musicxml(score).lost}
    assert lost == {"orient", "_x.com.example"}


def test_a_change_in_mnx_wins_over_the_element_that_was_kept() -> None:
    score = document_of("odd_song.musicxml")
    measure = score["parts"][0]["measures"][0]
    own(measure)["chords"][0]["label"] = "F:maj7"
    measure["sequences"][0]["content"][0]["lyrics"]["lines"]["2"]["text"] = "Hi"
    marks = score_of(write_musicxml(score).data).marks
    said = {mark.text for mark in marks if mark.kind in ("harmony", "lyric 2")}
    assert "F major-seventh  []" in said
    assert "single Hi" in said


def test_notes_of_a_voice_that_overlap_keep_their_times() -> None:
    note = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>{}</duration><voice>1</voice></note>"
    back = "<backup><duration>3</duration></backup>"
    body = f"<attributes><divisions>3</divisions></attributes>{note.format(4)}{back}{note.format(5)}{note.format(7)}"
    before = score_of(score(body))
    after = score_of(write_musicxml(read_musicxml(score(body)).document).data)
    assert after.notes == before.notes
    assert {note.duration for note in after.notes} == {Fraction(4, 3), Fraction(5, 3), Fraction(7, 3)}


def score(body: str) -> bytes:
    part_list = '<part-list><score-part id="P1"><part-name/></score-part></part-list>'
    part = f'<part id="P1"><measure number="1">{body}</measure></part>'
    return f"<score-partwise>{part_list}{part}</score-partwise>".encode()
