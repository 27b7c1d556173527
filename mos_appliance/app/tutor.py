"""The tutor's process: follows what is played through the score that is practised, and answers the hub.

It opens no network and no sound device. It may die and come back: `practice.mos` of the run directory tells it what is
practised, and the music goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from mos_appliance.app.hub_log import speak_in_lines
from mos_appliance.app.settings import parse_process
from mos_appliance.errors import BadInput, MosError
from mos_appliance.net.record_link import RecordLink
from mos_appliance.tutor.practice.answers import Answer, Answered, Led, Missed, Moved
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.wire.files import RunFile
from mos_appliance.wire.practice import Judged, PracticeOrder, decode_practice
from mos_appliance.wire.records import (
    FINAL,
    NO_NOTE,
    WIRE_VERSION,
    Kind,
    Record,
    Source,
    TransportState,
    encode,
)

if TYPE_CHECKING:
    from mos_appliance.app.tutor_ear import Ear, Heard

IDLE_S: Final = 1.0
TICK_S: Final = 0.05
"""While something is practised, how often the practice is told the time: decisions wait for it."""
MOST_ORDER_BYTES: Final = 64 << 20
_NICE: Final = 5
_NS_IN_MS: Final = 1_000_000
_SUSTAIN: Final = 64
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PLACES: Final = TransportState.PLAYING, TransportState.COUNTING_IN
_log: Final = logging.getLogger("mos.tutor")


class Tutor:
    """What the process holds: its link to the hub and the practice that goes on, if one does."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self.link = RecordLink(run / RunFile.HUB_TUTOR_SOCKET, run / RunFile.TUTOR_SOCKET, self.take_in)
        self._practice: Practice | None = None
        self._judgements = time.time_ns() >> 20 & 0x3FFF_FFFF
        self._hub = 0
        """Process id of the hub that was met last."""
        self._clock = (0, 0)
        """A frame of the engine and when it left, in ns."""
        self._rate = 48_000
        self._ear: Ear | None = None

    @property
    def tick_s(self) -> float:
        """How soon it wants to be told the time again."""
        if self._ear is not None:
            return self._ear.listen_s
        return IDLE_S if self._practice is None else TICK_S

    def open(self) -> None:
        """Listen, say hello, and go on with what was practised."""
        self.link.open()
        self._begin()
        self._greet()

    def take_in(self, records: list[Record]) -> None:
        """What the hub tells."""
        for record in records:
            match record.kind:
                case Kind.MIDI_HAPPENED if self._is_followed(record.flags):
                    self._midi(record)
                case Kind.CLOCK_PAIRED:
                    self._pair(record)
                case Kind.TRANSPORT_CHANGED:
                    self._transport(record)
                case Kind.NOTES_RELEASED if self._is_followed(record.flags) and self._practice is not None:
                    self._practice.release_all(self._at_ms(record.frame))
                case Kind.BEGIN_PRACTICE:
                    self._begin()
                case Kind.END_PRACTICE:
                    self._end(int(record.value("practice")))
                case Kind.RESUME_PRACTICE:
                    self._resume(int(record.value("practice")), int(record.value("note")))
                case Kind.HUB_HELLO:
                    self._meet(int(record.value("pid")))

    def tick(self) -> None:
        """Time has gone by."""
        practice = self._practice
        if practice is None:
            return
        now_ns = time.monotonic_ns()
        now = now_ns / _NS_IN_MS
        if self._ear is not None:
            self._tell_heard(self._ear.hear(now_ns))
            now -= self._ear.delay_ms  # what was played since may still become known
        self._answer(practice, practice.passed(now), 0)
        if practice.is_over(now):
            self._end(practice.order.number)
        elif practice.phrase_ended(now):
            self._judge(practice.judged_phrase(), whole=False)

    # -- from the hub ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Read what is practised. What cannot be practised is told and left."""
        path = self._run / RunFile.PRACTICE
        self._leave()
        try:
            if path.stat().st_size > MOST_ORDER_BYTES:
                raise BadInput("practice", "is too large")
            practice = Practice(decode_practice(path.read_bytes(), PracticeOrder))
        except FileNotFoundError:
            return
        except BadInput as error:
            _log.warning("nothing is practised: %s", error)
            return
        self._practice = practice
        if practice.order.listen == "microphone":
            self._listen(practice)
        gc.collect()
        self._greet()
        self._answer(practice, practice.begin(), 0)

    def _resume(self, number: int, note: int) -> None:
        practice = self._practice
        if practice is not None and practice.order.number == number:
            self._answer(practice, practice.resumed(note), 0)

    def _end(self, number: int) -> None:
        practice = self._practice
        if practice is None or practice.order.number != number:
            return
        self._leave()
        self._answer(practice, practice.ended(), 0)
        self._judge(practice.judged(), whole=True)

    def _meet(self, hub: int) -> None:
        """Another hub than before knows nothing of what was practised, and has put its order away."""
        if self._hub not in (0, hub) and not (self._run / RunFile.PRACTICE).exists():
            self._leave()
        self._hub = hub
        self._greet()

    def _leave(self) -> None:
        """Nothing is practised any more, and nobody listened to."""
        self._practice = None
        if self._ear is not None:
            self._tell_heard(self._ear.close(time.monotonic_ns()))
            self._ear = None

    def _listen(self, practice: Practice) -> None:
        """Hear the microphone from now on. Without its model the practice hears nothing, and that is logged."""
        from mos_appliance.app.models import HearingNetwork  # with its library 15 MB, which keys do not need
        from mos_appliance.app.tutor_ear import Ear

        try:
            self._ear = Ear(self._run, practice.excerpt.score, HearingNetwork)
        except MosError as error:
            _log.warning("the microphone is not understood: %s", error)
        self.link.send(encode(Kind.NOTES_RELEASED, 0, flags=Source.MICROPHONE))  # of a tutor before this one

    def _tell_heard(self, heard: list[Heard]) -> None:
        """Notes that were heard go to the hub, and come back from there like those of a keyboard."""
        for note in heard:
            status, speed = (0x90, note.velocity) if note.on else (0x80, 64)
            values = (status, note.pitch, speed, note.velocity, 0, note.at_ns)
            frame = self._frame_at(note.at_ns)
            self.link.send(encode(Kind.MIDI_HAPPENED, *values, flags=Source.MICROPHONE, frame=frame))

    def _is_followed(self, source: int) -> bool:
        """Whether that source is the student: the keyboards, or else the microphone."""
        listens = self._practice is not None and self._practice.order.listen == "microphone"
        return source == Source.MICROPHONE if listens else source not in (Source.SONG, Source.MICROPHONE)

    def _greet(self) -> None:
        number = self._practice.order.number if self._practice else 0
        self.link.send(encode(Kind.TUTOR_HELLO, os.getpid(), number, index=WIRE_VERSION))

    def _midi(self, record: Record) -> None:
        practice = self._practice
        if practice is None:
            return
        status, data1, data2, velocity, _, at_ns = (int(value) for value in record.values)
        at_ms = at_ns / _NS_IN_MS
        kind = status & 0xF0
        if kind == 0x90 and data2:
            came_ns = 0 if record.flags == Source.MICROPHONE else at_ns  # hearing takes its own time
            self._answer(practice, practice.struck(data1, velocity or data2, at_ms), came_ns, record.frame)
        elif kind in (0x80, 0x90):
            practice.released(data1, at_ms)
        elif kind == 0xB0 and data1 == _SUSTAIN:
            practice.pedalled(data2, at_ms)

    def _pair(self, record: Record) -> None:
        self._clock = record.frame, int(record.value("at_ns"))
        if self._practice is not None:
            practice, at_ms = self._practice, self._clock[1] / _NS_IN_MS
            self._answer(practice, practice.transport_at(int(record.value("tick")), at_ms), 0)

    def _transport(self, record: Record) -> None:
        if self._practice is not None:
            playing = record.which in _PLACES
            tick, scale = int(record.value("tick")), float(record.value("tempo_scale"))
            self._practice.transport(tick, self._at_ms(record.frame), playing, scale)

    def _at_ms(self, frame: int) -> float:
        """When a frame was, by the last pair of frame and clock."""
        known, at_ns = self._clock
        return at_ns / _NS_IN_MS + (frame - known) * 1000.0 / self._rate if at_ns else time.monotonic_ns() / _NS_IN_MS

    def _frame_at(self, at_ns: int) -> int:
        """The engine's frame at that time; 0 while no pair is known."""
        known, known_ns = self._clock
        return max(0, known + (at_ns - known_ns) * self._rate // 1_000_000_000) if known_ns else 0

    # -- to the hub --------------------------------------------------------------------------------------------------

    def _answer(self, practice: Practice, answers: Iterable[Answer], at_ns: int, frame: int = 0) -> None:
        low = practice.order.number & 0xFFFF
        for answer in answers:
            self.link.send(_record(practice, answer, low, at_ns, frame))

    def _judge(self, judged: Judged, whole: bool) -> None:
        self._judgements += 1
        path = self._run / f"judged-{self._judgements}.mos"
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.msgpack.encode(judged))
        new.replace(path)
        low = judged.practice & 0xFFFF
        self.link.send(encode(Kind.PRACTICE_JUDGED, self._judgements, flags=int(whole), index=low))


