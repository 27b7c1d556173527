from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.engine.clicks import AT_ONCE, PEAK, Clicks, synthesise
from mos_appliance.engine.metronome import ACCENT, BEAT, SUBDIVISION

LEVELS = (SUBDIVISION, BEAT, ACCENT)


@pytest.mark.parametrize("level", LEVELS)
def test_a_click_begins_and_ends_at_zero_and_has_no_dc(level):
    sound = synthesise(level).astype(np.float64)
    assert abs(sound[0]).max() == 0
    assert abs(sound[-48:]).max() < 1e-5
    assert abs(sound.sum(axis=0)).max() < 1e-6 * len(sound)


@pytest.mark.parametrize(("level", "pitch"), [(SUBDIVISION, 880), (BEAT, 1110), (ACCENT, 1480)])
def test_a_click_has_its_pitch_and_nothing_near_the_highest_frequencies(level, pitch):
    spectrum = np.abs(np.fft.rfft(synthesise(level)[:, 0], 48_000))
    assert abs(int(spectrum.argmax()) - pitch) < 15
    assert 20 * np.log10(spectrum[16_000:].max() / spectrum.max()) < -70


def test_an_accent_is_louder_than_a_beat_and_a_beat_than_a_subdivision():
    peaks = [float(np.abs(synthesise(level)).max()) for level in LEVELS]
    assert peaks == sorted(peaks)
    assert peaks[-1] == pytest.approx(PEAK)


@settings(deadline=None, max_examples=60)
@given(
    starts=st.lists(st.tuples(st.integers(0, 12_000), st.sampled_from(LEVELS)), max_size=6),
    frames=st.sampled_from((48, 64, 128, 256)),
    gain=st.sampled_from((0.0, 0.3, 1.0)),
)
def test_clicks_are_mixed_at_their_exact_frame_whatever_the_chunk(starts, frames, gain):
    starts = sorted({frame: (frame, level) for frame, level in starts}.values())
    starts = [
        row for number, row in enumerate(starts) if number < AT_ONCE or row[0] - starts[number - AT_ONCE][0] > 3200
    ]
    length = 16_384 // frames * frames
    expected = np.zeros((16_384 + 4000, 2), np.float32)
    for frame, level in starts:
        sound = synthesise(level) * np.float32(gain)
        expected[frame : frame + len(sound)] += sound
    clicks = Clicks()
    clicks.set_gain(gain)
    bed = np.zeros((frames, 2, 2), np.float32)
    heard = np.zeros((length, 2), np.float32)
    for first in range(0, length, frames):
        for frame, level in starts:
            if first <= frame < first + frames:
                clicks.start(frame - first, level)
        bed.fill(0)
        clicks.mix(bed[..., 0])
        assert not bed[..., 1].any()
        heard[first : first + frames] = bed[..., 0]
    np.testing.assert_allclose(heard, expected[:length], atol=1e-6)


def test_another_gain_does_not_touch_a_click_that_sounds():
    clicks = Clicks()
    clicks.start(0, ACCENT)
    stereo = np.zeros((64, 2), np.float32)
    clicks.mix(stereo)
    clicks.set_gain(0.0)
    clicks.start(0, BEAT)
    stereo.fill(0)
    clicks.mix(stereo)
    np.testing.assert_array_equal(stereo, synthesise(ACCENT)[64:128])


def test_clicks_end_and_no_more_than_four_sound_at_once():
    clicks = Clicks()
    for _ in range(10):
        clicks.start(0, ACCENT)
    assert clicks.sounding == AT_ONCE
    stereo = np.zeros((64, 2), np.float32)
    for _ in range(2880 // 64):
        clicks.mix(stereo)
    assert clicks.sounding == 0
    clicks.start(0, ACCENT)
    clicks.silence()
    assert clicks.sounding == 0
