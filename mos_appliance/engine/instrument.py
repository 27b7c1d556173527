"""The instrument: everything that one chunk of sound is made of, sans-I/O.

`Engine.chunk` is the block: waiting notes, the transport, the synthesiser, clicks, speech, the mixer. It runs on one
thread; everything that it touches was made before the first block. Offline rendering and the appliance call the same.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine import transport as transports
from mos_appliance.engine.clicks import Clicks
from mos_appliance.engine.costs import CostTable
from mos_appliance.engine.keyboard import DRUM_BANK_SELECT, Keyboard, KeyboardFacts
from mos_appliance.engine.mixer import Mixer
from mos_appliance.engine.outbox import Outbox
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.ports import Synth
from mos_appliance.engine.settings import ADOPTED_CONTROLLERS, Settings
from mos_appliance.engine.song_loader import SongLoader
from mos_appliance.engine.talk import Talk
from mos_appliance.engine.transport import Transport
from mos_appliance.units import GRID_FRAMES
from mos_appliance.wire.controls import PARTS
from mos_appliance.wire.records import DoneResult, Kind, Source

SONG_CHANNEL: Final = 16
"""Synth channel of a song's part 0."""
TOLD_A_CHUNK: Final = 8
"""Controls told in one chunk when all are: about a tenth of a millisecond."""
MOST_WAITING: Final = 512
"""Live messages that may wait for a later chunk; a burst beyond that loses its note-ons, never a note-off."""
RELEASE_PANIC, RELEASE_HUB_GONE, RELEASE_KEYBOARD_GONE, RELEASE_DEVICE_GONE, RELEASE_TRANSPORT = range(1, 6)
RELEASE_OVERFLOW: Final = 6

LiveMessage = tuple[Source, int, int, int, int]
"""Source, status with channel, two data bytes, monotonic ns at which it was seen."""


