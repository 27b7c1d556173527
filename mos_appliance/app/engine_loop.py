"""The real-time loop: once around is one block, on one thread, without waiting for anything but the sound device.

What a block may not do (open, read files, log, allocate without bound) stands here only on the way out of it: the loop
ends when the device is lost or the process is told to stop, and nothing sounds then.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic_ns, sleep
from typing import Final

from mos_appliance.app.engine_link import HubLink
from mos_appliance.app.engine_rings import CaptureRing, OutputRing
from mos_appliance.engine.commands import Commands
from mos_appliance.engine.instrument import RELEASE_DEVICE_GONE, RELEASE_OVERFLOW, Engine
from mos_appliance.engine.mixer import chunk_frames_of
from mos_appliance.engine.ports import DeviceLost, Microphone, MidiSource, Pcm
from mos_appliance.engine.statistics import BlockCosts, decibels
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.records import WIRE_VERSION, DeviceState, DoneResult, Kind, MicrophoneState, Source
from mos_appliance.wire.rings import Word

STATISTICS_FRAMES: Final = SAMPLE_RATE // 10
FADE_BLOCKS_S: Final = 0.08
_MOST_DATAGRAMS: Final = 8
_MOST_TOLD: Final = 0xFFFF
"""What a field of 16 bits can say."""
_LISTEN_MASK: Final = 3
"""The socket is looked at every fourth block: the look costs more than all polling of keyboards (10,000 instructions
on a Cortex-A53), and what comes this way has come over a network before."""
_CROWDED_MASK: Final = 3
"""While more is played than a block takes, the hub is told every fourth block: it has enough to do then."""


class Loop:
    """Plays an engine on a device until it is lost or `stopping` is set."""

    def __init__(
        self,
        engine: Engine,
        link: HubLink,
        run: Path,
        sources: Sequence[tuple[Source, MidiSource]],
        pid: int,
        open_microphone: Callable[[int], Microphone | None] = lambda _: None,
        come_back: Callable[[], bool] = lambda: False,
    ) -> None:
        """`open_microphone` is asked beside each device; `come_back` says that what was lost of it can be had again."""
        self.stopping = False
        self.patient = False
        """Whether keys are waited for a while before each block (`docs/adr/0017-keys-are-read-late.md`): for a process
        that is woken in time, on a real device."""
        self.xruns = 0
        self.reopened = 0
        self.costs = BlockCosts()
        self._engine = engine
        self._link = link
        self._run = run
        self._sources = [(source, keyboard.poll) for source, keyboard in sources]
        self._keyboards = sources
        self._overflows = 0
        self._told = 0
        """Statistics told of this tenth of a second."""
        self._pid = pid
        self._open_microphone = open_microphone
        self._come_back = come_back
        self._microphone: Microphone | None = None
        self._microphone_told = (MicrophoneState.NONE, 0)
        self._pcm: Pcm | None = None
        self._device_state = DeviceState.PROBING
        self._commands = Commands(engine, self._describe_device)

    # ---- the block ---------------------------------------------------------------------------------------------------

    def play(self, pcm: Pcm, state: DeviceState) -> None:
        """Play until `stopping`, or until the device is lost, which is an ordinary end too."""
        engine = self._engine
        chunk_frames = chunk_frames_of(pcm.period)
        engine.play_into(chunk_frames, pcm.sample_bytes)
        ring = OutputRing(self._run, pcm.period, chunk_frames, pcm.sample_bytes, engine.frame)
        self._microphone = microphone = self._open_microphone(pcm.period)
        capture = CaptureRing(self._run, pcm.period, engine.frame)
        self._pcm, self._device_state = pcm, state
        self._describe_device()
        self._link.send(engine.outbox)
        gc.collect()
        gc.freeze()
        try:
            self._blocks(pcm, ring, microphone, capture)
            self._fade_out(pcm, ring)
        except DeviceLost:
            self._device_state = DeviceState.LOST
            self._release_everything()
        finally:
            pcm.close()
            if microphone is not None:  # it is opened again beside the next device
                microphone.close()
            self._pcm = self._microphone = None

    def _blocks(self, pcm: Pcm, ring: OutputRing, microphone: Microphone | None, capture: CaptureRing) -> None:
        engine, link, costs, sources = self._engine, self._link, self.costs, self._sources
        words, blocks, count = ring.words, ring.blocks, len(ring.blocks)
        write, chunk, live, waiting, outbox = pcm.write, engine.chunk, engine.live, link.waiting, engine.outbox
        head, due = 0, engine.frame + STATISTICS_FRAMES
        is_patient = self.patient and self._device_state == DeviceState.PLAYING
        patience_ns = engine.patience_ns(pcm.period) if is_patient else 0
        while not self.stopping:
            start = monotonic_ns()
            for source, poll in sources:
                message = poll()
                while message is not None:
                    status, data1, data2 = message
                    live(source, status, data1, data2, start)
                    # What this block has no room for stays in the source's queue, which costs nothing.
                    message = poll() if engine.room_ns > 0 else None
            crowded = engine.room_ns <= 0
            if not head & _LISTEN_MASK and waiting():
                self._receive(start)
            address, chunks = blocks[head % count]
            for out in chunks:
                chunk(out, start)
            if microphone is not None:
                capture.take_from(microphone)
            made = monotonic_ns()
            costs.add(made - start)
            xruns = write(address)
            written = monotonic_ns()
            head += 1
            words[Word.HEAD] = head
            if xruns:
                self.xruns += xruns
            if engine.frame >= due:
                due = engine.frame + (STATISTICS_FRAMES if self._tell_next(pcm, start) else 0)
                if not self._told and self._come_back():
                    break
            if outbox.pending() and not (crowded and head & _CROWDED_MASK):
                link.send(outbox)
            # The later keys are read, the more of them sound in this block. Who comes late already waits for nothing.
            if patience_ns and written - made > patience_ns:
                sleep(max(0, written + patience_ns - monotonic_ns()) / 1e9)

    def _receive(self, at_ns: int) -> None:
        """Carry out what the hub asks, a few datagrams a block."""
        commands, link = self._commands, self._link
        for _ in range(_MOST_DATAGRAMS):
            for record, memory in link.receive():
                if record.kind != Kind.LOAD_SONG:
                    commands.carry_out(record, at_ns)
                elif memory is None:
                    commands.answer(record, DoneResult.BAD_SONG)
                else:
                    commands.load_song(record, memory)
            if not link.waiting():
                return

    def _fade_out(self, pcm: Pcm, ring: OutputRing) -> None:
        """End without a click."""
        engine = self._engine
        engine.mixer.target = 0.0
        left = int(FADE_BLOCKS_S * SAMPLE_RATE)
        number = 0
        while left > 0:
            address, chunks = ring.blocks[number % len(ring.blocks)]
            for out in chunks:
                engine.chunk(out)
            pcm.write(address)
            left -= pcm.period
            number += 1

    def _release_everything(self) -> None:
        for source in (Source.KEYBOARD, Source.DIN, Source.HUB):
            self._engine.release(source, RELEASE_DEVICE_GONE)
        self._engine.synth.silence()
        self._describe_device()
        self._link.send(self._engine.outbox)

    # ---- while nothing sounds ----------------------------------------------------------------------------------------

    def attend(self) -> None:
        """Without a device: drop what is played, obey and answer the hub."""
        now = monotonic_ns()
        for _, poll in self._sources:
            while poll() is not None:
                pass
        if self._link.waiting():
            self._receive(now)
        self._engine.tell_more()
        self._link.send(self._engine.outbox)

    # ---- what the hub is told ----------------------------------------------------------------------------------------

    def hello(self) -> None:
        """Tell who we are and everything there is, at start."""
        self._describe_device()
        self._engine.tell_everything()
        self._link.send(self._engine.outbox)

    def _describe_device(self) -> None:
        pcm, put = self._pcm, self._engine.outbox.put
        period, periods, bits = (pcm.period, pcm.periods, pcm.bits) if pcm else (0, 0, 0)
        put(Kind.ENGINE_HELLO, SAMPLE_RATE, period, periods, self._pid, bits, index=WIRE_VERSION)
        self._microphone_told = microphone = self._microphone_now()
        device = (period, periods, bits, min(self.reopened, _MOST_TOLD))
        put(Kind.SOUND_DEVICE_CHANGED, *device, *microphone, index=self._device_state)

    def _microphone_now(self) -> tuple[MicrophoneState, int]:
        """How the microphone is, and how often sound of it was lost."""
        microphone = self._microphone
        if microphone is None:
            return MicrophoneState.NONE, 0
        state = MicrophoneState.LOST if microphone.lost else MicrophoneState.OPEN
        return state, min(microphone.overruns, _MOST_TOLD)

    def _watch_overflows(self) -> None:
        """A burst too large for a keyboard's queue may have lost note-offs: let go of what it holds."""
        overflows = sum(keyboard.overflows for _, keyboard in self._keyboards)
        if overflows != self._overflows:
            self._overflows = overflows
            for source in {source for source, _ in self._keyboards}:
                self._engine.release(source, RELEASE_OVERFLOW)

    def _tell_next(self, pcm: Pcm, start_ns: int) -> bool:
        """Tell one of the statistics: each has a block of its own. True when that was the last one for now."""
        self._told = (self._told + 1) % 3
        if self._told == 1:
            self._look_round()
        if not self._link.connected:
            self._told = 0
        elif self._told == 1:
            self._tell_load(pcm)
        elif self._told == 2:
            self._tell_level(pcm)
        else:
            frame = self._engine.frame
            tick, bar, beat = self._engine.transport.position(frame)
            self._engine.outbox.put(Kind.CLOCK_PAIRED, start_ns, tick, bar, beat, frame=frame - pcm.period)
        return not self._told

    def _look_round(self) -> None:
        self._commands.watch_hub()
        self._watch_overflows()
        if self._microphone_now() != self._microphone_told:
            self._describe_device()

    def _tell_load(self, pcm: Pcm) -> None:
        engine = self._engine
        p50, p99, most = self.costs.quantiles()
        period_us = pcm.period * 1_000_000 // SAMPLE_RATE
        shed, voices = engine.shed + engine.keyboard.shed, min(engine.count_voices(), 65535)
        load = (p50, p99, most, period_us, self.xruns, shed)
        engine.outbox.put(Kind.LOAD_MEASURED, *load, index=voices, frame=engine.frame)

    def _tell_level(self, pcm: Pcm) -> None:
        peak, reduction = self._engine.mixer.take_levels()
        delay_us = pcm.delay_frames() * 1_000_000 // SAMPLE_RATE
        outbox = self._engine.outbox
        level = (decibels(peak), decibels(reduction), delay_us, outbox.dropped)
        outbox.put(Kind.LEVEL_MEASURED, *level, frame=self._engine.frame)
