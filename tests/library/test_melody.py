from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.library.melody import GRAM, amiss, exact, index_words, pack, steps_of, unpack

lines = st.lists(st.integers(21, 108), min_size=2, max_size=60)


@given(lines, st.integers(-20, 20))
def test_a_melody_is_the_same_in_every_key(line: list[int], by: int) -> None:
    assert steps_of(line) == steps_of([pitch + by for pitch in line])


@given(lines, st.data())
def test_a_note_an_octave_off_does_not_matter(line: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(line) - 1))
    assert steps_of(line) == steps_of([*line[:place], line[place] + 12, *line[place + 1 :]])


@given(st.text("abcdefghijkl", max_size=300))
def test_packed_steps_come_back(steps: str) -> None:
    assert unpack(pack(steps)) == steps


@given(st.lists(st.integers(21, 108), min_size=4, max_size=40), st.data())
def test_any_four_notes_in_a_row_are_in_the_index(line: list[int], data: st.DataObject) -> None:
    length = data.draw(st.integers(4, min(12, len(line))))
    place = data.draw(st.integers(0, len(line) - length))
    indexed = index_words(steps_of(line))
    *_, inside = exact(steps_of(line[place : place + length]))
    for number, word in enumerate(inside.words):
        last = number == len(inside.words) - 1
        assert any(known.startswith(word) if inside.prefix and last else known == word for known in indexed)


def test_three_notes_are_looked_for_at_the_beginning_only() -> None:
    (only,) = exact(steps_of([60, 62, 64]))
    assert only.at_start


def test_a_wrong_a_missing_and_an_additional_note_are_among_what_is_tried() -> None:
    right = [60, 62, 64, 65, 67, 69, 67, 65]
    told = steps_of(right)
    for played in (
        [60, 62, 63, 65, 67, 69, 67, 65],
        [60, 62, 65, 67, 69, 67, 65],
        [60, 62, 64, 66, 65, 67, 69, 67, 65],
    ):
        assert told in {wanted.steps for wanted in amiss(played)}


def test_each_way_is_tried_once() -> None:
    ways = [wanted.steps for wanted in amiss([60, 62, 64, 65, 67, 69, 67, 65])]
    assert len(ways) == len(set(ways))


def test_a_short_melody_is_indexed_as_it_is() -> None:
    assert index_words("cc") == ["zcc", "cc"]
    assert index_words("") == []
    assert all(len(word) <= GRAM + 4 for word in index_words("abcdefghijkl" * 20))