class Engine:
    """The instrument. Time is `frame`, the first frame of the chunk that comes next."""

    def __init__(
        self, synth: Synth, panel: Panel, costs: CostTable, talk: Talk | None = None, *, sample_bytes: int = 2
    ) -> None:
        self.frame = 0
        self.shed = 0
        """Voices shed since the start, and note-ons that a burst did not leave room for."""
        self.synth = synth
        self.panel = panel
        self.transport = Transport()
        self.keyboard = Keyboard(synth, panel)
        self.outbox = Outbox()
        self.clicks = Clicks()
        self.loader = SongLoader(self)
        self._talk = talk
        self._waiting: deque[LiveMessage] = deque()
        self._costs = costs
        self.room_ns = self._full_room = costs.room_ns(GRID_FRAMES, 0)
        """Time that is left in the next chunk for messages that start something, by the cost table."""
        self._struck = False
        self._learnt: Source | None = None
        self._untold: Iterator[tuple[int, int, float]] | None = None
        self._drums = [False] * PARTS
        self.settings = Settings(self)
        synth.set_polyphony(costs.voices())
        self.mixer = Mixer(64, sample_bytes)
        self.keyboard.prepare()
        self.settings.apply_all()

    def play_into(self, chunk_frames: int, sample_bytes: int) -> None:
        """Prepare for a device: chunks of that size, samples of 2 or 4 bytes. Nothing may sound; it fades in after."""
        self.mixer = Mixer(chunk_frames, sample_bytes)
        self.set_costs(self._costs)
        if self._talk is not None:
            self._talk.cut_by(chunk_frames)
        self.settings.apply_level()

    def set_costs(self, costs: CostTable) -> None:
        """Take over what calibration found."""
        self._costs, frames = costs, self.mixer.frames
        self.synth.set_polyphony(costs.voices(frames))
        self.count_voices()
        self.room_ns = self._full_room

    def patience_ns(self, frames: int) -> int:
        """How long keys may be waited for before a block of that many frames is made."""
        chunk_frames = self.mixer.frames
        return self._costs.patience_ns(chunk_frames) * (frames // chunk_frames)

    def count_voices(self) -> int:
        """Count what sounds, and leave the chunks from the next one on the room for starts that is beside it."""
        voices = self.synth.voices()
        self._full_room = self._costs.room_ns(self.mixer.frames, voices)
        return voices

    # ---- the block ---------------------------------------------------------------------------------------------------

    def live(self, source: Source, status: int, data1: int, data2: int, at_ns: int) -> None:
        """A channel message of a player: sounds in the next chunk, or waits when too much starts at once."""
        if self._waiting or self.room_ns <= 0:
            self._wait(source, status, data1, data2, at_ns)
        else:
            self.sound(source, status, data1, data2, at_ns)

    def _wait(self, source: Source, status: int, data1: int, data2: int, at_ns: int) -> None:
        if len(self._waiting) >= MOST_WAITING and status & 0xF0 == 0x90 and data2:
            self.shed += 1
            return
        self._waiting.append((source, status, data1, data2, at_ns))

    def sound(self, source: Source, status: int, data1: int, data2: int, at_ns: int) -> None:
        """A channel message of a player, in the next chunk whatever it costs."""
        keyboard = self.keyboard
        command, channel = status & 0xF0, status & 0x0F
        struck, shed, costs = keyboard.struck, keyboard.shed, self._costs
        keyboard.play(source, status, data1, data2)
        velocity, cost = 0, costs.start_ns
        if command == 0x90 and data2:
            self._struck = True
            voices = keyboard.struck - struck
            cost = voices * (cost + costs.voice_ns) + (keyboard.shed - shed) * costs.fade_ns
            velocity = keyboard.sounded_velocity
            if source != Source.HUB and keyboard.facts.note(data1, data2):
                self._learnt = source
        elif command <= 0x90:
            cost >>= 2
        elif command == 0xB0 and data1 == 64 and source != Source.HUB and keyboard.facts.pedal_moved(data2):
            self._learnt = source
        elif command == 0xC0 and channel == 0:
            self.settings.adopt("program", 0, data1)
        elif command == 0xB0 and channel == 0 and data1 in ADOPTED_CONTROLLERS:
            self.settings.adopt_controller(data1, data2)
        self.room_ns -= cost
        self.outbox.midi(
            self.frame, source, channel, status, data1, data2, velocity, self.transport.tick(self.frame), at_ns
        )

    def chunk(self, out: NDArray[np.int16] | NDArray[np.int32], at_ns: int = 0) -> None:
        """Render the next chunk into `out`. Shapes: (2 · frames,), interleaved. `at_ns` dates a song's records."""
        mixer, frame, frames = self.mixer, self.frame, self.mixer.frames
        waiting = self._waiting
        while waiting and self.room_ns > 0:
            self.sound(*waiting.popleft())
        if self._learnt is not None:
            self._tell_facts(self._learnt)
        if self._untold is not None:
            self.tell_more()
        if self.loader.busy:
            self.loader.step()
        transport = self.transport
        if frame + frames > transport.due_frame:
            transport.note_ons_per_chunk = max(1, self.room_ns // max(1, self._costs.start_ns))
            if transport.advance(frame, frames):
                self._follow_transport(frame, at_ns)
        left, right = mixer.next_bed()
        self.synth.render(left, right, frames)
        if self.clicks.sounding:
            self.clicks.mix(mixer.stereo())
        talk = self._talk
        if talk is not None and talk.waiting():
            voice = talk.next_chunk(self.settings.talk_gain, self.settings.duck_gain)
            mixer.speak(voice if talk.speaking else None, talk.music_gain)
        mixer.finish(out)
        self.frame = frame + frames
        if self._struck:
            self._struck = False
            self.count_voices()
        self.room_ns = self._full_room

    def run(self, out: NDArray[np.int16] | NDArray[np.int32]) -> int:
        """Render as many chunks as nothing happens in, at least one, to the same bits as `chunk`; offline only.

        Shapes: `out` (n · 2 · chunk frames,). Returns the number of chunks that were rendered.
        """
        mixer, frame = self.mixer, self.frame
        quiet = (self.transport.due_frame - frame) // mixer.frames
        most = min(quiet, len(out) // (2 * mixer.frames))
        if most < 2 or self._waiting or self.loader.busy or self.clicks.sounding or self._talk:
            self.chunk(out[: 2 * mixer.frames])
            return 1
        left, right, count = mixer.next_run(most)
        self.synth.render(left, right, count * mixer.frames)
        mixer.finish_run(out[: 2 * mixer.frames * count], count)
        self.frame = frame + count * mixer.frames
        return count

    def _follow_transport(self, frame: int, at_ns: int) -> None:
        transport, midi, outbox = self.transport, self.synth.midi, self.outbox
        tick = transport.tick(frame)
        drums = self._drums
        for part, status, data1, data2 in transport.messages:
            if status == 0xB0 and data1 == 0 and drums[part]:
                # Whatever bank a file names on channel 10, it means drums.
                self.shed += midi(SONG_CHANNEL + part, status, 0, DRUM_BANK_SELECT)
                continue
            self.shed += midi(SONG_CHANNEL + part, status, data1, data2)
            velocity = 0
            if status == 0x90:
                velocity = data2
                self._struck = True
            outbox.midi(frame, Source.SONG, part, status, data1, data2, velocity, tick, at_ns)
        for offset, level in transport.clicks:
            self.clicks.start(offset, level)
        changes = transport.changes
        if changes & transports.RELEASED:
            self.outbox.put(
                Kind.NOTES_RELEASED, transport.released, flags=Source.SONG, index=RELEASE_TRANSPORT, frame=frame
            )
        if changes & transports.ENDED:
            self.outbox.put(Kind.SONG_ENDED, tick, frame=frame)
        if changes & (transports.CHANGED | transports.LOOPED | transports.ENDED | transports.BEAT):
            self.tell_transport()

    # ---- what happens to a player ------------------------------------------------------------------------------------

    def panic(self) -> None:
        """Silence: every note off, every controller reset, the transport stopped, what waits forgotten."""
        self.transport.panic(self.frame)
        self._waiting.clear()
        released = self.keyboard.forget()
        self.synth.reset()
        self.clicks.silence()
        self.settings.retune()
        drums, self._drums = self._drums, [False] * PARTS
        self.seat_parts(drums)
        self.keyboard.prepare()
        self.outbox.put(Kind.NOTES_RELEASED, released, flags=255, index=RELEASE_PANIC, frame=self.frame)

    def seat_parts(self, drums: list[bool]) -> None:
        """Give the parts of a new song drums or melodic instruments. Shapes: `drums` one a part."""
        for part, is_drums in enumerate(drums):
            if is_drums != self._drums[part]:
                self._drums[part] = is_drums
                self.synth.midi(SONG_CHANNEL + part, 0xB0, 0, DRUM_BANK_SELECT if is_drums else 0)
                self.synth.midi(SONG_CHANNEL + part, 0xC0, 0, 0)

    def release(self, source: Source, reason: int) -> None:
        """A source is gone: end what it holds, and what of it still waits."""
        for message in [message for message in self._waiting if message[0] == source]:
            self._waiting.remove(message)
        released = self.keyboard.release(source)
        if released:
            self.outbox.put(Kind.NOTES_RELEASED, released, flags=source, index=reason, frame=self.frame)

    def keyboard_gone(self, source: Source) -> None:
        """A keyboard was unplugged: what it held is released, and the next one is learnt anew."""
        self.release(source, RELEASE_KEYBOARD_GONE)
        self.keyboard.facts = KeyboardFacts()
        self.keyboard.learn_touch()

    def set_control(self, number: int, which: int, value: float, owner: bool) -> DoneResult:
        """Change a control and tell the hub the value in force."""
        result = self.panel.try_set(number, which, value, owner)
        if result == DoneResult.DONE:
            self.settings.apply(number, which)
        if result != DoneResult.UNKNOWN:
            self.settings.tell(number, which)
        return result

    # ---- what the hub is told ----------------------------------------------------------------------------------------

    def _tell_facts(self, source: Source) -> None:
        self._learnt = None
        facts = self.keyboard.facts
        self.keyboard.learn_touch()
        self.outbox.put(
            Kind.KEYBOARD_LEARNT,
            facts.lowest,
            facts.highest,
            facts.velocity,
            facts.pedal,
            facts.notes,
            flags=source,
            frame=self.frame,
        )

    def tell_transport(self) -> None:
        """Add a TRANSPORT_CHANGED."""
        transport, frame = self.transport, self.frame
        tick, bar, beat = transport.position(frame)
        self.outbox.put(
            Kind.TRANSPORT_CHANGED,
            tick,
            transport.percent,
            transport.quarters_a_minute(frame),
            bar,
            beat,
            index=transport.state,
            frame=frame,
        )

    def tell_everything(self) -> None:
        """Add every control, the transport, its song and what is known of the keyboard."""
        self.begin_telling()
        while self._untold is not None:
            self.tell_more()

    def begin_telling(self) -> None:
        """The same, a few records a chunk: a small board needs two blocks' time for all of them at once."""
        self._untold = self.panel.everything()

    def tell_more(self) -> None:
        """The next few records of what `begin_telling` began; nothing when it is at its end."""
        if self._untold is None:
            return
        some = list(itertools.islice(self._untold, TOLD_A_CHUNK))
        for number, which, value in some:
            self.outbox.put(Kind.CONTROL_CHANGED, value, which, index=number)
        if len(some) < TOLD_A_CHUNK:
            self._untold = None
            self._tell_the_rest()

    def _tell_the_rest(self) -> None:
        self.tell_transport()
        self.loader.tell()
        if self.keyboard.facts.notes:
            self._tell_facts(Source.KEYBOARD)
