"""Students' records: sealed, appended, torn at every byte, carried to another box, erased."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.store import sodium, student_file
from mos_appliance.store.student_log import HEADER_BYTES, decode_log
from mos_appliance.store.students import Gone, Students
from mos_appliance.wire.students import Attempted, BarTally, Envelope, Named, StepSkipped, body_of, encode_event

PASSPHRASE = "seven black cats"


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real Argon2id with the least work that a reader takes; one test below pays the full price."""
    monkeypatch.setattr("mos_appliance.store.student_file.PASS_OPERATIONS", 1)
    monkeypatch.setattr("mos_appliance.store.student_file.PASS_MEMORY", 8 << 20)


def opened(root: Path) -> Students:
    students = Students(root)
    students.open()
    return students


def attempt(number: int) -> Attempted:
    return Attempted(f"piece-{number}", "A tune", ("hand.right",), 0.5, (BarTally(1, 4, number % 3),))


def filled(root: Path, events: int = 5) -> tuple[Students, str]:
    students = opened(root)
    student = students.make()
    for number in range(events):
        students.append(student, 20_000 + number, attempt(number))
    return students, student


def log_of(root: Path, student: str) -> Path:
    return root / f"{student}.log"


def test_what_was_appended_is_there_after_a_restart_in_order(tmp_path: Path) -> None:
    students, student = filled(tmp_path)
    again = opened(tmp_path)
    assert again.ids() == [student]
    assert again.read(student) == students.read(student)
    assert [body_of(event) for event in again.read(student)] == [attempt(number) for number in range(5)]
    assert [event.sequence for event in again.read(student)] == [1, 2, 3, 4, 5]
    assert again.append(student, None, Named("Mo")).sequence == 6
    assert again.told == []


def test_nothing_of_a_record_can_be_read_without_the_key(tmp_path: Path) -> None:
    students, student = filled(tmp_path, 0)
    students.append(student, None, Named("Wilhelmine"))
    everything = b"".join(
        file.read_bytes() + file.name.encode()
        for file in tmp_path.rglob("*")
        if file.is_file() and file.suffix != ".key"
    )
    assert b"Wilhelmine" not in everything
    assert b"named" not in log_of(tmp_path, student).read_bytes()
    data = log_of(tmp_path, student).read_bytes()
    content = decode_log(data, bytes(32), bytes.fromhex(student), "log")
    assert content.events == []
    assert (tmp_path / "keys" / f"{student}.key").stat().st_mode & 0o77 == 0


def test_a_log_cut_at_any_byte_loses_the_torn_record_and_nothing_else(tmp_path: Path) -> None:
    students, student = filled(tmp_path / "whole", 2)
    file = log_of(tmp_path / "whole", student)
    data, events = file.read_bytes(), students.read(student)
    size = (len(data) - HEADER_BYTES) // 2
    assert HEADER_BYTES + 2 * size == len(data)
    key = (tmp_path / "whole" / "keys" / f"{student}.key").read_bytes()
    for cut in range(HEADER_BYTES, len(data) + 1):
        content = decode_log(data[:cut], key, bytes.fromhex(student), "log")
        whole = (cut - HEADER_BYTES) // size
        assert (content.events, content.whole) == (events[:whole], HEADER_BYTES + whole * size), cut
    for cut in {*range(HEADER_BYTES, len(data) + 1, 13), HEADER_BYTES + size, len(data) - 1, len(data)}:
        root = tmp_path / "cut"
        shutil.copytree(tmp_path / "whole", root)
        log_of(root, student).write_bytes(data[:cut])
        again = opened(root)
        whole = (cut - HEADER_BYTES) // size
        assert again.read(student) == events[:whole], cut
        torn = (cut - HEADER_BYTES) % size
        assert ("torn" in "".join(again.told)) == bool(torn), cut
        added = again.append(student, None, Named("Mo"))
        assert opened(root).read(student) == [*events[:whole], added], cut
        shutil.rmtree(root)


