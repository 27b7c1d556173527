"""An engine without sound: it speaks records over the real socket, remembers controls and notes what it is asked."""

from __future__ import annotations

import array
import asyncio
import mmap
import os
import socket
import time
from pathlib import Path

from mos_appliance.wire.controls import BY_NAME, BY_NUMBER, CONTROLS, COUNTS
from mos_appliance.wire.files import Remembered, RunFile
from mos_appliance.wire.records import (
    WIRE_VERSION,
    DeviceState,
    DoneResult,
    Kind,
    Record,
    Source,
    TransportState,
    decode,
    encode,
)
from mos_appliance.wire.rings import HEADER_BYTES, RING_MAGIC, RingName, Word, ring_bytes
from mos_appliance.wire.song import decode_song


class FakeEngine:
    """Runs in the test's loop. `asked` holds every record that came, `songs` every block of memory."""

    def __init__(self, run: Path, pid: int = 4711) -> None:
        self.run = run
        self.pid = pid
        self.frame = 48_000
        self.asked: list[Record] = []
        self.songs: list[bytes] = []
        self.controls = {
            (row.number, which): row.initial(which) for row in CONTROLS for which in range(COUNTS[row.scope])
        }
        self.loaded = 0
        self.loop = (0, 0)
        self.tick_at = 0
        self._task: asyncio.Task[None] | None = None

    def start(self, *, statistics: bool = True) -> None:
        """Appear, and say hello as a new engine does."""
        path = self.run / RunFile.ENGINE_SOCKET
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(path))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._receive)
        if statistics:
            self._task = asyncio.create_task(self._measure())
        self.describe()

    def recall(self, remembered: Remembered) -> None:
        """Start from what the hub wrote, as an engine does."""
        for name, values in remembered.controls.items():
            self.controls.update({(BY_NAME[name].number, which): value for which, value in enumerate(values)})

    async def stop(self) -> None:
        """Be gone, as if killed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        (self.run / RunFile.ENGINE_SOCKET).unlink(missing_ok=True)

    def send(self, *records: bytes) -> None:
        """Tell the hub, if it is there."""
        try:
            self._socket.sendto(b"".join(records), str(self.run / RunFile.HUB_SOCKET))
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            return

    def describe(self) -> None:
        """Hello and everything."""
        self.send(encode(Kind.ENGINE_HELLO, 48_000, 64, 2, self.pid, 16, index=WIRE_VERSION))
        changed = [self._changed(number, which) for number, which in self.controls]
        for start in range(0, len(changed), 60):
            self.send(*changed[start : start + 60])
        self.send(
            self._transport(),
            encode(Kind.SONG_LOADED, 0, 0, self.loaded),
            encode(Kind.LOOP_CHANGED, *self.loop),
            encode(Kind.SOUND_DEVICE_CHANGED, 64, 2, 16, 0, 0, 0, index=DeviceState.SIMULATED),
        )

    def _transport(self) -> bytes:
        values = (self.tick_at, 100.0, 90.0, 1, 1)
        return encode(Kind.TRANSPORT_CHANGED, *values, index=TransportState.STOPPED, frame=self.frame)

    def midi(self, status: int, data1: int, data2: int, source: Source = Source.KEYBOARD, channel: int = 0) -> bytes:
        """A MIDI_HAPPENED of now."""
        velocity = data2 if status & 0xF0 == 0x90 else 0
        values = (status, data1, data2, velocity, 0, time.monotonic_ns())
        return encode(Kind.MIDI_HAPPENED, *values, flags=source, index=channel, frame=self.frame)

    def press(self, pitch: int, velocity: int = 80) -> None:
        """A key goes down."""
        self.send(self.midi(0x90, pitch, velocity))

    def let_go(self, pitch: int) -> None:
        """A key comes up."""
        self.send(self.midi(0x80, pitch, 0))

    def tick(self, seconds: float = 0.1) -> None:
        """Ten of these a second: time has passed, and this is what it cost."""
        self.frame += round(seconds * 48_000)
        self.send(
            encode(Kind.LOAD_MEASURED, 180, 260, 320, 1333, 0, 0, index=3, frame=self.frame),
            encode(Kind.LEVEL_MEASURED, -20.0, 0.0, 2700, 0, frame=self.frame),
            encode(Kind.CLOCK_PAIRED, time.monotonic_ns(), 0, 1, 1, frame=self.frame),
        )

    def kinds(self) -> list[Kind]:
        """What was asked, but for heartbeats."""
        return [record.kind for record in self.asked if record.kind != Kind.HEARTBEAT]

    async def _measure(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(0.1)

    def _receive(self) -> None:
        data, rights, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(4))
        files = array.array("i")
        for _, _, payload in rights:
            files.frombytes(payload[:4])
        for record in decode(data):
            self.asked.append(record)
            self._carry_out(record, list(files))
        for file in files:
            os.close(file)

    def _carry_out(self, record: Record, files: list[int]) -> None:
        result = DoneResult.DONE
        match record.kind:
            case Kind.HUB_HELLO | Kind.DESCRIBE_STATE:
                self.describe()
            case Kind.PLAY_MIDI:
                status, data1, data2 = (int(value) for value in record.values)
                self.send(self.midi(status, data1, data2, Source.HUB))
            case Kind.SET_CONTROL:
                result = self._set(record)
            case Kind.LOAD_SONG:
                self._load(record, files)
            case Kind.MOVE_TRANSPORT | Kind.SET_LOOP if not self.loaded:
                result = DoneResult.NO_SONG
            case Kind.MOVE_TRANSPORT:
                self.tick_at = int(record.values[0])
                self.send(self._transport())
            case Kind.SET_LOOP:
                self.loop = (int(record.values[0]), int(record.values[1]))
                self.send(encode(Kind.LOOP_CHANGED, *self.loop))
        if record.sequence:
            self.send(encode(Kind.COMMAND_DONE, record.sequence, record.kind, index=result))

    def _set(self, record: Record) -> DoneResult:
        key = (record.which, int(record.values[1]))
        if key not in self.controls or (BY_NUMBER[record.which].owner_only and not record.flags):
            return DoneResult.OUT_OF_RANGE
        self.controls[key] = record.values[0]
        self.send(self._changed(*key))
        return DoneResult.DONE

    def _changed(self, number: int, which: int) -> bytes:
        return encode(Kind.CONTROL_CHANGED, self.controls[number, which], which, index=number, frame=self.frame)

    def _load(self, record: Record, files: list[int]) -> None:
        length, handle = (int(value) for value in record.values)
        block = bytes(mmap.mmap(files[0], length, prot=mmap.PROT_READ)) if length else b""
        self.songs.append(block)
        self.loaded = handle
        song = decode_song(block) if block else None
        self.send(encode(Kind.SONG_LOADED, song.end_tick if song else 0, len(song.events) if song else 0, handle))


class FakeRing:
    """An output or talk ring, with the engine's side of it."""

    def __init__(self, run: Path, name: RingName, blocks: int, block_frames: int, channels: int, width: int) -> None:
        self.block_bytes = block_frames * channels * width
        self.blocks = blocks
        new = run / f"{name}.new"
        new.write_bytes(bytes(ring_bytes(blocks, block_frames, channels, width)))
        with new.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.words = memoryview(self.memory)[:HEADER_BYTES].cast("Q")
        self.words[Word.BLOCKS], self.words[Word.BLOCK_FRAMES] = blocks, block_frames
        self.words[Word.SAMPLE_BYTES], self.words[Word.CHANNELS] = width, channels
        self.words[Word.MAGIC] = RING_MAGIC
        new.replace(run / name)

    def push(self, block: bytes) -> None:
        """Write a block of the output."""
        start = HEADER_BYTES + self.words[Word.HEAD] % self.blocks * self.block_bytes
        self.memory[start : start + self.block_bytes] = block
        self.words[Word.HEAD] += 1

    def pull(self) -> bytes | None:
        """Take a block of speech, if there is one."""
        tail = self.words[Word.TAIL]
        if tail == self.words[Word.HEAD]:
            return None
        start = HEADER_BYTES + tail % self.blocks * self.block_bytes
        block = bytes(self.memory[start : start + self.block_bytes])
        self.words[Word.TAIL] = tail + 1
        return block
