"""A clock that goes on after the plug was pulled, and never back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders
from mos_appliance.errors import BadInput
from mos_appliance.wire.keeper import ClockQuality

BUILT = 1_790_000_000.0
DAY = 86_400.0


class Board:
    """A system clock that begins at 1970 at every start."""

    def __init__(self, place: Path) -> None:
        self.places = Places(place / "data", place / "run", place / "root", place / "update")
        make_folders(self.places)
        (place / "root/etc").mkdir(parents=True, exist_ok=True)
        (place / "root/etc/os-release").touch()
        os.utime(place / "root/etc/os-release", (BUILT, BUILT))
        (self.places.hub / "takes").mkdir(parents=True, exist_ok=True)
        self.now = 0.0
        self.seen: list[float] = []

    def start(self, power_off: bool = True) -> Clock:
        if power_off:
            self.now = 12.0
            (self.places.run / "clock.json").unlink(missing_ok=True)
        clock = Clock(self.places, lambda: self.now, self.set_now)
        clock.start()
        self.seen.append(self.now)
        return clock

    def set_now(self, seconds: float) -> None:
        assert seconds > self.now, "the clock was put back"
        self.now = seconds


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


def test_a_new_box_begins_with_the_day_it_was_made_and_is_unsure(board: Board) -> None:
    clock = board.start()
    assert board.now == BUILT
    assert clock.quality == ClockQuality.UNKNOWN
    clock.save()
    assert not (board.places.kept / "clock").exists()


def test_the_time_that_a_phone_tells_is_believed_and_survives_the_power(board: Board) -> None:
    told = BUILT + 40 * DAY
    clock = board.start()
    clock.tell(int(told * 1000), False)
    assert (board.now, clock.quality) == (told, ClockQuality.TOLD)
    again = board.start()
    assert board.now == told
    assert again.quality == ClockQuality.CARRIED_OVER, "how long the plug was out nobody knows"


def test_a_clean_end_keeps_the_time_at_which_it_came(board: Board) -> None:
    clock = board.start()
    clock.tell(int((BUILT + DAY) * 1000), False)
    board.now += 3 * DAY
    clock.save()
    board.start()
    assert board.now == BUILT + 4 * DAY


def test_what_was_played_last_is_never_in_the_future(board: Board) -> None:
    take = board.places.hub / "takes/one.take"
    take.write_bytes(b"")
    os.utime(take, (BUILT + 9 * DAY, BUILT + 9 * DAY))
    clock = board.start()
    assert board.now == BUILT + 9 * DAY
    assert clock.quality == ClockQuality.CARRIED_OVER


def test_keeper_started_again_knows_how_good_the_clock_is(board: Board) -> None:
    board.start().tell(int((BUILT + DAY) * 1000), True)
    assert board.start(power_off=False).quality == ClockQuality.SYNCHRONISED


def test_the_clock_never_goes_back(board: Board) -> None:
    clock = board.start()
    clock.tell(int((BUILT + 2 * DAY) * 1000), False)
    with pytest.raises(BadInput, match="never goes back"):
        clock.tell(int((BUILT + DAY) * 1000), True)
    clock.tell(int((BUILT + 2 * DAY - 60) * 1000), False)
    assert board.now == BUILT + 2 * DAY


def test_one_phone_with_a_wrong_date_cannot_move_a_clock_that_was_told(board: Board) -> None:
    clock = board.start()
    clock.tell(int((BUILT + 2 * DAY) * 1000), False)
    with pytest.raises(BadInput, match="lies far after"):
        clock.tell(int((BUILT + 900 * DAY) * 1000), False)
    assert board.now == BUILT + 2 * DAY


def test_nothing_is_written_while_time_passes(board: Board) -> None:
    clock = board.start()
    clock.tell(int((BUILT + DAY) * 1000), False)
    before = (board.places.kept / "clock").stat().st_mtime_ns
    for _ in range(100):
        board.now += 60
        assert clock.quality == ClockQuality.TOLD
    assert (board.places.kept / "clock").stat().st_mtime_ns == before


def test_over_a_hundred_starts_with_chance_the_clock_is_never_seen_to_go_back(board: Board) -> None:
    for number in range(100):
        clock = board.start()
        if number % 3 == 0:
            clock.tell(int((board.now + number * 1000) * 1000), False)
        board.now += number * 7
        if number % 4 == 0:
            clock.save()
        if number % 5 == 0:
            take = board.places.hub / f"takes/{number}"
            take.touch()
            os.utime(take, (board.now, board.now))
    assert board.seen == sorted(board.seen)


@pytest.mark.parametrize("damaged", [b"", b"\0\0\0\0", b"-5", b"99999999999999999999", b"1e9"])
def test_a_damaged_file_is_no_time(board: Board, damaged: bytes) -> None:
    (board.places.kept / "clock").write_bytes(damaged)
    board.start()
    assert board.now == BUILT
