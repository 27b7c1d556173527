"""The machine's hand follows the student: their tempo, their stops, their jumps."""

from __future__ import annotations

from mos_appliance.tutor.practice.answers import Led
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.records import Lead
from tests.tutor.pieces import Played, bars, little_piece, play
from tests.tutor.practice.orders import TEMPO_US, led, practice_of

PIECE = little_piece(12)
LATENCY_MS = 12.0
STEP_MS = 10.0


class Machine:
    """A transport that does what it is led to, a little later, and tells where it is ten times a second."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.tick, self.scale, self.playing = 0.0, 100.0, False
        self.due: list[tuple[float, Led]] = []
        self.done: list[Led] = []
        self.now = 0.0

    def run(self, until_ms: float) -> None:
        while self.now < until_ms:
            self.now += STEP_MS
            if self.playing:
                self.tick += STEP_MS / (TEMPO_US / 1000) * self.scale / 100 * TICKS_PER_QUARTER
            while self.due and self.due[0][0] <= self.now:
                self._obey(self.due.pop(0)[1])
            if round(self.now) % 100 == 0:
                self.practice.transport_at(round(self.tick), self.now)
            self.lead(led(self.practice.passed(self.now)))

    def lead(self, wanted: list[Led]) -> None:
        self.due += [(self.now + LATENCY_MS, one) for one in wanted]

    def _obey(self, one: Led) -> None:
        self.done.append(one)
        self.scale = one.scale or self.scale
        if one.verb in (Lead.PLAY, Lead.SEEK):
            self.tick, self.playing = float(one.tick), True
        elif one.verb is Lead.STOP:
            self.playing = False
        self.practice.transport(round(self.tick), self.now, self.playing, self.scale)


def accompanied(keys: list[Played]) -> tuple[Machine, list[float]]:
    """Play the right hand. Returns the machine, and how far from the student it was at each note, in quarters."""
    practice = practice_of(PIECE, "accompany", hands=[0])
    machine = Machine(practice)
    apart = []
    for key in sorted(keys):
        machine.run(key.at_ms)
        onset = PIECE.notes["onset"][key.note] / 480
        apart.append(machine.tick / TICKS_PER_QUARTER - onset)
        machine.lead(led(practice.struck(key.pitch, 70, key.at_ms)))
        practice.released(key.pitch, key.at_ms + 80)
    return machine, apart


def right_hand(first: int, last: int, **how: float) -> list[Played]:
    chosen = [note for note in bars(PIECE, first, last) if PIECE.notes["staff"][note] == 1]
    return play(PIECE, chosen, **how)


def test_it_sets_off_with_the_students_first_note() -> None:
    machine, _ = accompanied(right_hand(1, 2, start_ms=1000.0))
    assert machine.done[0][:2] == (Lead.PLAY, 0)


def test_it_finds_the_students_tempo_and_stays_with_them() -> None:
    for quarter_ms in (400.0, 620.0):
        machine, apart = accompanied(right_hand(1, 12, start_ms=500.0, quarter_ms=quarter_ms))
        settled = apart[len(apart) // 3 :]
        assert max(map(abs, settled)) < 0.25
        assert abs(machine.scale - 100 * TEMPO_US / 1000 / quarter_ms) < 8


def test_it_waits_where_the_student_waits() -> None:
    first = right_hand(1, 4, start_ms=500.0)
    later = right_hand(5, 8, start_ms=first[-1].at_ms + 3500.0)
    machine, apart = accompanied(first + later)
    assert any(one.verb is Lead.STOP for one in machine.done)
    assert abs(apart[len(first)]) < 0.6, "it stands at the next note when the student comes back"
    assert max(map(abs, apart[len(first) + 12 :])) < 0.3


def test_it_goes_back_with_the_student() -> None:
    first = right_hand(1, 6, start_ms=500.0)
    again = right_hand(3, 9, start_ms=first[-1].at_ms + 1200.0)
    _, apart = accompanied(first + again)
    assert max(map(abs, apart[len(first) + 24 :])) < 0.3