def test_a_log_cut_before_its_first_record_begins_again(tmp_path: Path) -> None:
    _, student = filled(tmp_path / "whole", 0)
    for cut in range(HEADER_BYTES):
        root = tmp_path / f"cut{cut}"
        shutil.copytree(tmp_path / "whole", root)
        log_of(root, student).write_bytes(log_of(root, student).read_bytes()[:cut])
        again = opened(root)
        assert again.read(student) == []
        again.append(student, None, Named("Mo"))
        assert len(opened(root).read(student)) == 1


@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"\xa5R"])
def test_what_a_power_cut_leaves_behind_the_last_record_is_dropped(tmp_path: Path, filler: bytes) -> None:
    students, student = filled(tmp_path)
    with log_of(tmp_path, student).open("ab") as file:
        file.write(filler * 100)
    again = opened(tmp_path)
    assert again.read(student) == students.read(student)
    again.append(student, None, Named("Mo"))
    assert len(opened(tmp_path).read(student)) == 6


def test_a_byte_that_changed_costs_its_record_alone_and_a_copy_is_kept(tmp_path: Path) -> None:
    students, student = filled(tmp_path / "whole", 3)
    data, events = log_of(tmp_path / "whole", student).read_bytes(), students.read(student)
    size = (len(data) - HEADER_BYTES) // 3
    for place in range(HEADER_BYTES + size, HEADER_BYTES + 2 * size, 3):
        root = tmp_path / "changed"
        shutil.copytree(tmp_path / "whole", root)
        damaged = bytearray(data)
        damaged[place] ^= 0x40
        log_of(root, student).write_bytes(damaged)
        again = opened(root)
        assert again.read(student) == [events[0], events[2]], place
        assert "damaged" in again.told[0]
        assert [file.read_bytes() for file in (root / "damaged").iterdir()] == [bytes(damaged)]
        assert opened(root).read(student) == [events[0], events[2]]
        shutil.rmtree(root)


def test_records_of_one_student_are_not_taken_for_anothers_or_moved(tmp_path: Path) -> None:
    students, student = filled(tmp_path, 3)
    other = students.make()
    data = log_of(tmp_path, student).read_bytes()
    size = (len(data) - HEADER_BYTES) // 3
    first, second, third = (data[HEADER_BYTES + number * size :][:size] for number in range(3))
    key = (tmp_path / "keys" / f"{student}.key").read_bytes()
    mine = bytes.fromhex(student)
    moved = decode_log(data[:HEADER_BYTES] + second + first + third, key, mine, "log")
    assert len(moved.events) == 2  # what comes too late is stepped over
    log_of(tmp_path, other).write_bytes(log_of(tmp_path, other).read_bytes() + first)
    assert opened(tmp_path).read(other) == []


def test_a_student_carried_to_another_box_and_back_has_all_events_once(tmp_path: Path) -> None:
    home, student = filled(tmp_path / "home")
    away = opened(tmp_path / "away")
    assert away.take_in(home.export(student, PASSPHRASE), PASSPHRASE) == (student, home.read(student))
    away.append(student, 20_010, attempt(10))
    home.append(student, 20_010, attempt(11))
    file = away.export(student, PASSPHRASE)
    assert [body_of(event) for event in home.take_in(file, PASSPHRASE)[1]] == [attempt(10)]
    assert home.take_in(file, PASSPHRASE)[1] == []
    away.take_in(home.export(student, PASSPHRASE), PASSPHRASE)
    assert home.read(student) == away.read(student)
    assert len(home.read(student)) == 7
    assert opened(tmp_path / "home").read(student) == away.read(student)


