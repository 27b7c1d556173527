"""The engine's process for real: its socket, its rings, its WAV file, its end."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import DataFile, Remembered, RunFile, Sound, decode_file, encode_file
from mos_appliance.wire.records import DeviceState, DoneResult, Kind, Record, TransportVerb, decode, encode
from mos_appliance.wire.rings import HEADER_BYTES, RING_MAGIC, RingName, Word
from mos_appliance.wire.song import encode_song
from tests.app.scores import read_wav
from tests.engine.songs import make_song

RATE = 48_000
PATIENCE_S = 20.0


class Appliance:
    """An engine with us as its hub."""

    def __init__(self, folder: Path) -> None:
        self.run, self.data, self.wav = folder / "run", folder / "data", folder / "out.wav"
        self.run.mkdir()
        self.data.mkdir()
        self.told: list[Record] = []
        self.process: subprocess.Popen[bytes] | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.run / RunFile.HUB_SOCKET))
        self._socket.settimeout(0.05)

    def start(self) -> Appliance:
        self.told.clear()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mos_appliance",
                "_engine",
                "--run",
                self.run,
                "--data",
                self.data,
                "--sound",
                f"wav:{self.wav}",
            ]
        )
        self.until(lambda: self.of(Kind.SOUND_DEVICE_CHANGED, DeviceState.SIMULATED))
        return self

    def listen(self) -> None:
        try:
            while True:
                self.told += decode(self._socket.recv(4096))
                self._socket.settimeout(0)
        except (TimeoutError, BlockingIOError):
            self._socket.settimeout(0.05)

    def of(self, kind: Kind, which: int | None = None) -> list[Record]:
        return [record for record in self.told if record.kind == kind and which in (None, record.which)]

    def until(self, happened: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < end, "the engine did not answer"
            assert self.process is None or self.process.poll() is None, "the engine ended"
            self.listen()

    def send(self, kind: Kind, *values: float, index: int = 0, flags: int = 0, sequence: int = 0) -> None:
        record = encode(kind, *values, index=index, flags=flags, sequence=sequence)
        self._socket.sendto(record, str(self.run / RunFile.ENGINE_SOCKET))

    def play(self, seconds: float) -> None:
        """Let time pass, heart beating."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.send(Kind.HEARTBEAT)
            self.listen()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._socket.close()


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    made = Appliance(tmp_path)
    yield made
    made.close()


def test_a_note_that_the_hub_plays_is_told_and_sounds_and_the_end_is_a_fade(appliance: Appliance) -> None:
    appliance.start()
    appliance.send(Kind.PLAY_MIDI, 0x90, 69, 110)
    appliance.until(lambda: appliance.of(Kind.MIDI_HAPPENED))
    appliance.play(1.0)
    assert appliance.stop() == 0
    (note,) = appliance.of(Kind.MIDI_HAPPENED)
    sound = read_wav(appliance.wav)[:, 0]
    assert np.abs(sound[: note.frame]).max() < 1e-4
    piece = sound[note.frame + 4800 : note.frame + 4800 + 32768]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
    assert int(spectrum.argmax()) * RATE / len(piece) == pytest.approx(440, abs=2)
    assert np.abs(sound[-64:]).max() < 0.02 * np.abs(sound).max()
    assert np.abs(np.diff(sound)).max() < 0.3 * np.abs(sound).max()


def test_it_starts_with_the_controls_that_the_hub_remembered(appliance: Appliance) -> None:
    remembered = Remembered(controls={"volume": [33.0], "program": [40.0], "tuning": [9999.0], "gone": [1.0]})
    (appliance.data / DataFile.ENGINE).write_bytes(encode_file(remembered))
    appliance.start()
    appliance.until(lambda: appliance.of(Kind.CONTROL_CHANGED, BY_NAME["highest_key"].number))
    values = {
        (record.which, record.value("which")): record.value("value") for record in appliance.of(Kind.CONTROL_CHANGED)
    }
    assert values[BY_NAME["volume"].number, 0] == 33
    assert values[BY_NAME["program"].number, 0] == 40
    assert values[BY_NAME["tuning"].number, 0] == 440


def test_a_damaged_memory_means_the_defaults_and_no_silence(appliance: Appliance) -> None:
    (appliance.data / DataFile.ENGINE).write_bytes(b'{"controls": [1, 2')
    appliance.start()
    assert appliance.process is not None
    assert appliance.process.poll() is None


def test_statistics_flow_ten_times_a_second(appliance: Appliance) -> None:
    appliance.start()
    appliance.play(1.5)
    loads = appliance.of(Kind.LOAD_MEASURED)
    frames = [record.frame for record in loads]
    assert len(frames) >= 10
    assert set(np.diff(frames)) <= set(range(4800, 5600))
    assert 0 < loads[-1].value("p50_us") <= loads[-1].value("max_us")
    pairs = appliance.of(Kind.CLOCK_PAIRED)
    rate = (pairs[-1].frame - pairs[0].frame) / (int(pairs[-1].value("at_ns")) - int(pairs[0].value("at_ns"))) * 1e9
    assert rate == pytest.approx(RATE, rel=0.1)


