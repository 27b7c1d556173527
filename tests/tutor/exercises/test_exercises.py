"""Scales and chords are right in all keys; composed bars keep the rules of their level."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from mos_appliance.music.formats import format_of_bytes
from mos_appliance.music.notes import NoteList
from mos_appliance.tutor.exercises.keys import MAJOR, MINOR, Key
from mos_appliance.tutor.exercises.melodies import LEVELS, ear, rhythm, sight_reading
from mos_appliance.tutor.exercises.scales import broken_chord, cadence, scale
from mos_appliance.tutor.exercises.sheet import Sheet

KEYS = [*(Key(tonic) for tonic in MAJOR), *(Key(tonic, minor=True) for tonic in MINOR)]
STEPS = {False: [2, 2, 1, 2, 2, 2, 1], True: [2, 1, 2, 2, 1, 3, 1]}
BOTH = ("right", "left")


def read(sheet: Sheet) -> NoteList:
    data = sheet.abc().encode()
    return format_of_bytes(data).notes(data, False)


def hand(notes: NoteList, number: int) -> list[int]:
    return [int(row["pitch"]) for row in notes.notes if row["part"] == number]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_scale_goes_up_and_down_by_its_keys_steps(key: Key) -> None:
    notes = read(scale(key, BOTH))
    right, left = hand(notes, 0), hand(notes, 1)
    assert [later - earlier for earlier, later in pairwise(right[:8])] == STEPS[key.minor]
    assert right[7:] == right[7::-1]
    assert [pitch - 12 for pitch in right] == left
    assert 57 <= right[0] <= 68


def test_two_octaves_are_twice_as_long() -> None:
    assert [max(hand(read(scale(Key("E"), ["right"], octaves)), 0)) - 64 for octaves in (1, 2)] == [12, 24]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_cadence_leads_from_the_tonic_over_the_dominant_home(key: Key) -> None:
    notes = read(cadence(key, ["right"]))
    chords = [
        sorted(int(row["pitch"]) for row in notes.notes if row["onset"] == onset)
        for onset in sorted({int(row["onset"]) for row in notes.notes})
    ]
    tonic = chords[0][0]
    third = 3 if key.minor else 4
    classes = [{(pitch - tonic) % 12 for pitch in chord} for chord in chords[:4]]
    assert classes == [
        {0, third, 7},
        {0, 5, 8 if key.minor else 9},
        {2, 7, 11},
        {0, third, 7},
    ]
    assert chords[4:] == chords[:4]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_broken_chord_has_the_tonics_notes_alone(key: Key) -> None:
    right = hand(read(broken_chord(key, ["right"])), 0)
    third = 3 if key.minor else 4
    assert {(pitch - right[0]) % 12 for pitch in right} == {0, third, 7}


@pytest.mark.parametrize("level", range(LEVELS))
@pytest.mark.parametrize("make", [sight_reading, ear])
def test_a_composed_melody_begins_and_ends_on_the_tonic_within_its_range(make, level: int) -> None:  # type: ignore[no-untyped-def]
    for seed in range(40):
        notes = read(make(level, random.Random(seed).randrange))
        right = hand(notes, 0)
        assert (right[0] - right[-1]) % 12 == 0
        widest = {0: 7, 1: 7, 2: 12, 3: 15, 4: 19}[level]
        assert max(right) - min(right) <= widest
        bars = {int(row["bar"]) for row in notes.notes}
        assert bars == set(range(1, max(bars) + 1)), "no bar is empty, none overflows"
        if level == 0:
            assert all(abs(later - earlier) <= 2 for earlier, later in pairwise(right))


def test_the_same_chance_composes_the_same_bars_and_another_others() -> None:
    made = [sight_reading(2, random.Random(seed).randrange).abc() for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_the_left_hand_comes_with_the_fourth_level_and_fits_the_bars() -> None:
    assert list(sight_reading(2, random.Random(1).randrange).voices) == ["right"]
    notes = read(sight_reading(3, random.Random(1).randrange))
    assert len(hand(notes, 1)) == 8


def test_a_rhythm_is_one_key_in_many_lengths() -> None:
    notes = read(rhythm(3, random.Random(5).randrange))
    assert set(hand(notes, 0)) == {67}
    assert len({int(row["duration"]) for row in notes.notes}) >= 3
