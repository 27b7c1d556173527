from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.tutor.harmony.labels import Chord
from mos_appliance.tutor.harmony.voicing import LEFT_HAND, REST, SATB, Ensemble, Moment, voice
from tests.tutor.harmony.faults import faults


def moments_of(rows: list[tuple[int, str, int, int]]) -> list[Moment]:
    return [Moment(Chord(root, kind, root), first, last, True) for root, kind, first, last in rows]


CADENCE = [(0, "maj", 72, 72), (5, "maj", 72, 72), (7, "7", 71, 71), (0, "maj", 72, 72)]


@pytest.mark.parametrize("ensemble", [SATB, LEFT_HAND], ids=lambda ensemble: ensemble.name)
def test_a_cadence_is_whole_and_without_faults(ensemble: Ensemble) -> None:
    moments = moments_of(CADENCE)
    voices = voice(moments, ensemble, 0)
    assert faults(voices, moments, ensemble) == []
    for row, moment in zip(voices.tolist(), moments, strict=True):
        assert moment.chord is not None
        tones = {pitch % 12 for pitch in (*row, moment.first)}
        assert tones <= set(moment.chord.tones)
        assert moment.chord.tones[1] in tones


def test_the_leading_tone_rises_to_the_tonic() -> None:
    moments = moments_of([(7, "7", 74, 74), (0, "maj", 72, 72)])
    voices = voice(moments, SATB, 0)
    held = [before for before, _ in zip(*voices.tolist(), strict=True) if before % 12 == 11]
    after = [after for before, after in zip(*voices.tolist(), strict=True) if before % 12 == 11]
    assert after == [pitch + 1 for pitch in held]


def test_no_chord_is_silence() -> None:
    voices = voice([Moment(None, 72, 72, True), *moments_of(CADENCE)], SATB, 0)
    assert voices[0].tolist() == [REST] * 3
    assert (voices[1:] != REST).all()


def test_nothing_is_voiced_for_nothing() -> None:
    assert voice([], SATB, 0).shape == (0, 3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 11),
            st.sampled_from(["maj", "min", "dim", "7", "min7"]),
            st.integers(60, 81),
            st.integers(60, 81),
        ),
        min_size=1,
        max_size=24,
    ),
    st.integers(0, 11),
)
def test_whatever_the_chords_and_the_melody_no_rule_is_broken(
    rows: list[tuple[int, str, int, int]], tonic: int
) -> None:
    for ensemble in (SATB, LEFT_HAND):
        moments = moments_of(rows)
        assert faults(voice(moments, ensemble, tonic), moments, ensemble) == []


def test_the_judge_finds_each_kind_of_fault() -> None:
    moments = moments_of([(0, "maj", 79, 79), (2, "min", 77, 77)])
    parallel = np.array([[48, 55, 64], [50, 57, 65]])
    assert any("parallel" in fault for fault in faults(parallel, moments, SATB))
    crossed = np.array([[48, 64, 60], [50, 57, 65]])
    assert any("cross" in fault for fault in faults(crossed, moments, SATB))
    outside = np.array([[30, 55, 64], [50, 53, 69]])
    assert any("range" in fault for fault in faults(outside, moments, SATB))
