"""The mixer gives the device what the synthesiser made: scaled, rounded with dither, faded, never wrapped."""

import numpy as np
import pytest

from mos_appliance.engine import mixer as mixer_module
from mos_appliance.engine.limiter import Limiter
from mos_appliance.engine.mixer import BEDS, CEILING, FULL_SCALE, Mixer
from mos_appliance.engine.true_peak import true_peak

RATE = 48_000
DTYPES = {2: np.int16, 4: np.int32}


def run(mixer: Mixer, signal: np.ndarray, sample_bytes: int) -> np.ndarray:
    """The signal through the mixer. Shapes: (frames, 2) both; units: full scale is 1."""
    out, chunks = np.zeros(2 * mixer.frames, DTYPES[sample_bytes]), []
    for start in range(0, len(signal) - mixer.frames + 1, mixer.frames):
        mixer.next_bed()
        mixer.stereo()[...] = signal[start : start + mixer.frames]
        mixer.finish(out)
        chunks.append(out.reshape(-1, 2).astype(np.float64) / FULL_SCALE[sample_bytes])
    return np.concatenate(chunks)


def steady(sample_bytes: int, frames: int = 64, gain: float = 1.0) -> Mixer:
    mixer = Mixer(frames, sample_bytes)
    mixer.gain = mixer.target = gain
    return mixer


def tone(level: float, frequency: float = 997.0, frames: int = RATE) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * frequency * np.arange(frames) / RATE)
    return np.stack([wave, -wave], axis=1).astype(np.float32)


@pytest.mark.parametrize(("sample_bytes", "error_db"), [(2, -90), (4, -130)])
@pytest.mark.parametrize("frames", [48, 64])
def test_a_quiet_signal_comes_out_as_it_went_in(sample_bytes: int, error_db: float, frames: int) -> None:
    signal = tone(0.25)
    out = run(steady(sample_bytes, frames), signal, sample_bytes)
    error = np.sqrt(np.mean((out - signal[: len(out)]) ** 2))
    assert 20 * np.log10(error) < error_db


def test_16_bits_carry_a_tone_far_below_their_last_bit_because_of_the_dither() -> None:
    signal = tone(0.3 / 32767, frames=4 * RATE)
    out = run(steady(2), signal, 2)
    spectrum = np.abs(np.fft.rfft(out[:, 0] * np.hanning(len(out))))
    peak = int(spectrum[100:].argmax()) + 100
    assert peak * RATE / len(out) == pytest.approx(997, abs=1)


def test_the_error_of_16_bits_does_not_depend_on_the_signal() -> None:
    signal = tone(0.4 / 32767)
    out = run(steady(2), signal, 2)
    error = (out - signal[: len(out)])[:, 0] * 32767
    assert abs(np.corrcoef(error, signal[: len(out), 0])[0, 1]) < 0.02
    assert error.std() == pytest.approx(0.5, abs=0.05)


def test_a_processor_that_adds_in_another_order_gets_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = tone(0.25)
    usual = run(steady(2), signal, 2)
    monkeypatch.setattr(mixer_module, "adds_in_order", lambda _: False)
    np.testing.assert_array_equal(run(steady(2), signal, 2), usual)


def test_the_low_bits_of_a_24_bit_device_are_not_zero() -> None:
    out = run(steady(4), tone(0.01), 4)
    whole = np.round(out * FULL_SCALE[4]).astype(np.int64)
    assert np.count_nonzero((whole >> 8) & 0xFF) > len(out)


def test_a_new_mixer_fades_in_without_a_step() -> None:
    mixer = Mixer(64, 4)
    mixer.target = 1.0
    out = run(mixer, np.full((RATE, 2), 0.5, np.float32), 4)
    assert out[0, 0] < 0.001
    assert np.abs(np.diff(out[:, 0])).max() < 0.001
    assert out[-1, 0] == pytest.approx(0.5, abs=1e-3)


def test_a_change_of_volume_makes_no_step() -> None:
    mixer = steady(4)
    mixer.target = 0.1
    out = run(mixer, np.full((RATE, 2), 0.5, np.float32), 4)
    assert np.abs(np.diff(out[:, 0])).max() < 0.001
    assert out[-1, 0] == pytest.approx(0.05, abs=1e-3)


@pytest.mark.parametrize("sample_bytes", [2, 4])
def test_a_signal_six_times_too_loud_is_limited_and_never_wraps(sample_bytes: int) -> None:
    mixer = steady(sample_bytes)
    out = run(mixer, tone(6.0), sample_bytes)
    assert true_peak(out.astype(np.float32)) <= CEILING
    # A wrapped sample would turn its sign round.
    inner = slice(100, len(out))
    assert np.mean(np.sign(out[inner, 0]) == np.sign(tone(6.0)[inner][: len(out) - 100, 0])) > 0.999
    assert mixer.take_levels()[1] < 0.2


def test_the_ceiling_follows_the_cap() -> None:
    mixer = steady(4, gain=0.25)
    mixer.cap_at(0.25)
    out = run(mixer, tone(8.0), 4)
    assert true_peak(out.astype(np.float32)) <= 0.25 * CEILING


def test_numbers_that_are_none_become_silence() -> None:
    signal = tone(0.1)
    signal[1000:1010] = np.nan
    signal[2000:2010] = np.inf
    out = run(steady(4), signal, 4)
    assert np.all(np.isfinite(out))
    assert np.abs(out).max() <= CEILING


