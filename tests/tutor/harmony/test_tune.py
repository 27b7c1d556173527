from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.smf import KEY_SIGNATURE, TIME_SIGNATURE, Meta, Smf, Track
from mos_appliance.tutor.harmony.features import FEATURES, features_of
from mos_appliance.tutor.harmony.tune import tune_of_smf
from tests.app.scores import QUARTER, smf_of


def with_metas(smf: Smf, *metas: Meta) -> Smf:
    return Smf(smf.kind, smf.division, (Track(metas, smf.end_tick),), smf.events)


def scale(count: int, length: int = QUARTER) -> Smf:
    return smf_of([(place * length, length, 60 + place, 80) for place in range(count)])


def test_a_beat_is_a_quarter_in_common_time_and_three_eighths_in_six_eight() -> None:
    common = tune_of_smf(scale(8))
    assert [(beat.start, beat.place, beat.of) for beat in common.beats[:5]] == [
        (0, 0, 4), (1, 1, 4), (2, 2, 4), (3, 3, 4), (4, 0, 4)
    ]  # fmt: skip
    jig = tune_of_smf(with_metas(scale(12, QUARTER // 2), Meta(0, TIME_SIGNATURE, bytes((6, 3, 36, 8)))))
    assert [beat.start for beat in jig.beats] == [0, Fraction(3, 2), 3, Fraction(9, 2)]
    assert {beat.of for beat in jig.beats} == {2}


def test_an_upbeat_is_the_end_of_its_bar() -> None:
    metres = Meta(0, TIME_SIGNATURE, bytes((1, 2, 24, 8))), Meta(QUARTER, TIME_SIGNATURE, bytes((3, 2, 24, 8)))
    tune = tune_of_smf(with_metas(scale(7), *metres))
    assert [(beat.start, beat.place) for beat in tune.beats[:4]] == [(0, 0), (1, 0), (2, 1), (3, 2)]


def test_the_highest_notes_are_the_melody_and_a_note_ends_where_the_next_begins() -> None:
    rows = [
        (0, 4 * QUARTER, 48, 80),
        (0, 2 * QUARTER, 72, 80),
        (QUARTER, QUARTER, 74, 80),
        (2 * QUARTER, QUARTER, 71, 80),
    ]
    tune = tune_of_smf(smf_of(rows))
    assert tune.pitches.tolist() == [72, 74, 71]
    assert tune.ends.tolist() == [1.0, 2.0, 3.0]


def test_the_key_is_the_file_s_or_else_guessed_and_that_is_said() -> None:
    said = tune_of_smf(with_metas(scale(8), Meta(0, KEY_SIGNATURE, bytes((0xFD, 0)))))
    assert (said.fifths, said.key_known) == (-3, True)
    major = smf_of(
        [(n * QUARTER, QUARTER, 62 + step, 80) for n, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0))]
    )
    guessed = tune_of_smf(major)
    assert (guessed.fifths, guessed.key_known) == (2, False)


def test_a_transposed_tune_looks_the_same_to_the_network_but_for_its_height() -> None:
    rows = [(n * QUARTER, QUARTER, pitch, 80) for n, pitch in enumerate((60, 64, 67, 65, 62, 59, 60))]
    low = tune_of_smf(with_metas(smf_of(rows), Meta(0, KEY_SIGNATURE, b"\x00\x00")))
    high = tune_of_smf(
        with_metas(
            smf_of([(at, long, pitch + 2, loud) for at, long, pitch, loud in rows]), Meta(0, KEY_SIGNATURE, b"\x02\x00")
        )
    )
    one, other = features_of(low), features_of(high)
    assert one.shape == (len(low.beats), FEATURES)
    plain = [column for column in range(FEATURES) if not 36 <= column < 48]
    assert np.array_equal(one[:, plain], other[:, plain])
    assert np.allclose((other - one)[:, 36:48][one[:, 36:48] > 0], 2 / 48)


def test_nothing_is_no_melody() -> None:
    with pytest.raises(BadInput, match="no melody"):
        tune_of_smf(smf_of([]))
    drums = smf_of([(0, QUARTER, 36, 80)], channel=9)
    with pytest.raises(BadInput, match="no melody"):
        tune_of_smf(drums)
