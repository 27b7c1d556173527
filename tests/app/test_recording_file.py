from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mos_appliance.app.recording_file import open_recording, read_wav
from mos_appliance.errors import BadInput
from tests.fuzz.recording import wav

RAMP = np.linspace(-0.9, 0.9, 300)


def encoded(bits: int, floats: bool) -> bytes:
    if floats:
        return RAMP.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.round(RAMP * 128 + 128).astype(np.uint8).tobytes()
    whole = np.round(RAMP * (1 << (bits - 1))).astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


@pytest.mark.parametrize(
    ("bits", "floats"), [(8, False), (16, False), (24, False), (32, False), (32, True), (64, True)]
)
def test_every_kind_of_sample_is_read(bits: int, floats: bool) -> None:
    recording = read_wav(wav(encoded(bits, floats), 3 if floats else 1, 1, 48_000, bits))
    heard = np.concatenate(list(recording.blocks()))
    assert recording.frames == 300
    assert np.allclose(heard, RAMP, atol=2.0 ** (2 - min(bits, 24)))


def test_channels_are_mixed() -> None:
    both = np.stack((RAMP, -RAMP), axis=1)
    recording = read_wav(wav((both * 32767).astype("<i2").tobytes(), 1, 2, 44_100, 16))
    assert np.allclose(np.concatenate(list(recording.blocks())), 0.0, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "channels", "rate", "bits", "why"),
    [
        (2, 1, 48_000, 16, "format 2"),
        (1, 1, 48_000, 12, "12 bits"),
        (1, 0, 48_000, 16, "0 channels"),
        (1, 9, 48_000, 16, "9 channels"),
        (1, 1, 4_000, 16, "4000 Hz"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(kind: int, channels: int, rate: int, bits: int, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        read_wav(wav(bytes(96), kind, channels, rate, bits))
    assert caught.value.where.startswith("byte ")


def test_a_cut_off_file_is_read_as_far_as_it_goes_and_one_without_sound_is_refused() -> None:
    whole = wav(encoded(16, False), 1, 1, 48_000, 16)
    assert read_wav(whole[:-100]).frames == 250
    with pytest.raises(BadInput, match="without sound"):
        read_wav(whole[:36])


def test_a_file_is_read_from_the_disk_and_named_when_it_is_bad(tmp_path: Path) -> None:
    good, bad, empty = tmp_path / "good.wav", tmp_path / "bad.wav", tmp_path / "empty.wav"
    good.write_bytes(wav(encoded(16, False), 1, 1, 48_000, 16))
    bad.write_bytes(b"nonsense, and more of it")
    empty.touch()
    with open_recording(str(good)) as recording:
        assert recording.frames == 300
        assert sum(map(len, recording.blocks())) == 300
    for path in (bad, empty):
        with pytest.raises(BadInput, match=path.name), open_recording(str(path)):
            pass
