"""Notes straight from the XML are those that the way through MNX gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from mos_appliance.errors import BadInput
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.musicxml.files import musicxml_notes, read_checked
from mos_appliance.music.musicxml.notes_in import plain_notes
from mos_appliance.music.notes import NOTE, NoteList
from tests.music.musicxml.test_rhythm import BODIES
from tests.music.musicxml.test_score import DATA, GOOD, score


def same(one: NoteList, other: NoteList) -> bool:
    facts = [(notes.division, notes.parts, notes.ids, notes.passes) for notes in (one, other)]
    columns = (np.array_equal(one.notes[name], other.notes[name], equal_nan=True) for name in NOTE.names or ())
    return facts[0] == facts[1] and all(columns)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_both_ways_give_the_same_notes(path: Path) -> None:
    data = path.read_bytes()
    assert same(musicxml_notes(data, False), score_notes(read_checked(data).document, False))


def test_a_plain_file_is_read_straight() -> None:
    assert plain_notes((DATA / "two_hands.musicxml").read_bytes()) is not None


def test_percussion_and_parts_by_bars_take_the_way_through_mnx() -> None:
    assert plain_notes((DATA / "odd_song.musicxml").read_bytes()) is None


@pytest.mark.parametrize("end", ["<dot/><rest/><staff>1</staff>", "<dot/><staff>1</staff><rest/>"])
def test_a_note_that_is_a_rest_too_takes_the_way_through_mnx(end: str) -> None:
    front = "<note>{}<pitch><step>{}</step><octave>4</octave></pitch><duration>3</duration><voice>1</voice>"
    first = front.format("", "C") + "<type>quarter</type><dot/><staff>1</staff></note>"
    second = front.format("<chord/>", "E") + f"<type>quarter</type>{end}</note>"  # found by fuzzing
    data = score(f"<attributes><divisions>2</divisions></attributes>{first}{second}")
    assert plain_notes(data) is None
    assert same(musicxml_notes(data, False), score_notes(read_checked(data).document, False))


def test_repeats_are_written_out_on_demand() -> None:
    data = (DATA / "two_hands.musicxml").read_bytes()
    assert len(musicxml_notes(data, True).notes) > len(musicxml_notes(data, False).notes)


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_whatever_the_rhythm_both_ways_agree(body: str) -> None:
    data = score(body)
    straight = plain_notes(data)
    if straight is None:
        return
    try:
        through = score_notes(read_checked(data).document, False)
    except BadInput:
        pytest.fail("what was read straight is refused by MNX")
    assert same(straight, through)


@pytest.mark.parametrize("end", ["</note>", "</note >", "</note\n>"])
def test_where_a_note_ends_is_where_its_own_tag_ends(end: str) -> None:
    inside = (
        "<pitch><step>C</step><octave>4</octave></pitch><duration>1</duration><notehead>x</notehead><staff>1</staff>"
    )
    data = score(f"<attributes><divisions>1</divisions></attributes><note>{inside}<voice>2</voice>{end}")
    notes = musicxml_notes(data, False)
    assert same(notes, score_notes(read_checked(data).document, False))
    assert notes.notes["voice"].tolist() == [2]
