"""Echo: the machine's phrase, then the student's; and rounds that grow faster."""

from __future__ import annotations

from mos_appliance.tutor.practice.answers import Answer
from mos_appliance.tutor.practice.ramp import Ramp, Rounds
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.wire.records import Lead
from tests.tutor.pieces import bars, play
from tests.tutor.practice.orders import TEMPO_US, hymn, led, moved, practice_of

QUARTER_MS = TEMPO_US / 1000.0
HYMN = hymn()


class Lesson:
    """An echo practice with a transport that does at once what it is led to."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.now = 1000.0
        self.answers: list[Answer] = list(practice.begin())
        self.tick, self.playing = 0.0, False
        self.played: list[tuple[float, float]] = []
        """From where to where the machine has played, in quarters."""

    def wait(self, ms: float) -> None:
        end = self.now + ms
        while self.now < end:
            self.now += 10.0
            if self.playing:
                self.tick += 10.0 / QUARTER_MS * 960
            answers = self.practice.passed(self.now)
            self.answers += answers
            for one in led(answers):
                if one.verb is Lead.PLAY:
                    self.tick, self.playing = float(one.tick), True
                    self.played.append((one.tick / 960, 0.0))
                else:
                    self.playing = False
                    self.played[-1] = self.played[-1][0], self.tick / 960
                self.practice.transport(round(self.tick), self.now, self.playing, 100.0)

    def hear(self) -> None:
        """Until it is the student's turn."""
        while moved(self.answers)[-1].listen:
            self.wait(50)

    def play(self, first: int, last: int, shift: int = 0) -> None:
        keys = play(HYMN, [note for note in bars(HYMN, first, last) if HYMN.notes["staff"][note] == 1])
        for key in keys:
            self.answers += self.practice.struck(key.pitch + shift, 70, self.now)
            self.wait(key.duration_ms)
            self.practice.released(key.pitch + shift, self.now)


def test_the_machine_plays_two_bars_and_stops_before_the_third() -> None:
    lesson = Lesson(practice_of(HYMN, "echo", hands=[0]))
    lesson.hear()
    begin, end = lesson.played[0]
    assert begin == 0.0
    assert 7.5 < end <= 8.0
    assert not moved(lesson.answers)[-1].listen


def test_a_right_echo_is_followed_by_the_next_phrase_and_a_wrong_one_by_the_same() -> None:
    lesson = Lesson(practice_of(HYMN, "echo", hands=[0]))
    lesson.hear()
    lesson.play(1, 2, shift=1)
    lesson.wait(6000)
    assert [begin for begin, _ in lesson.played] == [0.0, 0.0]
    lesson.hear()
    lesson.play(1, 2)
    lesson.wait(3000)
    assert [begin for begin, _ in lesson.played] == [0.0, 0.0, 8.0]
    lesson.hear()
    lesson.play(3, 4)
    lesson.wait(3000)
    assert lesson.practice.is_over(lesson.now)


def test_keys_struck_while_the_machine_plays_count_for_nothing() -> None:
    lesson = Lesson(practice_of(HYMN, "echo", hands=[0]))
    lesson.wait(500)
    assert lesson.practice.struck(61, 70, lesson.now) == []


def test_going_back_is_not_told_where_it_was_asked_for() -> None:
    lesson = Lesson(practice_of(HYMN, "echo", hands=[0]))
    for _ in range(3):
        lesson.hear()
        lesson.play(1, 2, shift=1)
        lesson.wait(6000)
    judged = lesson.practice.judged()
    assert not {told.kind for told in judged.told} & {"restart", "hesitation"}
    assert (judged.grade, judged.attempt) == (0.0, None)


def test_a_clean_round_makes_the_next_one_faster_up_to_the_pieces_own_tempo() -> None:
    ramp = Ramp(90.0, 5.0)
    assert [ramp.next_round(10, 10) for _ in range(3)] == [95.0, 100.0, 100.0]


def test_a_rough_round_goes_back_but_never_below_where_it_began() -> None:
    ramp = Ramp(60.0, 10.0)
    ramp.next_round(10, 10)
    assert ramp.next_round(7, 10) == 70.0
    assert ramp.next_round(3, 10) == 60.0
    assert ramp.next_round(3, 10) == 60.0


def test_rounds_are_counted_when_the_transport_goes_back() -> None:
    rounds = Rounds(Ramp(80.0, 5.0), due=4)
    assert [rounds.transport(tick) for tick in (0, 900, 1800)] == [0.0, 0.0, 0.0]
    for note in (0, 1, 2, 3, 3):
        rounds.matched(note)
    assert rounds.transport(100) == 85.0
    assert rounds.transport(1800) == 0.0
    assert rounds.transport(50) == 80.0, "nothing was played in that round"
