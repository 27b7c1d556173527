"""What any sound device must do for the engine: the simulated ones, and libasound's own device without hardware.

A device that is there is asked the same by the bench, which imports `PcmContract`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.alsa_pcm import open_pcm
from drivers.simulated import SilentSink, WavSink
from mos_appliance.engine.ports import Pcm
from mos_appliance.units import SAMPLE_RATE


class PcmContract:
    """Subclasses bring a fixture `pcm`."""

    def test_it_says_what_it_is(self, pcm: Pcm) -> None:
        assert pcm.name
        assert pcm.rate == SAMPLE_RATE
        assert pcm.period in {48, 64, 128, 256}
        assert pcm.periods >= 2
        assert (pcm.sample_bytes, pcm.bits) in {(2, 16), (4, 24), (4, 32)}

    def test_it_takes_blocks_and_counts_xruns(self, pcm: Pcm) -> None:
        block = np.zeros((pcm.period, 2), np.int16 if pcm.sample_bytes == 2 else np.int32)
        for _ in range(50):
            assert pcm.write(block.ctypes.data) >= 0

    def test_its_delay_is_never_more_than_its_buffer_holds(self, pcm: Pcm) -> None:
        block = np.zeros((pcm.period, 2), np.int16 if pcm.sample_bytes == 2 else np.int32)
        for _ in range(20):
            pcm.write(block.ctypes.data)
            assert 0 <= pcm.delay_frames() <= pcm.period * pcm.periods

    def test_it_leaves_the_callers_block_as_it_is(self, pcm: Pcm) -> None:
        block = np.arange(pcm.period * 2, dtype=np.int16 if pcm.sample_bytes == 2 else np.int32) * 1000
        before = block.copy()
        pcm.write(block.ctypes.data)
        assert (block == before).all()


class TestSilentSink(PcmContract):
    @pytest.fixture(params=[(48, 16), (64, 24), (256, 32)])
    def pcm(self, request: pytest.FixtureRequest) -> Iterator[Pcm]:
        period, bits = request.param
        sink = SilentSink(period=period, bits=bits)
        yield sink
        sink.close()


class TestWavSink(PcmContract):
    @pytest.fixture(params=[(48, 16, True), (64, 24, True), (64, 24, False), (256, 32, True)])
    def pcm(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pcm]:
        period, bits, paced = request.param
        sink = WavSink(tmp_path / "out.wav", period=period, bits=bits, paced=paced)
        yield sink
        sink.close()


class TestAlsa(PcmContract):
    @pytest.fixture
    def pcm(self) -> Iterator[Pcm]:
        device = open_pcm("null", 64)
        yield device
        device.close()
