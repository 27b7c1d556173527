"""The transport's commands: a song, where it plays, how fast, which parts, and the metronome.

Sans-I/O: time comes in as frame numbers, messages and clicks go out in lists (see `playhead`).
"""

from __future__ import annotations

from typing import Final

from mos_appliance.engine.chase import DEFAULTS
from mos_appliance.engine.playhead import BEAT, CHANGED, ENDED, LOOPED, RELEASED, Playhead
from mos_appliance.engine.song_time import WHOLE_NOTE
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.records import TransportState
from mos_appliance.wire.song import Song

__all__ = ["BEAT", "CHANGED", "ENDED", "LOOPED", "RELEASED", "Transport"]

_US_PER_MINUTE: Final = 60_000_000
_LAST_BAR: Final = 0xFFFF
"""Records count bars with 16 bits; a metronome left running stays there."""


class Transport(Playhead):
    """Plays a song and its metronome, or a metronome alone.

    Call order: any commands before a chunk, with that chunk's first frame; then `advance` once for the chunk.
    Ranges are those of `wire.controls`, checked before they come here.
    """

    def __init__(self, rate: int = SAMPLE_RATE) -> None:
        super().__init__(rate)
        self.percent = 100.0
        self._beats, self._beat_unit = 4, 4
        self._free_rate = rate * 125
        self._free_step = 2 * 90_000

    def load(self, frame: int, song: Song | None) -> None:
        """Take `song` in place of the one before, at its beginning; None takes it away. Its arrays must not change.

        Notes of the old one end, its controllers go back to their defaults, its loop is gone. The new one is indexed
        over the next chunks (32 events each); it can be played at once.
        """
        self.stop(frame)
        self._parts.restore(DEFAULTS)
        self._unload()
        if song is not None:
            self._load(song)

    def play(self, frame: int, tick: int | None = None) -> bool:
        """Play from `tick`, by default from where it stands (at the end: from the beginning). False without a song.

        The count-in comes first. While it plays, nothing happens unless `tick` is given.
        """
        if self.song is None:
            return False
        if tick is None:
            if self.state is not TransportState.STOPPED:
                return True
            tick = self._tick if self._tick < self.end_tick else 0
        self._leave(frame)
        self._go_to(tick)
        self._set_off(count_in=True)
        return True

    def stop(self, frame: int) -> None:
        """Stop where it is; a metronome that runs alone stops too."""
        self._leave(frame)
        self._step = self._song_step
        self._pending |= CHANGED

    def seek(self, frame: int, tick: int) -> bool:
        """Go to `tick` (to the end when beyond), playing on if it plays, without a count-in. False without a song."""
        if self.song is None:
            return False
        playing = self.state is not TransportState.STOPPED
        self._leave(frame)
        self._go_to(tick)
        if playing:
            self._set_off(count_in=False)
        return True

    def set_loop(self, frame: int, from_tick: int, to_tick: int) -> bool:
        """Repeat from `from_tick` up to, not including, `to_tick`; both 0 ends the loop. False when that is no loop.

        A position at or past the loop's end moves to its beginning, now and whenever it is asked for.
        """
        clear = from_tick == 0 and to_tick == 0
        to_tick = min(to_tick, self.end_tick)
        if clear:
            self.loop = None
        elif self.song is None or not 0 <= from_tick < to_tick:
            return False
        else:
            self.loop = (from_tick, to_tick)
            self._loop_mark.move(self._index_of(from_tick))
            if self.tick(frame) >= to_tick:
                self.seek(frame, from_tick)
        if self._running and not self.alone:
            self._aim_end()
        self._pending |= CHANGED
        self._wake()
        return True

    def set_tempo_scale(self, frame: int, percent: float) -> None:
        """Speed of the song and of its clicks, taken to the nearest 1/1000 %."""
        thousandths = max(1, round(percent * 1000))
        self.percent = thousandths / 1000
        self._song_step = self._den * thousandths
        if not self.alone:
            self._anchor_at(frame)
            self._step = self._song_step
        self._pending |= CHANGED
        self._wake()

    def mute(self, part: int, on: bool) -> None:
        """Silence a part, its controllers going on, or let it sound from its next note on."""
        self._parts.mute(part, on)
        self._wake()

    def solo(self, part: int, on: bool) -> None:
        """While any part is soloed only soloed parts sound."""
        self._parts.solo(part, on)
        self._wake()

    def panic(self, frame: int) -> None:
        """Stop; the caller has reset the synthesiser, so nothing is released and controllers start from defaults."""
        self.stop(frame)
        self._parts.forget()

    # ---- the metronome ---------------------------------------------------------------------------------------------

    def set_metronome(self, frame: int, on: bool) -> None:
        """Click while the song plays. Switched on while stopped it runs alone, until `stop` or `play`."""
        self.clicking = on
        if on and self.state is TransportState.STOPPED and not self.alone:
            self.alone = self._running = True
            self._metronome.run_alone(self._beats, WHOLE_NOTE // self._beat_unit)
            self._click_clock.run_evenly(0, 0, self._free_rate)
            self._step = self._free_step
            self._anchor_frame, self._anchor = frame, 0
            self._aim_click()
        elif not on and self.alone:
            self.stop(frame)
        self._wake()

    def set_tempo(self, frame: int, quarters_a_minute: float) -> None:
        """Tempo of the metronome alone, taken to the nearest 1/1000."""
        self._free_step = 2 * max(1, round(quarters_a_minute * 1000))
        if self.alone:
            self._anchor_at(frame)
            self._step = self._free_step
            self._pending |= CHANGED
        self._wake()

    def set_beats(self, beats: int) -> None:
        """Beats in a bar of the metronome alone, from its next beat on."""
        self._beats = beats
        self._change_beats()

    def set_beat_unit(self, unit: int) -> None:
        """Note value of a beat of the metronome alone; what is no power of two becomes the one below."""
        self._beat_unit = 1 << unit.bit_length() - 1
        self._change_beats()

    def _change_beats(self) -> None:
        if self.alone:
            self._metronome.change(self._beats, WHOLE_NOTE // self._beat_unit)
            self._aim_click()
            self._wake()

    def set_accents(self, beats: int) -> None:
        """Bit set of the beats with an accent; 1 gives a compound metre its own (see `metronome`)."""
        self._metronome.accents = beats

    def set_subdivision(self, clicks: int) -> None:
        """Clicks a beat, from the next beat on."""
        self._metronome.subdivide(clicks)
        if self._running:
            self._aim_click()
            self._wake()

    def set_count_in(self, bars: int) -> None:
        """Bars clicked before the transport starts, in the metre and tempo where it starts."""
        self.count_in_bars = bars

    # ---- where it is -----------------------------------------------------------------------------------------------

    def position(self, frame: int) -> tuple[int, int, int]:
        """Tick, bar from 1 (0 in a count-in, 65,535 at most) and beat from 1 at `frame`.

        A beat is one unit of the metre.
        """
        tick = self.tick(frame)
        if self.alone or self.state is TransportState.COUNTING_IN or self._metres is None:
            bar, beat = self.beat_now
        else:
            bar, beat = self._metres.bar_and_beat(tick)
        return tick, min(bar, _LAST_BAR), beat

    def quarters_a_minute(self, frame: int) -> float:
        """Tempo at `frame`, tempo scale included; the metronome's own when it runs alone or there is no song."""
        if self._tempi is None or self.alone:
            return self._free_step / 2000
        return _US_PER_MINUTE / self._tempi.tempo_at(self.tick(frame)) * self.percent / 100