def test_mono_puts_both_channels_on_both_ears() -> None:
    mixer = steady(4)
    mixer.mono = True
    left_only = tone(0.2)
    left_only[:, 1] = 0
    out = run(mixer, left_only, 4)
    np.testing.assert_allclose(out[:, 0], out[:, 1])
    assert np.abs(out).max() == pytest.approx(0.1, abs=1e-3)


def test_speech_steps_the_music_back_and_is_heard_on_both_sides() -> None:
    mixer = steady(4)
    mixer.next_bed()
    mixer.stereo()[...] = 0.4
    mixer.speak(np.full(64, 0.1, np.float32), 0.25)
    out = np.zeros(128, np.int32)
    mixer.finish(out)
    np.testing.assert_allclose(out / FULL_SCALE[4], 0.2, atol=1e-3)


def test_levels_start_anew_when_they_are_taken() -> None:
    mixer = steady(4)
    run(mixer, tone(0.5), 4)
    assert mixer.take_levels()[0] == pytest.approx(0.5, abs=1e-3)
    run(mixer, tone(0.1), 4)
    assert mixer.take_levels()[0] == pytest.approx(0.1, abs=1e-3)


def test_the_dither_does_not_repeat_within_80_ms() -> None:
    assert BEDS * 64 / RATE > 0.08


@pytest.mark.parametrize("place", [0, 31, 32, 70])
def test_one_loud_sample_among_chunks_that_pass_as_they_are_is_metered(place: int) -> None:
    mixer = steady(2)
    signal = tone(0.01, frames=75 * 64)
    signal[place * 64 + 5] = 0.5
    run(mixer, signal, 2)
    assert mixer.take_levels()[0] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("frames", [48, 64])
@pytest.mark.parametrize("seed", range(6))
def test_a_crowd_of_tones_and_strokes_stays_under_the_ceiling(seed: int, frames: int) -> None:
    """Attacks, holding and letting up follow each other in every order; the crowd is up to 20 dB too loud."""
    chance = np.random.default_rng(seed)
    signal = np.zeros((RATE, 2), np.float32)
    for _ in range(40):
        start = int(chance.integers(0, RATE))
        time = np.arange(RATE - start) / RATE
        wave = np.sin(2 * np.pi * chance.uniform(40, 12_000) * time) * np.exp(-time / chance.uniform(0.02, 1.5))
        signal[start:] += (wave[:, None] * chance.uniform(0, 1, 2)).astype(np.float32)
    mixer = steady(4, frames)
    out = run(mixer, signal * chance.choice([0.2, 1.0, 3.0]), 4)
    assert true_peak(out.astype(np.float32)) <= CEILING


def torn(chance: np.random.Generator, frames: int) -> np.ndarray:
    """Noise, edges, tones and alternating samples that begin and end anywhere, up to 26 dB too loud. Shapes: (n, 2)."""
    signal = chance.normal(0, 10 ** chance.uniform(-4, 0), (frames, 2)) * chance.choice([0, 1])
    for _ in range(chance.integers(1, 12)):
        start, length = int(chance.integers(0, frames)), int(chance.choice([1, 2, 3, 5, 8, 13, 30, 64, 100, 300, 1000]))
        time = np.arange(min(length, frames - start))[:, None]
        shape, phases = (len(time), 2), chance.uniform(0, 6.28, (1, 2))
        wave = np.sin(2 * np.pi * chance.uniform(20, 24_000) * time / RATE + phases)
        kinds = (
            chance.normal(0, 1, shape),
            np.sign(chance.normal(0, 1, shape)),
            wave,
            np.sign(wave),
            (-1.0) ** time * chance.choice([-1, 1], (1, 2)),
            np.full(shape, chance.choice([-1.0, 1.0])),
            np.repeat(chance.normal(0, 1, shape), 2, axis=0)[: len(time)],
        )
        fade = np.exp(-time / chance.uniform(5, 2000)) if chance.random() < 0.3 else 1.0
        signal[start : start + len(time)] += 10 ** chance.uniform(-1.5, 1.3) * fade * kinds[chance.integers(len(kinds))]
    return signal.astype(np.float32)


@pytest.mark.parametrize("frames", [48, 64])
@pytest.mark.parametrize("sample_bytes", [2, 4])
@pytest.mark.parametrize("seed", range(25))
def test_nothing_however_torn_passes_the_ceiling(seed: int, sample_bytes: int, frames: int) -> None:
    chance = np.random.default_rng([seed, sample_bytes, frames])
    mixer = steady(sample_bytes, frames)
    if seed % 3 == 0:
        mixer.target = chance.choice([0.0, 0.3])
    out = run(mixer, torn(chance, 4000), sample_bytes)
    assert true_peak(out.astype(np.float32)) <= CEILING


def test_what_follows_a_torn_burst_is_heard_again() -> None:
    chance = np.random.default_rng(7)
    signal = np.concatenate((20 * chance.normal(0, 1, (3000, 2)), tone(0.3, frames=2 * RATE))).astype(np.float32)
    mixer = steady(4)
    out = run(mixer, signal, 4)
    assert np.abs(out[-4800:]).max() == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize("frequency", [440.0, 880.0])
def test_a_held_chord_that_is_too_loud_is_held_down_without_being_measured_anew(
    frequency: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixer, measured = steady(2), []
    measure = Limiter.measure
    monkeypatch.setattr(Limiter, "measure", lambda *args: measured.append(0) or measure(*args))
    run(mixer, tone(1.4, frequency), 2)
    assert 0 < len(measured) < RATE / 64 / 8