def test_a_killed_engine_plays_again_when_it_is_started_and_no_note_hangs(appliance: Appliance) -> None:
    appliance.start()
    appliance.send(Kind.PLAY_MIDI, 0x90, 69, 110)
    appliance.until(lambda: appliance.of(Kind.MIDI_HAPPENED))
    assert appliance.process is not None
    appliance.process.kill()
    appliance.process.wait()
    before = len(read_wav(appliance.wav))
    appliance.start()
    appliance.play(0.5)
    appliance.send(Kind.PLAY_MIDI, 0x90, 60, 110)
    appliance.until(lambda: appliance.of(Kind.MIDI_HAPPENED))
    appliance.play(0.3)
    appliance.stop()
    (note,) = appliance.of(Kind.MIDI_HAPPENED)
    # It goes on in the same file, after what was there.
    sound = read_wav(appliance.wav)[before:, 0]
    assert np.abs(sound[: note.frame]).max() < 1e-4
    assert np.abs(sound[note.frame :]).max() > 1e-3


def test_notes_of_a_hub_that_falls_silent_end_by_themselves(appliance: Appliance) -> None:
    appliance.start()
    appliance.send(Kind.PLAY_MIDI, 0x90, 69, 110)
    appliance.until(lambda: appliance.of(Kind.NOTES_RELEASED))
    (released,) = appliance.of(Kind.NOTES_RELEASED)
    (note,) = appliance.of(Kind.MIDI_HAPPENED)
    assert released.which == 2
    assert RATE <= released.frame - note.frame <= 1.3 * RATE


def test_a_sealed_song_plays_and_one_that_could_change_is_refused(appliance: Appliance) -> None:
    appliance.start()
    block = encode_song(make_song([(0, 0, 0x90, 64, 90), (960, 0, 0x80, 64, 0)]))
    loose = os.memfd_create("loose")
    os.write(loose, block)
    sealed = sealed_memory("song", block)
    for number, memory in enumerate((loose, sealed), 1):
        record = encode(Kind.LOAD_SONG, len(block), number, sequence=number)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, memory.to_bytes(4, sys.byteorder))]
        appliance._socket.sendmsg([record], rights, 0, str(appliance.run / RunFile.ENGINE_SOCKET))
        os.close(memory)
        appliance.until(lambda number=number: len(appliance.of(Kind.COMMAND_DONE)) == number)
    assert [record.which for record in appliance.of(Kind.COMMAND_DONE)] == [DoneResult.BAD_SONG, DoneResult.DONE]
    appliance.send(Kind.MOVE_TRANSPORT, 0, index=TransportVerb.PLAY)
    appliance.until(lambda: appliance.of(Kind.SONG_ENDED))
    on, off = appliance.of(Kind.MIDI_HAPPENED)
    assert off.frame - on.frame == pytest.approx(RATE / 2, abs=64)


def test_garbage_datagrams_change_nothing(appliance: Appliance) -> None:
    appliance.start()
    random = np.random.default_rng(3)
    appliance._socket.settimeout(PATIENCE_S)  # a full queue is waited for: the engine looks at it every fourth block
    for length in range(0, 2000, 7):
        appliance._socket.sendto(random.bytes(length), str(appliance.run / RunFile.ENGINE_SOCKET))

    def answered() -> bool:
        appliance.send(Kind.PLAY_MIDI, 0x90, 69, 110, sequence=99)
        return any(record.value("command") == 99 for record in appliance.of(Kind.COMMAND_DONE))

    appliance.until(answered)


def test_the_output_ring_holds_what_the_file_holds(appliance: Appliance) -> None:
    appliance.start()
    appliance.send(Kind.PLAY_MIDI, 0x90, 69, 110)
    appliance.play(0.5)
    with (appliance.run / RingName.OUTPUT).open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    words = memoryview(memory)[:HEADER_BYTES].cast("Q")
    blocks, frames, head = words[Word.BLOCKS], words[Word.BLOCK_FRAMES], words[Word.HEAD]
    assert words[Word.MAGIC] == RING_MAGIC
    ring = np.frombuffer(memory, np.int32, blocks * frames * 2, HEADER_BYTES).reshape(blocks, frames, 2)
    newest = ring[(head - 4) % blocks].copy()
    appliance.stop()
    at = (head - 4) * frames
    expected = read_wav(appliance.wav)[at : at + frames]
    # The file keeps 24 of the ring's 32 bits.
    np.testing.assert_allclose(newest / 2**31, expected, atol=2**-23)


def test_the_device_that_was_opened_is_told_in_a_file(appliance: Appliance) -> None:
    appliance.start()
    sound = decode_file((appliance.run / RunFile.SOUND).read_bytes(), Sound, "sound.json")
    assert not sound.heard
    assert str(appliance.wav) in sound.name