def test_an_import_torn_at_any_record_is_whole_when_it_is_done_again(tmp_path: Path) -> None:
    home, student = filled(tmp_path / "home", 4)
    file = home.export(student, PASSPHRASE)
    away = opened(tmp_path / "away")
    away.take_in(file, PASSPHRASE)
    data = log_of(tmp_path / "away", student).read_bytes()
    for cut in range(HEADER_BYTES, len(data), 23):
        log_of(tmp_path / "away", student).write_bytes(data[:cut])
        again = opened(tmp_path / "away")
        again.take_in(file, PASSPHRASE)
        assert again.read(student) == home.read(student), cut


def test_a_file_with_another_passphrase_or_a_changed_byte_is_refused(tmp_path: Path) -> None:
    home, student = filled(tmp_path / "home", 2)
    file = home.export(student, PASSPHRASE)
    away = opened(tmp_path / "away")
    with pytest.raises(BadInput, match="is another one"):
        away.take_in(file, "eight black cats")
    for place in (0, 9, 20, 30, 60, len(file) - 1):
        damaged = bytearray(file)
        damaged[place] ^= 1
        with pytest.raises(BadInput):
            away.take_in(bytes(damaged), PASSPHRASE)
    for cut in (0, 8, 40, len(file) - 1):
        with pytest.raises(BadInput):
            away.take_in(file[:cut], PASSPHRASE)
    with pytest.raises(BadInput, match="8 to 200"):
        home.export(student, "short")
    assert away.ids() == []


def test_a_file_may_not_ask_for_more_work_than_a_passphrase_is_worth(tmp_path: Path) -> None:
    home, student = filled(tmp_path, 0)
    file = bytearray(home.export(student, PASSPHRASE))
    file[24:28] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(BadInput, match="more work"):
        home.take_in(bytes(file), PASSPHRASE)


def test_the_full_price_of_a_passphrase_is_paid_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student_file, "PASS_OPERATIONS", sodium.PASS_OPERATIONS)
    monkeypatch.setattr(student_file, "PASS_MEMORY", sodium.PASS_MEMORY)
    home, student = filled(tmp_path / "home", 1)
    file = home.export(student, PASSPHRASE)
    assert file[24:32] == (3).to_bytes(4, "little") + (65_536).to_bytes(4, "little")
    assert opened(tmp_path / "away").take_in(file, PASSPHRASE)[0] == student


def test_an_erased_student_is_gone_and_is_not_taken_in_again(tmp_path: Path) -> None:
    students, student = filled(tmp_path)
    file = students.export(student, PASSPHRASE)
    students.erase(student)
    assert students.ids() == []
    assert [found.name for found in tmp_path.rglob(f"{student}*")] == [student]
    for again in (students, opened(tmp_path)):
        assert again.erased() == [student]
        with pytest.raises(Gone):
            again.take_in(file, PASSPHRASE)
        with pytest.raises(KeyError):
            again.read(student)


def test_an_erasure_that_was_interrupted_is_finished_at_the_next_start(tmp_path: Path) -> None:
    _, student = filled(tmp_path)
    (tmp_path / "erased" / student).write_bytes(b"")  # the plug was pulled behind the tombstone
    assert opened(tmp_path).ids() == []
    assert [found.name for found in tmp_path.rglob(f"{student}*")] == [student]


def test_a_returning_box_obeys_an_erasure_that_it_has_not_seen(tmp_path: Path) -> None:
    home, student = filled(tmp_path / "home")
    away = opened(tmp_path / "away")
    away.take_in(home.export(student, PASSPHRASE), PASSPHRASE)
    home.erase(student)
    for erased in home.erased():
        away.erase(erased)
    assert away.ids() == []
    with pytest.raises(BadInput):
        away.erase("../../etc/passwd")


def test_a_log_without_its_key_and_a_key_without_its_log_trouble_nobody(tmp_path: Path) -> None:
    students, student = filled(tmp_path)
    other = students.make()
    (tmp_path / "keys" / f"{student}.key").unlink()
    log_of(tmp_path, other).unlink()
    again = opened(tmp_path)
    assert again.ids() == []
    assert "its key is missing" in again.told[0]
    assert len(list((tmp_path / "damaged").iterdir())) == 1
    assert list((tmp_path / "keys").iterdir()) == []


