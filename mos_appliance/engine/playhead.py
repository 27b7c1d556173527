"""The moving part of the transport: which events and clicks fall into each chunk of sound.

`song_time` explains the arithmetic: the place at frame f is anchor place + (f − anchor frame) × step, all integers;
what is at place p falls into frame floor(anchor frame + (p − anchor place) / step), and so into the chunk that holds
this frame. Changing the speed or looping moves the anchor without rounding, so no error can add up.

Work per chunk is bounded: 64 messages, `note_ons_per_chunk`, 8 clicks, 32 scanned events, one loop jump; what does not
fit waits for the next chunk. A chunk in which nothing is due costs one comparison.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np

from mos_appliance.engine.chase import DEFAULTS, Chase, Mark
from mos_appliance.engine.metronome import Metronome
from mos_appliance.engine.song_parts import MESSAGES_PER_CHUNK, STARTED, WAITS, Message, SongParts
from mos_appliance.engine.song_time import FAR, MetreMap, TempoMap, TickClock, place_units
from mos_appliance.wire.records import TransportState
from mos_appliance.wire.song import Song

Click = tuple[int, int]
"""Offset in the chunk in frames; level: SUBDIVISION, BEAT or ACCENT of `metronome`."""

CHANGED: Final = 1
"""State, song, loop, speed or position were changed."""
ENDED: Final = 2
"""The song came to its end."""
LOOPED: Final = 4
"""The loop jumped back."""
BEAT: Final = 8
"""A beat was passed, also in a count-in or with the metronome alone."""
RELEASED: Final = 16
"""Notes were ended because the transport was stopped, moved or loaded anew; `released` says how many."""

NEVER: Final = 1 << 63
CLICKS_PER_CHUNK: Final = 8


class Playhead:
    """Goes through a song, or through the bars of a metronome alone. `Transport` adds the commands.

    When `advance` says True, `messages`, `clicks` and `changes` tell what happened, until the next call.
    Messages sound at the start of the chunk, in order; clicks at their exact offset.
    """

    def __init__(self, rate: int) -> None:
        self.state = TransportState.STOPPED
        self.alone = False
        self.changes = 0
        self.clicks: list[Click] = []
        self.released = 0
        self.clicking = False
        self.count_in_bars = 0
        self.note_ons_per_chunk = MESSAGES_PER_CHUNK
        """More note-ons than that (at least 1) wait for the next chunk: what a synthesiser can start in one."""
        self.beat_now = (1, 1)
        self._num, self._den = place_units(rate)
        self._parts = SongParts()
        self.messages: list[Message] = self._parts.messages
        self._chase = Chase()
        self._here = Mark()
        self._loop_mark = Mark()
        self._metronome = Metronome()
        self._event_clock = TickClock()
        self._click_clock = TickClock()
        self._song_step = self._step = self._den * 100_000
        self.due_frame = NEVER
        """A chunk that ends at or before this frame has nothing to do: `advance` may be left out for it."""
        self._anchor_frame = self._anchor = self._floor = 0
        self._running = self._busy = False
        self._starting = self._restoring = self._with_count_in = False
        self._pending = 0
        self._unload()

    def _unload(self) -> None:
        self.song: Song | None = None
        self.end_tick = 0
        self.loop: tuple[int, int] | None = None
        self._tempi: TempoMap | None = None
        self._metres: MetreMap | None = None
        self._tick = 0
        self._take_events(memoryview(b"").cast("I"))
        self._park()

    def _load(self, song: Song) -> None:
        self.song = song
        self.end_tick = song.end_tick
        self._tempi = TempoMap(song, self._num)
        self._metres = MetreMap(song)
        self._event_clock.follow(self._tempi)
        self._click_clock.follow(self._tempi)
        self._take_events(np.require(song.events, requirements=["C", "A"]).view(np.uint32).data)

    def _take_events(self, words: memoryview) -> None:
        self._words = words
        self._ticks = words[::2]
        self._count = len(words) // 2
        self._chase.load(words, self._count)
        self._here.take(DEFAULTS, 0)
        self._loop_mark.take(DEFAULTS, 0)

    # ---- coming and going ------------------------------------------------------------------------------------------

    def tick(self, frame: int) -> int:
        """Position in the song at `frame` (the first of the chunk that was last advanced, or later)."""
        if self.state is not TransportState.PLAYING or self._starting or self._tempi is None:
            return self._tick
        place = self._anchor + (frame - self._anchor_frame) * self._step
        return min(self._tempi.tick_at(max(place, self._floor)), self.end_tick)

    def _park(self) -> None:
        """Nothing is due."""
        self._next = self._count
        self._event_place = self._event_end = self._click_place = self._end_place = self._begin_place = FAR

    def _leave(self, frame: int) -> None:
        """Stand still at `frame`, with nothing sounding; remember where, and the controllers there."""
        self.alone = self._running = False
        self._wake()
        if self.state is TransportState.STOPPED:
            return
        if not self._starting and self.state is TransportState.PLAYING and self._tempi is not None:
            place = self._anchor + (frame - self._anchor_frame) * self._step
            tick = self._tempi.tick_at(place - 1) + 1 if place > self._floor else self._tempi.tick_at(self._floor)
            self._tick = min(tick, self.end_tick)
            if not self._parts.waiting:
                self._here.take(self._parts.sent, self._next)
        released = self._parts.release()
        if released:
            self.released = released
            self._pending |= RELEASED
        self._starting = False
        self._park()
        self.state = TransportState.STOPPED

    def _go_to(self, tick: int) -> None:
        """Stand at `tick`, and begin to find the controllers there."""
        tick = max(0, min(tick, self.end_tick))
        if self.loop is not None and tick >= self.loop[1]:
            tick = self.loop[0]
        self._tick = tick
        self._here.move(self._index_of(tick))
        self._pending |= CHANGED
        self._wake()

    def _index_of(self, tick: int) -> int:
        """The first event at or after `tick`."""
        return bisect_left(self._ticks, tick)

    def _set_off(self, count_in: bool) -> None:
        """Play from where it stands as soon as the controllers are as they should be."""
        self._starting, self._restoring = True, False
        self._with_count_in = count_in and self.count_in_bars > 0
        self.state = TransportState.COUNTING_IN if self._with_count_in else TransportState.PLAYING

    def _start(self, frame: int) -> None:
        """Restore the controllers; once that is done, start the clocks."""
        if not self._restoring:
            if not self._chase.find(self._here):
                return
            self._parts.restore(self._here.table)
            self._restoring = True
        if self._parts.drain():
            self._starting = False
            self._begin(frame)

    def _begin(self, frame: int) -> None:
        metres = self._metres
        if metres is None:
            return
        tick = self._tick
        place = self._event_clock.place(tick)
        self._floor = self._anchor = place
        self._anchor_frame = frame
        self._step = self._song_step
        self._next_event(self._here.index)
        if self._with_count_in:
            rate = self._event_clock.rate
            first = self._metronome.count_in(metres, tick, self.count_in_bars)
            self._click_clock.run_evenly(tick, place, rate)
            self._anchor -= (tick - first) * rate
            self._begin_place = place
        else:
            self._follow(tick)
        self._aim_click()
        self._aim_end()
        self._running = True

    def _next_event(self, index: int) -> None:
        self._next = index
        self._event_place = self._event_clock.place(self._words[2 * index]) if index < self._count else FAR

    def _follow(self, tick: int) -> None:
        """Click in the song's metres from `tick` on."""
        if self._metres is not None and self._tempi is not None:
            self._metronome.follow(self._metres, tick)
            self._click_clock.follow(self._tempi)
            self._aim_click()

    def _aim_click(self) -> None:
        self._click_place = self._click_clock.place(self._metronome.tick)

    def _aim_end(self) -> None:
        """Find where loop or song ends; events on a song's last tick still sound, those on a loop's do not."""
        tick = self.end_tick if self.loop is None else self.loop[1]
        self._end_place = self._event_clock.place(tick)
        self._event_end = self._end_place + (self.loop is None)

    def _anchor_at(self, frame: int) -> None:
        self._anchor += (frame - self._anchor_frame) * self._step
        self._anchor_frame = frame

    def _wake(self) -> None:
        """The next chunk has something to do besides playing."""
        self._busy = True
        self.due_frame = 0

    # ---- one chunk -------------------------------------------------------------------------------------------------

    def advance(self, frame: int, frames: int) -> bool:
        """Go through the chunk of `frames` frames that begins at `frame`.

        True when `messages`, `clicks` or `changes` have something to tell.
        """
        if frame + frames <= self.due_frame:
            return False
        return self._work(frame, frames)

    def _work(self, frame: int, frames: int) -> bool:
        self.messages.clear()
        self.clicks.clear()
        self.changes, self._pending = self._pending, 0
        if self._busy:
            self._settle(frame)
        if self._running:
            self._run(frame, frame + frames)
        if self._busy and self._unsettled():
            self.due_frame = 0
        elif self._running:
            place = min(self._event_place, self._click_place, self._end_place, self._begin_place)
            self.due_frame = self._anchor_frame + (place - self._anchor) // self._step
        else:
            self.due_frame = NEVER
        return bool(self.messages or self.clicks or self.changes)

    def _settle(self, frame: int) -> None:
        """One bounded step of what is not playing: release, restore, start, chase."""
        clear = self._parts.drain()
        if not self._starting:
            self._chase_idly()
        elif clear:
            self._start(frame)

    def _unsettled(self) -> bool:
        """Whether there is more of that to do."""
        ready = self._here.ready and self._loop_mark.ready and self._chase.indexed
        self._busy = not ready or self._pending > 0 or self._starting or self._parts.waiting
        return self._busy

    def _chase_idly(self) -> None:
        """One bounded step of what may be wanted later."""
        if not self._here.ready:
            self._chase.find(self._here)
        elif not self._loop_mark.ready:
            self._chase.find(self._loop_mark)
        elif not self._chase.indexed:
            self._chase.index()

    def _run(self, frame: int, last: int) -> None:
        """Go through frames `frame` to `last` (not included)."""
        end = self._anchor + (last - self._anchor_frame) * self._step
        if self._begin_place < end:
            self._click_until(self._begin_place, frame)
            self._begin_place = FAR
            self.state = TransportState.PLAYING
            self.changes |= CHANGED
            self._follow(self._tick)
        if self._click_place < end:
            self._click_until(min(end, self._end_place), frame)
        if (self._event_place < end or self._busy) and not self._play_until(min(end, self._event_end)):
            return
        if self._end_place >= end:
            return
        if self.loop is None:
            self._end(last)
        elif self._jump(self.loop[0], frame, end):
            end = self._anchor + (last - self._anchor_frame) * self._step
            self._click_until(min(end, self._end_place), frame)
            self._play_until(min(end, self._event_end))

    def _play_until(self, end: int) -> bool:
        """Pass on the events before place `end`. Returns whether there was room for all of them."""
        parts = self._parts
        if self._busy and not parts.drain():
            return False
        due = self._event_place
        if due >= end:
            return True
        room = MESSAGES_PER_CHUNK - len(self.messages)
        starts = self.note_ons_per_chunk
        words, index, count = self._words, self._next, self._count
        play, place = parts.play, self._event_clock.place
        tick = words[2 * index]
        while due < end and room > 0:
            did = play(words[2 * index + 1])
            index += 1
            room -= 1
            if index == count:
                due = FAR
            elif words[2 * index] != tick:
                tick = words[2 * index]
                due = place(tick)
            if did:
                starts -= did == STARTED
                self._busy |= did == WAITS
                if not starts or not (did == STARTED or parts.drain()):
                    break
        self._next = index
        self._event_place = due
        return due >= end and not (self._busy and parts.waiting)

    def _click_until(self, end: int, frame: int) -> None:
        """Enter the clicks before place `end`."""
        room = CLICKS_PER_CHUNK - len(self.clicks)
        metronome = self._metronome
        while self._click_place < end:
            if room <= 0:
                self._skip_clicks(end)
                return
            room -= 1
            if self.clicking or self.state is TransportState.COUNTING_IN:
                offset = self._anchor_frame + (self._click_place - self._anchor) // self._step - frame
                self.clicks.append((max(0, offset), metronome.level))
            if metronome.on_beat:
                self.changes |= BEAT
                self.beat_now = (metronome.bar, metronome.beat)
            metronome.step()
            self._aim_click()

    def _skip_clicks(self, end: int) -> None:
        """More clicks than anybody can hear: leave out those before place `end`."""
        if self.state is TransportState.PLAYING and self._tempi is not None:
            self._follow(self._tempi.tick_at(end - 1) + 1)

    def _end(self, frame: int) -> None:
        self._leave(frame)
        self._tick = self.end_tick
        self.changes |= ENDED | CHANGED | self._pending
        self._pending = 0

    def _jump(self, tick: int, frame: int, end: int) -> bool:
        """Go back to the loop's beginning. False when the controllers there are not known yet, so that it waits."""
        self.changes |= LOOPED | CHANGED
        if not self._loop_mark.ready:
            self._leave(frame)
            self._go_to(tick)
            self._set_off(count_in=False)
            return False
        self._parts.release()
        self._parts.restore(self._loop_mark.table)
        self._busy = True
        begin = self._event_clock.place(tick)
        length = self._end_place - begin
        self._anchor_at(frame)
        self._anchor -= length * -(-(end - self._end_place) // length)
        self._floor = begin
        self._next_event(self._loop_mark.index)
        self._follow(tick)
        return True
