"""A song on its way into the transport: checked a little in every chunk, so that a long one costs no xrun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mos_appliance.errors import BadInput
from mos_appliance.wire.records import DoneResult, Kind
from mos_appliance.wire.song import Song, check_events, decode_song

if TYPE_CHECKING:
    from mos_appliance.engine.instrument import Engine

EVENTS_A_CHUNK: Final = 2048


class SongLoader:
    """Takes one song at a time; a newer one takes the place of one that is still being checked."""

    def __init__(self, engine: Engine) -> None:
        self.busy = False
        self._engine = engine
        self._song: Song | None = None
        self._handle = 0
        self._checked = 0

    def begin(self, block: memoryview, handle: int) -> DoneResult:
        """Begin with the song in `block`, which must not change or vanish; an empty one unloads."""
        self.busy = False
        if not block:
            self._put_in(None, handle)
            return DoneResult.DONE
        try:
            self._song = decode_song(block, events_too=False)
        except BadInput:
            return DoneResult.BAD_SONG
        self._handle, self._checked, self.busy = handle, 0, True
        return DoneResult.DONE

    def step(self) -> None:
        """Check some more; put it in when all is well. A bad one is told as a song without parts."""
        song = self._song
        assert song is not None
        stop = self._checked + EVENTS_A_CHUNK
        try:
            check_events(song, self._checked, stop)
        except BadInput:
            self.busy = False
            self._put_in(None, self._handle)
            return
        self._checked = stop
        if stop >= len(song.events):
            self.busy = False
            self._put_in(song, self._handle)

    def finish(self) -> None:
        """Check all that is left at once: for offline rendering."""
        while self.busy:
            self.step()

    def _put_in(self, song: Song | None, handle: int) -> None:
        engine = self._engine
        engine.transport.load(engine.frame, song)
        engine.settings.unmute_parts()
        if song is not None:
            engine.seat_parts([bool(drums) for drums in song.parts["drums"]])
        self._song, self._handle = song, handle
        self.tell()

    def tell(self) -> None:
        """Add a SONG_LOADED for what the transport holds."""
        song = self._song
        end, events, parts = (song.end_tick, len(song.events), len(song.parts)) if song else (0, 0, 0)
        self._engine.outbox.put(Kind.SONG_LOADED, end, events, self._handle, index=parts, frame=self._engine.frame)