def test_an_event_of_a_later_version_is_kept_skipped_and_carried_on(tmp_path: Path) -> None:
    students, student = filled(tmp_path / "home", 1)
    later = Envelope(7, 1, 9, 20_003, "composed", msgspec.Raw(msgspec.msgpack.encode({"tune": [1, 2, 3]})))
    students.merge(student, [later])
    assert body_of(later) is None
    again = opened(tmp_path / "home")
    assert again.read(student)[-1] == later
    away = opened(tmp_path / "away")
    away.take_in(again.export(student, PASSPHRASE), PASSPHRASE)
    assert encode_event(away.read(student)[-1]) == encode_event(later)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    students, student = filled(tmp_path, 2)
    before = log_of(tmp_path, student).read_bytes()
    monkeypatch.setattr("os.fdatasync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        students.append(student, None, Named("Mo"))
    monkeypatch.undo()
    assert log_of(tmp_path, student).read_bytes() == before
    students.append(student, None, Named("Mo"))
    assert [event.sequence for event in opened(tmp_path).read(student)] == [1, 2, 3]


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)), twice=st.integers(0, 5))
def test_the_order_of_imports_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], twice: int
) -> None:
    events = [
        Envelope(
            100 + number % 2, number + 1, 1 + number // 2, None, "step skipped",
            msgspec.Raw(msgspec.msgpack.encode(StepSkipped(str(number)))),
        )
        for number in range(6)
    ]  # fmt: skip
    root = tmp_path_factory.mktemp("box")
    students = opened(root)
    student = students.make()
    for number in [*order, twice]:
        students.merge(student, [events[number]])
    assert students.read(student) == sorted(events, key=lambda event: event.order)
    assert opened(root).read(student) == students.read(student)


class PlugPulled(BaseException):
    """Nothing more happens."""


@pytest.mark.parametrize("what", ["make", "erase", "take_in"])
def test_whenever_the_plug_is_pulled_a_student_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Every call that changes the disk is in turn the last one."""
    for last in range(60):
        root = tmp_path / f"{what}{last}"
        home, student = filled(root / "home", 3)
        file, events = home.export(student, PASSPHRASE), home.read(student)
        box = opened(root / "box")
        if what == "erase":
            box.take_in(file, PASSPHRASE)
        left = [last]
        with monkeypatch.context() as patched:
            for module, name in (("os", "fsync"), ("os", "write"), ("os", "fdatasync"), ("pathlib.Path", "unlink"),
                                 ("pathlib.Path", "replace")):  # fmt: skip
                patched.setattr(f"{module}.{name}", _last_call(f"{module}.{name}", left))
            try:
                match what:
                    case "make":
                        box.make()
                    case "erase":
                        box.erase(student)
                    case _:
                        box.take_in(file, PASSPHRASE)
                whole = True
            except PlugPulled:
                whole = False
        again = opened(root / "box")
        if what == "make":
            assert all(again.read(name) == [] for name in again.ids())
        elif what == "take_in":
            found = again.read(student) if student in again.ids() else []
            assert found == events[: len(found)]
            again.take_in(file, PASSPHRASE)
            assert again.read(student) == events
        else:
            there = student in again.ids()
            assert there != (student in again.erased())
            assert not there or again.read(student) == events
        again.make()
        if whole:
            break
    assert whole
    assert last > 3


def _last_call(name: str, left: list[int]) -> object:
    """The same function, until so many calls have been made."""
    real = getattr(os if name.startswith("os.") else Path, name.rpartition(".")[2])

    def call(*args: object, **more: object) -> object:
        if not left[0]:
            raise PlugPulled(name)
        left[0] -= 1
        return real(*args, **more)

    return call
