"""Practising as the hub has it: pieces are opened for the tutor and the transport, its answers go to the pages.

What is played goes on to the tutor's process, which may die and come back; its judgement is kept with the take.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from mos_appliance.app.children import import_data
from mos_appliance.app.practice_records import LIVE_MARKS, full_attempt, judgement_of, order_of, practice_of
from mos_appliance.app.roster import Roster
from mos_appliance.app.tutor_answers import Answers
from mos_appliance.companion.desk import Desk
from mos_appliance.companion.practice_resources import PracticeWish
from mos_appliance.companion.resources import TutorHealth
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.net.record_link import RecordLink
from mos_appliance.store.document import read_document, write_document
from mos_appliance.store.judgements import Judgements
from mos_appliance.store.recording import Recorder
from mos_appliance.store.takes import Takes
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.wire import live
from mos_appliance.wire.files import RunFile
from mos_appliance.wire.imports import ImportedPractice, ImportedSong
from mos_appliance.wire.practice import Judged, PracticeOrder, decode_practice
from mos_appliance.wire.records import NO_NOTE, Kind, Record, Source, TransportVerb, encode
from mos_appliance.wire.students import Attempted

MOST_JUDGED_BYTES: Final = 32 << 20
FORWARDED: Final = frozenset({Kind.MIDI_HAPPENED, Kind.TRANSPORT_CHANGED, Kind.CLOCK_PAIRED, Kind.NOTES_RELEASED})
"""What the tutor hears of the engine."""
LOOK_S: Final = 1.0
"""The tutor is asked that often whether it is there …"""
SILENT_S: Final = 3.5
"""… and is not, when nothing has come from it for so long."""
COUNT_IN_BARS: Final = 2.0
"""From the button to the keys takes a student that long, when the machine keeps the tempo."""
_TEMPO_SCALE: Final = "tempo_scale"
_COUNT_IN: Final = "count_in"
_log: Final = logging.getLogger("mos.hub")


class Pieces(Protocol):
    """The library, as far as it is needed here. Errors: `KeyError`, `Unavailable`, `Corrupt`."""

    def piece(self, cid: str) -> Awaitable[_Titled]:
        """A piece."""

    def file(self, cid: str) -> Awaitable[bytes]:
        """Its bytes."""


class _Titled(Protocol):
    @property
    def title(self) -> str:
        """What it is called."""


class PracticeHall:
    """One practice at a time: the appliance has one keyboard and one transport."""

    def __init__(
        self,
        run: Path,
        desk: Desk,
        pieces: Pieces,
        load_song: Callable[[ImportedSong], Awaitable[live.SongLoaded]],
        takes: Takes,
        recorder: Recorder,
        judgements: Judgements,
        roster: Roster,
        heard: Callable[[list[Record]], None],
        hears: Callable[[], str],
        exercise: Callable[[str], Offer | None],
    ) -> None:
        """`heard` is given what the tutor hears of a microphone; `hears` says why nothing can be, or nothing.

        `exercise`: what an exercise shows, by its CID.
        """
        self._exercise = exercise
        self._run = run
        self._give_heard = heard
        self._hears = hears
        self._desk = desk
        self._pieces = pieces
        self._load_song = load_song
        self._takes = takes
        self._recorder = recorder
        self._judgements = judgements
        self._roster = roster
        self.link = RecordLink(run / RunFile.TUTOR_SOCKET, run / RunFile.HUB_TUTOR_SOCKET, self.take_in)
        self.practice = live.Practice("none")
        self.notes = b""
        self.tutor = live.TutorState(running=False, restarts=0)
        self._answers = Answers()
        self._live: frozenset[str] = frozenset()
        """Verdicts that the pages are told as they come."""
        self._place: live.Place | None = None
        self._number = time.time_ns() >> 20 & 0x3FFF_FFFF
        self._turn = asyncio.Lock()
        self._take = ""
        self._tutor_pid = 0
        self._expected = NO_NOTE
        self._heard = 0.0
        self._count_in = 0.0
        """What was counted in before a practice asked for more."""
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to hear the tutor."""
        (self._run / RunFile.PRACTICE).unlink(missing_ok=True)
        self.link.open()
        self._begin(self._watch())

    async def close(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.link.close()

    def told(self) -> Iterable[live.Message]:
        """What a page that comes has to know."""
        yield self.tutor
        yield self.practice
        if self._place is not None:
            yield self._place

    def health(self) -> TutorHealth:
        """How the tutor is."""
        return TutorHealth(
            self.tutor.running,
            self.tutor.restarts,
            self._answers.count,
            self._answers.time(),
        )

    # -- what pages ask ----------------------------------------------------------------------------------------------

    async def begin(self, wish: PracticeWish) -> live.Practice:
        """Begin. Errors: `KeyError`, `BadInput`, `Corrupt`, `Unavailable`."""
        if wish.listen == "microphone":
            await self._need_microphone()
        async with self._turn:
            piece = await self._pieces.piece(wish.piece)
            content = await import_data("practice", await self._pieces.file(wish.piece), piece.title)
            imported = await asyncio.to_thread(decode_practice, content, ImportedPractice)
            hands = sorted(set(wish.hands))
            if hands and hands[-1] >= len(imported.hands):
                raise BadInput("hands", f"there are {len(imported.hands)}, counted from 0")
            order = order_of(self._number + 1, wish, imported.score, hands)
            stretch = await asyncio.to_thread(_stretch_of, order, imported.song.song.bars)
            await self._finish()
            self._number += 1
            path = self._run / RunFile.PRACTICE
            await asyncio.to_thread(write_document, path, msgspec.msgpack.encode(order), lasting=False)
            await self._load_song(imported.song)
            self._prepare_transport(wish, hands, imported, stretch)
            self._recorder.stop()
            self._take = await self._takes.upcoming()
            self._answers.read(imported.score)
            self._live = await self._live_verdicts(wish)
            self.notes, self._place, self._expected = imported.notes, None, NO_NOTE
            self._become(practice_of(self._number, wish, piece.title, hands, imported.hands))
            self.link.send(encode(Kind.BEGIN_PRACTICE, self._number))
            if wish.mode == "along":
                self._desk.lead_transport(TransportVerb.PLAY, stretch[0])
            return self.practice

    async def _need_microphone(self) -> None:
        """Errors: `Unavailable` when none is open, or none can be understood."""
        device = self._desk.state.device
        if device is None or device.microphone != "open":
            raise Unavailable("no microphone is open: plug one in, and start with --microphone NAME")
        why = await asyncio.to_thread(self._hears)
        if why:
            raise Unavailable(why)

    async def end(self) -> live.Practice:
        """End it; the judgement follows."""
        async with self._turn:
            await self._finish()
            return self.practice

    async def _finish(self) -> None:
        """Have the tutor judge what goes on; it says so itself when it has."""
        if self.practice.state == "going":
            self._become(msgspec.structs.replace(self.practice, state="judging"))
            self._release_transport()
            self._recorder.stop()
            await asyncio.to_thread((self._run / RunFile.PRACTICE).unlink, missing_ok=True)
            self.link.send(encode(Kind.END_PRACTICE, self.practice.number))

    def _prepare_transport(
        self, wish: PracticeWish, hands: list[int], imported: ImportedPractice, stretch: tuple[int, int]
    ) -> None:
        """The machine plays what the student does not."""
        plays = wish.mode in ("accompany", "along")
        for hand in range(len(imported.hands)):
            silent = plays and (not hands or hand in hands)
            if wish.mode == "echo":
                silent = bool(hands) and hand not in hands
            self._desk.set_control("muted", float(silent), hand, owner=True)
        self._desk.set_control(_TEMPO_SCALE, wish.tempo_percent, 0, owner=True)
        if wish.mode == "along":
            self._count_in = self._desk.state.controls[_COUNT_IN, 0]
            self._desk.set_control(_COUNT_IN, max(self._count_in, COUNT_IN_BARS), 0, owner=True)
        if wish.loop and wish.mode == "along":
            self._desk.loop_transport(*stretch)
        self._desk.lead_transport(TransportVerb.SEEK, stretch[0])

    def _release_transport(self) -> None:
        """It stops, and is as it was before."""
        if self._desk.state.transport.state != "stopped":
            self._desk.lead_transport(TransportVerb.STOP, None)
        self._desk.loop_transport(0, 0)
        for hand in range(len(self.practice.hand_names)):
            self._desk.set_control("muted", 0.0, hand, owner=True)
        self._desk.set_control(_TEMPO_SCALE, 100.0, 0, owner=True)
        if self.practice.mode == "along":
            self._desk.set_control(_COUNT_IN, self._count_in, 0, owner=True)

    # -- what the engine tells ---------------------------------------------------------------------------------------

    def forward(self, records: list[Record]) -> None:
        """Pass on to the tutor what it has to hear."""
        if self.practice.state != "going":
            return
        for record in records:
            if record.kind in FORWARDED and not (record.kind is Kind.MIDI_HAPPENED and record.flags == Source.SONG):
                kind, flags, which, sequence, frame, values = record
                self.link.send(encode(kind, *values, flags=flags, index=which, sequence=sequence, frame=frame))

    # -- what the tutor tells ----------------------------------------------------------------------------------------

    def take_in(self, records: list[Record]) -> None:
        """The tutor has answered."""
        now_ns = time.monotonic_ns()
        self._heard = now_ns / 1e9
        for record in records:
            if record.kind is Kind.TUTOR_HELLO:
                self._greet(record)
            elif record.kind in _HEARD and record.flags == Source.MICROPHONE:
                self._give_heard([record])
            elif record.which == self.practice.number & 0xFFFF and self.practice.state != "none":
                self._hear(record, now_ns)

    async def _watch(self) -> None:
        while True:
            self.link.send(encode(Kind.HUB_HELLO, os.getpid()))
            if self.tutor.running and time.monotonic() - self._heard > SILENT_S:
                self._know_tutor(False, self.tutor.restarts)
            await asyncio.sleep(LOOK_S)

    def _greet(self, record: Record) -> None:
        pid = int(record.value("pid"))
        restarted = bool(self._tutor_pid) and pid != self._tutor_pid
        self._tutor_pid = pid
        self._know_tutor(True, self.tutor.restarts + restarted)
        if restarted and self.practice.state == "going" and self._expected != NO_NOTE:
            self.link.send(encode(Kind.RESUME_PRACTICE, self.practice.number, self._expected))
        if restarted and self.practice.state == "judging":  # what it knew of the take went with it
            self._become(msgspec.structs.replace(self.practice, state="judged"))

    def _know_tutor(self, running: bool, restarts: int) -> None:
        told = live.TutorState(running, restarts)
        if told != self.tutor:
            self.tutor = told
            self._desk.broadcast((told,))

    def _hear(self, record: Record, now_ns: int) -> None:
        number = self.practice.number
        match record.kind:
            case Kind.PLACE_MOVED:
                self._place = self._answers.place(record, number)
                self._expected = int(record.value("note"))
                self._desk.broadcast((self._place,))
            case Kind.NOTE_ANSWERED:
                mark = self._answers.mark(record, number, now_ns)
                self._desk.broadcast((mark,) if mark.verdict in self._live else ())
            case Kind.NOTE_MISSED if "missed" in self._live:
                self._desk.broadcast((self._answers.missed(record, number),))
            case Kind.TRANSPORT_LED if self.practice.state == "going":
                self._lead(record)
            case Kind.PRACTICE_JUDGED:
                self._begin(self._take_judgement(int(record.value("judgement")), bool(record.flags), number))

    def _lead(self, record: Record) -> None:
        tick, scale = int(record.value("tick")), float(record.value("tempo_scale"))
        if scale:
            self._desk.set_control(_TEMPO_SCALE, scale, 0, owner=True)
        verb = TransportVerb(record.flags) if record.flags in _VERBS else None
        if verb is not None:
            self._desk.lead_transport(verb, None if verb is TransportVerb.STOP else tick)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="practice")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_judgement(self, number: int, whole: bool, practice: int) -> None:
        path = self._run / f"judged-{number}.mos"
        content = await asyncio.to_thread(read_document, path, MOST_JUDGED_BYTES)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        try:
            judged = await asyncio.to_thread(decode_practice, content or b"", Judged)
        except BadInput as error:
            _log.warning("a judgement was lost: %s", error)
            return
        if practice != self.practice.number:
            return
        take = await self._keep(judged) if whole else ""
        if whole and judged.attempt is not None:
            await self._remember(judged.attempt, self.practice)
        said = [live.Said(row.kind, row.message, row.bar, row.confidence, row.text) for row in judged.told]
        counted = (judged.is_this_piece, judged.notes, judged.right)
        self._desk.broadcast((live.Judged(judged.practice, whole, take, *counted, said[:20]),))
        if whole and practice == self.practice.number:
            self._become(msgspec.structs.replace(self.practice, state="judged", take=take))

    async def _keep(self, judged: Judged) -> str:
        """Keep the judgement with the take. Returns the take's id, empty when nothing was played."""
        if self.practice.state == "going":  # the tutor saw the end of the piece
            await self._finish()
        else:
            self._recorder.stop()
        await self._takes.upcoming()
        take = self._take if self._takes.find(self._take) is not None else ""
        if take:
            try:
                await self._judgements.write(judgement_of(judged, take, self.practice))
            except MosError as error:
                _log.warning("the judgement on take %s was not kept: %s", take, error)
        return take

    async def _live_verdicts(self, wish: PracticeWish) -> frozenset[str]:
        """What is told while somebody plays: in wait mode all; else what is wished, less the longer they learn.

        Of what a microphone does not hear, or hears besides, nothing is.
        """
        told = await self._wished_verdicts(wish)
        return told if wish.listen == "keys" else told & _HEARD_VERDICTS

    async def _wished_verdicts(self, wish: PracticeWish) -> frozenset[str]:
        if wish.mode == "wait":
            return LIVE_MARKS[0][1]
        if not wish.marks:
            return frozenset()
        try:
            lessons = next((row.lessons for row in (await self._roster.roll()).students if row.playing), 0)
        except MosError:  # nobody is known: nothing fades
            lessons = 0
        return next(verdicts for most, verdicts in LIVE_MARKS if lessons < most)

    async def _remember(self, attempt: Attempted, practice: live.Practice) -> None:
        """Keep it in the life of whoever plays; of a piece that asks for no skills nothing is."""
        try:
            offer = self._exercise(practice.piece) or await self._roster.offer(practice.piece)
            if offer is not None:
                await self._roster.attempted(full_attempt(attempt, offer, practice))
        except (MosError, KeyError) as error:
            _log.warning("an attempt was not kept: %s", error)

    def _become(self, practice: live.Practice) -> None:
        self.practice = practice
        self._desk.broadcast((practice,))


_HEARD: Final = frozenset({Kind.MIDI_HAPPENED, Kind.NOTES_RELEASED})
"""What the tutor may tell as if it were a keyboard, of the microphone only."""
_HEARD_VERDICTS: Final = frozenset({"right", "early", "late", "apart"})
_VERBS: Final = frozenset(verb.value for verb in TransportVerb)


def _stretch_of(order: PracticeOrder, bars: Sequence[int]) -> tuple[int, int]:
    """See `stretch_of`, which brings NumPy: the hub has no need of it before somebody practises."""
    from mos_appliance.tutor.practice.excerpt import stretch_of

    return stretch_of(order, bars)
