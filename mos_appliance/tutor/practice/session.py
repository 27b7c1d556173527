"""One practice from its first note to its judgement, whatever its mode."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.practice.accompanying import Accompanist
from mos_appliance.tutor.practice.answers import Answer, Answered, Led, Moved
from mos_appliance.tutor.practice.echoing import Echoing
from mos_appliance.tutor.practice.excerpt import Excerpt, excerpt_of
from mos_appliance.tutor.practice.flowing import Flowing
from mos_appliance.tutor.practice.judging import heard_walk, judged_take, judged_walk
from mos_appliance.tutor.practice.ramp import Ramp, Rounds
from mos_appliance.tutor.practice.waiting import Waiting
from mos_appliance.tutor.settings import FollowerSettings
from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.practice import Judged, PracticeOrder
from mos_appliance.wire.practice_notes import notes_of
from mos_appliance.wire.records import Lead

MOST_NOTES: Final = 100_000
"""Notes of one practice; what comes after is not followed."""
PHRASE_MS: Final = 3_500.0
"""So long a silence ends a phrase …"""
PHRASE_NOTES: Final = 6
"""… when it has so many notes at least."""
END_MS: Final = 1_800.0
"""So long after the last note of the score the take is over."""
LAST_NOTE_MS: Final = 700.0
"""So long the last note may ring on in wait mode."""
_UNFINISHED_MS: Final = 200.0
"""Length of a note that was never let go."""


class Practice:
    """Feed it what is played; it answers. Times: ms, not going backwards. Errors: `BadInput` for an empty excerpt."""

    def __init__(self, order: PracticeOrder) -> None:
        self.order = order
        self.excerpt: Excerpt = excerpt_of(order)
        self._waiting = (
            Waiting(self.excerpt, order.chord_ms, order.bounce_ms, order.loop, by_ear=order.listen == "microphone")
            if order.mode == "wait"
            else None
        )
        self._settings = FollowerSettings(bounce_ms=order.bounce_ms)
        self._echoing = Echoing(order, self._settings) if order.mode == "echo" else None
        follows = not self._waiting and not self._echoing
        self._flowing = Flowing(self.excerpt, self._settings) if follows else None
        self._accompanist = (
            Accompanist(self.excerpt, order.score.tempi, order.tempo_percent) if order.mode == "accompany" else None
        )
        self._rounds = (
            Rounds(Ramp(order.tempo_percent, order.ramp_percent), len(self.excerpt.whole))
            if order.mode == "along" and order.loop and order.ramp_percent
            else None
        )
        self._take = _Take()
        self._phrase_from = 0
        page = notes_of(order.score.page)
        self._onsets = page.notes["onset"] * TICKS_PER_QUARTER // page.division

    def begin(self) -> list[Answer]:
        """Where to begin."""
        if self._waiting is not None:
            return [self._waiting.place()]
        if self._echoing is not None:
            return self._echoing.begin()
        first = self.excerpt.score.moment_of.index(self.excerpt.path[0])
        return [Moved(self.excerpt.note_on_page(first), 1.0, 0.0)]

    def resumed(self, note: int) -> list[Answer]:
        """The student was waited for at that note of the page: go on there. Other modes find the place themselves."""
        return [self._waiting.go_to(note)] if self._waiting is not None else []

    def struck(self, pitch: int, velocity: int, at_ms: float) -> list[Answer]:
        """A key was struck."""
        if len(self._take.pitch) >= MOST_NOTES:
            return []
        index = self._take.strike(pitch, velocity, at_ms)
        if self._waiting is not None:
            return self._waiting.struck(index, pitch, at_ms)
        if self._echoing is not None:
            return self._echoing.struck(index, pitch, velocity, at_ms)
        assert self._flowing is not None
        answers = self._flowing.struck(index, pitch, velocity, at_ms)
        self._count(answers)
        return answers + self._accompany(answers[0], at_ms)

    def released(self, pitch: int, at_ms: float) -> None:
        """A key was let go."""
        self._take.release(pitch, at_ms)

    def pedalled(self, value: int, at_ms: float) -> None:
        """The sustain pedal has moved."""
        self._take.press(value, at_ms)

    def release_all(self, at_ms: float) -> None:
        """Every key was let go without having been told."""
        for pitch in list(self._take.held):
            self._take.release(pitch, at_ms)

    def transport_at(self, tick: int, at_ms: float) -> list[Answer]:
        """The transport, going as before, is there now."""
        if self._accompanist is not None:
            self._accompanist.transport_at(tick, at_ms)
        if self._echoing is not None:
            self._echoing.transport_at(tick, at_ms)
        scale = self._rounds.transport(tick) if self._rounds else 0.0
        return [Led(Lead.TEMPO, tick, scale)] if scale else []

    def transport(self, tick: int, at_ms: float, playing: bool, scale: float) -> None:
        """The transport has told where it is."""
        if self._accompanist is not None:
            self._accompanist.transport(tick, at_ms, playing, scale)
        if self._echoing is not None:
            self._echoing.transport(tick, at_ms, playing)

    def passed(self, now_ms: float) -> list[Answer]:
        """Time has gone by."""
        if self._echoing is not None:
            return self._echoing.passed(now_ms)
        answers = self._flowing.passed(now_ms) if self._flowing else []
        return answers + list(self._accompanist.passed(now_ms) if self._accompanist else [])

    def _count(self, answers: list[Answer]) -> None:
        """Notes as written count for the round that goes on."""
        if self._rounds is not None:
            for answer in answers:
                if isinstance(answer, Answered) and answer.note >= 0 and not answer.final:
                    self._rounds.matched(answer.note)

    def phrase_ended(self, now_ms: float) -> bool:
        """Whether the student has stopped after a phrase that has not been judged."""
        silent = now_ms - self._take.last_ms > PHRASE_MS and not self._take.held
        return self._flowing is not None and silent and len(self._take.pitch) - self._phrase_from >= PHRASE_NOTES

    def is_over(self, now_ms: float) -> bool:
        """Whether the last note of the score was played and nothing came after it."""
        if self.order.loop:
            return False
        if self._waiting is not None:
            return self._waiting.done and not self._take.held and now_ms - self._take.last_ms > LAST_NOTE_MS
        if self._echoing is not None:
            return self._echoing.done
        assert self._flowing is not None
        return self._flowing.at_end and now_ms - self._take.last_ms > END_MS and not self._flowing.lost

    def ended(self) -> list[Answer]:
        """The practice is over: what is still open is decided."""
        return self._flowing.ended() if self._flowing else []

    def pitch_of(self, struck: int) -> int:
        """The key of a note that was struck."""
        return self._take.pitch[struck]

    def is_newest(self, struck: int) -> bool:
        """Whether that note was struck last."""
        return struck == len(self._take.pitch) - 1

    def tick_of(self, note: int) -> int:
        """Where a note of the page stands on it. Units: 1/960 quarter note."""
        return int(self._onsets[note])

    def judged_phrase(self) -> Judged:
        """The judgement on what was played since the last phrase."""
        begin, self._phrase_from = self._phrase_from, len(self._take.pitch)
        take = self._take.performance(begin)
        return self._judged(take)

    def judged(self) -> Judged:
        """The judgement on the whole."""
        number, mode = self.order.number, self.order.mode
        if self._waiting is not None:
            struck, done = len(self._take.pitch), self._waiting.walked
            if self.order.listen == "microphone":
                return heard_walk(number, self.excerpt, struck, done)
            return judged_walk(number, mode, self.excerpt, self._waiting.refusals, struck, done)
        return self._judged(self._take.performance())

    def _judged(self, take: Performance) -> Judged:
        return judged_take(self.order, self.excerpt, take, self._settings)

    def _accompany(self, answer: Answer, at_ms: float) -> list[Answer]:
        if self._accompanist is None or self._flowing is None or not isinstance(answer, Answered) or answer.note < 0:
            return []
        flowing = self._flowing
        return list(self._accompanist.played(flowing.place, at_ms, flowing.follower.pace, not flowing.lost))


class _Take:
    """What was played so far."""

    def __init__(self) -> None:
        self.pitch: list[int] = []
        self.velocity: list[int] = []
        self.onset_ms: list[float] = []
        self.duration_ms: list[float] = []
        self.held: dict[int, int] = {}
        self.last_ms = float("inf")
        self._pedal: list[tuple[float, float]] = []
        self._pedal_down: float | None = None

    def strike(self, pitch: int, velocity: int, at_ms: float) -> int:
        index = len(self.pitch)
        self.pitch.append(pitch)
        self.velocity.append(velocity)
        self.onset_ms.append(at_ms)
        self.duration_ms.append(_UNFINISHED_MS)
        self.held[pitch] = index
        self.last_ms = at_ms
        return index

    def release(self, pitch: int, at_ms: float) -> None:
        index = self.held.pop(pitch, -1)
        if index >= 0:
            self.duration_ms[index] = max(1.0, at_ms - self.onset_ms[index])
            self.last_ms = at_ms

    def press(self, value: int, at_ms: float) -> None:
        if value >= 64 and self._pedal_down is None:
            self._pedal_down = at_ms
        elif value < 64 and self._pedal_down is not None:
            self._pedal.append((self._pedal_down, at_ms))
            self._pedal_down = None

    def performance(self, begin: int = 0) -> Performance:
        """The notes from that one on, from time 0; by onset, then pitch, as everywhere."""
        onset = np.array(self.onset_ms[begin:], np.float64)
        pitch = np.array(self.pitch[begin:], np.int64)
        order = np.lexsort((pitch, onset))
        zero = float(onset.min()) if len(onset) else 0.0
        pedal = [(down - zero, up - zero) for down, up in self._pedal if down >= zero]
        return Performance(
            pitch[order],
            onset[order] - zero,
            np.array(self.duration_ms[begin:], np.float64)[order],
            np.array(self.velocity[begin:], np.int64)[order],
            np.array(pedal, np.float64).reshape(-1, 2),
        )