def _record(practice: Practice, answer: Answer, low: int, at_ns: int, frame: int) -> bytes:
    match answer:
        case Moved(note, confidence, pace_ms, lost, end, listen):
            tick = practice.tick_of(note)
            flags = int(lost) | int(end) << 1 | int(listen) << 2
            return encode(Kind.PLACE_MOVED, note, tick, confidence, pace_ms, flags=flags, index=low, frame=frame)
        case Answered(struck, verdict, note, early_ms, times, final):
            early = max(-32_768, min(32_767, round(early_ms)))
            came_ns = at_ns if practice.is_newest(struck) else 0
            values = (_wired(note), early, practice.pitch_of(struck), min(times, 255), came_ns)
            flags = verdict | (FINAL if final else 0)
            return encode(Kind.NOTE_ANSWERED, *values, flags=flags, index=low, sequence=struck, frame=frame)
        case Missed(note, times):
            return encode(Kind.NOTE_MISSED, note, min(times, 255), index=low)
        case Led(verb, tick, scale):
            return encode(Kind.TRANSPORT_LED, tick, scale, flags=verb, index=low)
    assert_never(answer)


def _wired(note: int) -> int:
    return note if note >= 0 else NO_NOTE


def _shut_out_network() -> None:
    """Leave the network's namespace for an empty one, where the kernel lets us (it mostly does not in containers)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        libc.unshare(_CLONE_NEWNET)


def main(argv: Sequence[str]) -> int:
    """`python -m mos_appliance _tutor`. Returns the exit code."""
    args = parse_process("tutor", argv)
    speak_in_lines()
    os.nice(_NICE)
    _shut_out_network()
    asyncio.run(_serve(Tutor(args.run)))
    return 0


async def _serve(tutor: Tutor) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    failed: asyncio.Future[None] = loop.create_future()
    loop.set_exception_handler(lambda _, context: _fail(failed, context))
    tutor.open()
    ending = asyncio.create_task(stopped.wait())
    try:
        while not ending.done() and not failed.done():
            tutor.tick()
            await asyncio.wait((ending, failed), timeout=tutor.tick_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.cancel()
        tutor.link.close()
    if failed.done():
        failed.result()


def _fail(failed: asyncio.Future[None], context: dict[str, object]) -> None:
    """A fault of ours in a callback ends the process, which is started again."""
    error = context.get("exception")
    _log.error("%s", context.get("message"), exc_info=error if isinstance(error, BaseException) else None)
    if isinstance(error, BaseException) and not failed.done():
        failed.set_exception(error)
