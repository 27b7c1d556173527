"""The cost table leaves room for what a block must do besides, and never asks for less or more than makes sense."""

from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.engine.costs import (
    BURST_SHARE,
    FADING_VOICES,
    FEWEST_STARTS,
    FEWEST_VOICES,
    MOST_STARTS,
    MOST_VOICES,
    OFFLINE,
    PATIENCE,
    SHARE,
    UNWAITED,
    CostTable,
    Probe,
    calibrate,
)
from tests.engine.recording_synth import RecordingSynth

CHUNK_NS = 64 * 1e9 / 48_000
A53 = CostTable(base_ns=53_000, voice_ns=4_700, start_ns=49_000, fade_ns=24_000, extra_ns=160_000)
"""What FluidSynth and the mixer cost on the virtual bench, a Cortex-A53 of a thousand million instructions a second."""
HALF = CostTable(*(2 * cost for cost in (A53.base_ns, A53.voice_ns, A53.start_ns, A53.fade_ns, A53.extra_ns)))
tables = st.builds(CostTable, *[st.integers(0, 2_000_000)] * 5)


def test_a_cortex_a53_has_room_for_66_voices_at_its_nominal_speed() -> None:
    assert A53.voices() >= 66


def test_at_half_the_speed_it_still_has_room_for_36() -> None:
    assert 36 <= HALF.voices() < A53.voices()


@given(tables)
def test_a_chunk_full_of_voices_and_the_fewest_starts_keeps_its_share_or_is_at_its_least(table: CostTable) -> None:
    assert FEWEST_VOICES <= table.voices() <= MOST_VOICES
    voices = table.voices() + FADING_VOICES
    cost = table.base_ns + table.extra_ns + voices * table.voice_ns + FEWEST_STARTS * table.start_ns
    assert cost <= SHARE * CHUNK_NS or table.voices() == FEWEST_VOICES


@given(tables, st.integers(0, 300))
def test_starts_fill_their_share_of_a_chunk_or_are_the_fewest(table: CostTable, voices: int) -> None:
    room = table.room_ns(64, voices)
    assert FEWEST_STARTS * table.start_ns <= room <= MOST_STARTS * table.start_ns
    cost = table.base_ns + voices * table.voice_ns + room
    assert cost <= BURST_SHARE * CHUNK_NS or room == FEWEST_STARTS * table.start_ns


@given(tables, st.sampled_from([48, 64]))
def test_the_wait_for_keys_and_all_that_may_go_on_leave_a_fifth_of_the_block(table: CostTable, frames: int) -> None:
    time_ns, voices = frames * 1e9 / 48_000, table.voices(frames) + FADING_VOICES
    cost = table.base_ns + table.extra_ns + voices * table.voice_ns + FEWEST_STARTS * table.start_ns
    patience = table.patience_ns(frames)
    assert patience == 0 or patience + cost <= UNWAITED * time_ns
    assert 0 <= patience <= PATIENCE * time_ns


def test_a_cortex_a53_waits_a_quarter_of_a_block_for_keys_and_at_half_its_speed_for_none() -> None:
    assert A53.patience_ns(64) == int(PATIENCE * CHUNK_NS)
    assert HALF.patience_ns(64) == 0


def test_offline_nothing_can_be_late_so_the_limits_are_the_largest() -> None:
    assert (OFFLINE.voices(), OFFLINE.room_ns(64, 240)) == (240, MOST_STARTS * OFFLINE.start_ns)


def test_calibration_measures_by_the_clock_that_it_is_given_and_leaves_no_note() -> None:
    synth, now = RecordingSynth(), [0]

    def takes(ns: int) -> None:
        now[0] += ns

    def strike(key: int) -> None:
        synth.sounding += 1
        takes(30_000 if synth.sounding <= synth.polyphony or not synth.polyphony else 50_000)

    probe = Probe(lambda: takes(90_000 + 5_000 * synth.sounding), lambda: takes(20_000), strike, lambda: now[0])
    table = calibrate(synth, probe)
    assert table == CostTable(90_000, 5_000, 30_000, 20_000, 20_000)
    assert synth.resets == 1
