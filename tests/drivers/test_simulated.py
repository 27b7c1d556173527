"""The sound card, keyboard and microphone that are not there, with a clock that the test turns."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.simulated import FLUSH_FRAMES, AwaitedMicrophone, ScriptedKeyboard, ScriptedMicrophone, SilentSink, WavSink
from mos_appliance.engine.ports import DeviceLost
from mos_appliance.errors import BadInput, Unavailable

PERIOD_NS = 64 * 1_000_000_000 // 48_000


class Clock:
    """Time that passes when slept, or by hand."""

    def __init__(self) -> None:
        self.ns = 1_000
        self.slept = 0.0

    def now(self) -> int:
        return self.ns

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.ns += round(seconds * 1e9) + 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ramp(frames: int, dtype: type[np.signedinteger], step: int = 1) -> np.ndarray:
    return (np.arange(frames * 2) * step).astype(dtype)


def write_all(sink: WavSink, samples: np.ndarray) -> None:
    for block in samples.reshape(-1, sink.period * 2):
        assert sink.write(block.ctypes.data) == 0


@pytest.mark.parametrize(("bits", "step"), [(16, 1), (24, 255 * 256), (32, 65_535)])
def test_every_bit_of_the_file_is_what_was_written(tmp_path: Path, bits: int, step: int) -> None:
    samples = ramp(64 * 200, np.int16 if bits == 16 else np.int32, step)
    sink = WavSink(tmp_path / "out.wav", bits=bits, paced=False)
    write_all(sink, samples)
    sink.close()
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, bits // 8, 48_000)
        assert file.getnframes() == 64 * 200
        raw = np.frombuffer(file.readframes(64 * 200), np.uint8).reshape(-1, bits // 8)
    width = samples.itemsize
    assert (raw == samples.view(np.uint8).reshape(-1, width)[:, width - bits // 8 :]).all()


def test_a_killed_writer_leaves_a_whole_file_short_of_a_quarter_second(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from drivers.simulated import WavSink\n"
        "sink = WavSink(Path(sys.argv[1]), paced=False)\n"
        "block = np.full((64, 2), 1 << 16, np.int32)\n"
        "for _ in range(1000): sink.write(block.ctypes.data)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "killed.wav"
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -9
    with wave.open(str(path)) as file:
        frames = file.getnframes()
        assert len(file.readframes(frames)) == frames * 6
    assert 64_000 - FLUSH_FRAMES <= frames <= 64_000


def test_a_file_that_was_just_opened_is_whole_and_empty(tmp_path: Path) -> None:
    WavSink(tmp_path / "new.wav", paced=False)
    with wave.open(str(tmp_path / "new.wav")) as file:
        assert file.getnframes() == 0


def test_the_device_starts_when_its_buffer_is_full_and_then_keeps_its_pace(clock: Clock) -> None:
    sink = SilentSink(period=64, periods=2, clock=clock.now, sleep=clock.sleep)
    sink.write(0)
    sink.write(0)
    assert clock.slept == 0
    assert sink.delay_frames() == 128
    for _ in range(750):
        assert sink.write(0) == 0
    assert clock.slept == pytest.approx(1, abs=1e-3)
    assert 64 <= sink.delay_frames() <= 128


def test_a_late_block_is_one_xrun_and_the_device_runs_on(clock: Clock) -> None:
    sink = SilentSink(period=64, periods=2, clock=clock.now, sleep=clock.sleep)
    for _ in range(10):
        sink.write(0)
    clock.ns += 2 * PERIOD_NS - 2_000
    assert sink.write(0) == 0
    clock.ns += 3 * PERIOD_NS
    assert sink.write(0) == 1
    assert sink.write(0) == 0
    assert sink.delay_frames() <= 128


def test_after_an_xrun_the_frames_of_the_file_are_still_those_of_the_engine(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "late.wav"
    sink = WavSink(path, bits=16, period=64, periods=2, clock=clock.now, sleep=clock.sleep)
    for number in range(20):
        block = np.full((64, 2), number, np.int16)
        if number == 10:
            clock.ns += 100 * PERIOD_NS
        assert sink.write(block.ctypes.data) == (number == 10)
    sink.close()
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    np.testing.assert_array_equal(samples, np.repeat(np.arange(20), 128))


def test_a_file_that_goes_on_keeps_what_it_held(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "twice.wav"
    for number, go_on in ((1, False), (2, True)):
        sink = WavSink(path, bits=24, period=64, clock=clock.now, sleep=clock.sleep, go_on=go_on)
        block = np.full((64, 2), number << 8, np.int32)
        for _ in range(10):
            sink.write(block.ctypes.data)
        sink.close()
    with wave.open(str(path)) as file:
        assert file.getnframes() == 2 * 640
        content = np.frombuffer(file.readframes(2 * 640), np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(content[:, 0], np.repeat([1, 2], 2 * 640))


def test_bits_that_no_file_has_are_refused(tmp_path: Path) -> None:
    for make in (lambda: SilentSink(bits=20), lambda: WavSink(tmp_path / "x.wav", bits=8)):
        with pytest.raises(BadInput, match="16, 24 or 32"):
            make()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        WavSink(tmp_path / "nowhere" / "out.wav")


def test_a_full_disk_is_told() -> None:
    with pytest.raises(Unavailable, match="No space left"):
        WavSink(Path("/dev/full"), paced=False)


@pytest.mark.parametrize(("paced", "error"), [(True, DeviceLost), (False, Unavailable)])
def test_a_disk_that_fills_up_is_a_device_that_is_lost(
    tmp_path: Path, paced: bool, error: type[Exception], clock: Clock
) -> None:
    sink = WavSink(tmp_path / "out.wav", paced=paced, clock=clock.now, sleep=clock.sleep)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limit[1]))
    try:
        with pytest.raises(error):
            write_all(sink, np.zeros((64 * 200, 2), np.int32))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)


def test_the_keyboard_plays_each_message_when_its_time_has_come(clock: Clock) -> None:
    first, second, third = (0x90, 60, 100), (0x90, 64, 100), (0x80, 60, 0)
    keyboard = ScriptedKeyboard([(2_000, third), (0, first), (1_000, second)], clock=clock.now)
    assert keyboard.poll() == first
    assert keyboard.poll() is None
    clock.ns += 999
    assert keyboard.poll() is None
    clock.ns += 1
    assert keyboard.poll() == second
    assert not keyboard.done()
    clock.ns += 5_000
    assert keyboard.poll() == third
    assert keyboard.poll() is None
    assert keyboard.done()


def test_the_microphone_hears_a_block_when_it_has_passed(clock: Clock) -> None:
    samples = np.arange(100, dtype=np.int16)
    microphone = ScriptedMicrophone(samples, 64, clock=clock.now)
    block = np.full(64, -1, np.int16)
    assert not microphone.read_into(block.ctypes.data)
    clock.ns += PERIOD_NS + 1
    assert microphone.read_into(block.ctypes.data)
    assert (block == samples[:64]).all()
    assert not microphone.read_into(block.ctypes.data)
    clock.ns += 2 * PERIOD_NS + 1
    assert microphone.read_into(block.ctypes.data)
    assert (block[:36] == samples[64:]).all()
    assert not block[36:].any()
    assert microphone.read_into(block.ctypes.data)
    assert not block.any()


def test_an_awaited_microphone_is_silent_until_its_file_is_there_and_hears_each_once(
    clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "sound"
    said: list[str] = []

    def read(found: Path) -> NDArray[np.int16]:
        content = found.read_bytes()
        if not content:
            raise BadInput(str(found), "is empty")
        return np.frombuffer(content, np.int16)

    microphone = AwaitedMicrophone(path, 64, read, said.append, clock=clock.now)
    block = np.zeros(64, np.int16)

    def heard(blocks: int) -> list[int]:
        found: list[int] = []
        for _ in range(blocks):
            while not microphone.read_into(block.ctypes.data):
                clock.ns += PERIOD_NS
            found += block[block != 0].tolist()
        return found

    assert heard(200) == []
    for content in ([1, 2, 3], [4, 5]):
        new = tmp_path / "new"
        new.write_bytes(np.array(content, np.int16).tobytes())
        new.replace(path)
        assert heard(200) == content
    path.write_bytes(b"")
    (tmp_path / "bad").write_bytes(b"")
    (tmp_path / "bad").replace(path)
    assert heard(200) == []
    assert said == [f"nothing is heard: {path}: is empty"]


def test_a_real_second_of_sound_takes_no_less(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "paced.wav", period=64, periods=2)
    block = np.zeros((64, 2), np.int32)
    start = time.monotonic_ns()
    for _ in range(152):
        sink.write(block.ctypes.data)
    assert time.monotonic_ns() - start >= 150 * PERIOD_NS - 1_000
    sink.close()
    assert (tmp_path / "paced.wav").stat().st_size >= 44 + 152 * 64 * 6
