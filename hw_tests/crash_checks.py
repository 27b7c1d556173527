"""What a state of the card holds after a power cut: checked as the box does, then read by the box's own code."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from drivers.partition_records import SECTOR, Found, read_partitions
from hw_tests.bench import write_log
from hw_tests.bench.write_log import Cut, Disk
from hw_tests.inside.busy import KEYS
from image import partitions
from mos_appliance.errors import MosError
from mos_appliance.store.library import Library
from mos_appliance.store.students import Students
from mos_appliance.store.take_files import TakeFiles

SECOND_NS: Final = 1_000_000_000
DATA_PARTITION: Final = 6
REPAIRED_BY_ITSELF: Final = 1
"""e2fsck's exit code up to which the box asks no further."""
TRIES: Final = 3
"""So often the box has all repaired that can be (rootfs_overlay/etc/mos/begin)."""


def partitions_of(card: Path) -> list[Found]:
    """The partitions of a card. Errors: `Corrupt`."""
    with card.open("rb") as file:

        def read(sector: int) -> bytes:
            file.seek(sector * SECTOR)
            return file.read(SECTOR)

        return read_partitions(read)


def promised(steps: Sequence[dict[str, Any]], writes: int) -> dict[str, Any]:
    """What a box whose power is cut after that many writes had said to be done, and what was played a second before."""
    done = [step for step in steps if step["writes"] <= writes]
    now_ns = done[-1]["at_ns"] if done else 0
    pressed = [at for step in done for at in step["pressed_ns"]]
    return {
        "notes": sum(at <= now_ns - SECOND_NS for at in pressed),
        "cids": [cid for step in done for cid in step["cids"]],
        "lessons": max(0, len(done) - 1),
        "student": done[0]["student"] if done else "",
    }


class States:
    """The states of one recorded run. Only what lies outside the roots is kept: nothing writes to those."""

    def __init__(self, place: Path, steps: Sequence[dict[str, Any]]) -> None:
        self._steps = steps
        self._writes = write_log.read_log(place / "writes.log")
        self._work = Path(tempfile.mkdtemp(prefix="work-", dir=place))
        self._durable = self._work / "durable.img"
        _without_roots(place / "base.img", self._durable)
        self._disk = Disk(self._durable, place / "writes.log")
        self._log = place / "writes.log"
        self._done = 0

    def __enter__(self) -> States:
        return self

    def __exit__(self, *_: object) -> None:
        self._disk.close()
        shutil.rmtree(self._work)

    def look(self, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
        """What each state holds, in the order of their moments."""
        cuts = sorted(((write_log.cut_power(self._writes, number), number) for number in numbers), key=_moment)
        for cut, number in cuts:
            for write in self._writes[self._done : cut.flushed]:
                if not in_a_root(write):
                    self._disk.redo(write)
            self._done = max(self._done, cut.flushed)
            self._disk.flush()
            state = self._work / "state.img"
            subprocess.run(["cp", "--sparse=always", str(self._durable), str(state)], check=True)
            apply(cut, self._writes, state, self._log)
            yield {"number": number, "at": cut.at, "pending": cut.at - cut.flushed, **self._found(state, cut)}

    def _found(self, state: Path, cut: Cut) -> dict[str, Any]:
        data = self._work / "data.ext4"
        try:
            partition = next(each for each in partitions_of(state) if each.number == DATA_PARTITION)
        except (MosError, StopIteration) as error:
            return {**NOTHING, "wrong": f"the partition records: {error}"}
        copy = ["dd", "bs=512K", "conv=sparse", f"if={state}", f"of={data}", "status=none"]
        data.unlink(missing_ok=True)
        subprocess.run([*copy, f"skip={partition.start // 1024}", f"count={partition.size // 1024}"], check=True)
        with data.open("r+b") as file:
            file.truncate(partition.size * SECTOR)
        found = look_into(data, promised(self._steps, cut.at), self._work / "files")
        if any(step.get("loader") and step["writes"] <= cut.at for step in self._steps):
            found["wrong"] = "; ".join(filter(None, (found["wrong"], loader_wrong(state))))
        return found


def in_a_root(write: write_log.Write) -> bool:
    """Whether it is of an update to the other root: no state is asked for what lies in there."""
    return any(area.start <= write.sector < area.start + area.size for area in ROOTS)


def loader_wrong(card: Path) -> str:
    """What is wrong with the loader's memory: one of its two copies has to be whole (a CRC, a counter, its text)."""
    with card.open("rb") as file:
        for at in LOADER_AT:
            file.seek(at)
            copy = file.read(LOADER_BYTES)
            if int.from_bytes(copy[:4], "little") == zlib.crc32(copy[5:]) and b"BOOT_ORDER=" in copy:
                return ""
    return "the loader's memory: neither copy is whole"


_LAYOUT: Final = partitions.read_layout(partitions.TABLE.read_text())
ROOTS: Final = (_LAYOUT["root_a"], _LAYOUT["root_b"])
LOADER_AT: Final = (0x300000, 0x340000)
LOADER_BYTES: Final = 0x4000
NOTHING: Final[dict[str, Any]] = {"e2fsck": -1, "takes": 0, "notes": 0, "pieces": 0, "events": 0}


def _moment(pair: tuple[Cut, int]) -> tuple[int, int]:
    return pair[0].flushed, pair[0].at


def apply(cut: Cut, writes: Sequence[write_log.Write], state: Path, log: Path) -> None:
    """Write to a card what chance has left of what was not flushed."""
    disk = Disk(state, log)
    for index, (begin, end) in cut.some:
        if not in_a_root(writes[index]):
            disk.redo(writes[index], begin, end)
    disk.close()


def _without_roots(base: Path, target: Path) -> None:
    """The same card, where only records and the data partition have content."""
    data = next(each for each in partitions_of(base) if each.number == DATA_PARTITION)
    with base.open("rb") as source, target.open("wb") as file:
        file.truncate(base.stat().st_size)
        for each in partitions_of(base):
            for sector in (
                0,
                each.start - (1 << 20) // SECTOR,
            ):  # the record of a logical partition lies a MiB before it
                source.seek(sector * SECTOR)
                file.seek(sector * SECTOR)
                file.write(source.read(SECTOR))
        source.seek(data.start * SECTOR)
        file.seek(data.start * SECTOR)
        for _ in range(0, data.size * SECTOR, 1 << 20):
            block = source.read(1 << 20)
            if block.strip(b"\0"):
                file.write(block)
            else:
                file.seek(len(block), 1)


def look_into(data: Path, owed: dict[str, Any], files: Path) -> dict[str, Any]:
    """Check a data partition as the box does at its start, and read what it holds by the box's own code."""
    code = subprocess.run(["e2fsck", "-p", str(data)], capture_output=True, check=False).returncode
    wrong: list[str] = []
    if code > REPAIRED_BY_ITSELF:
        again = code
        for _ in range(TRIES):
            if again > REPAIRED_BY_ITSELF:
                again = subprocess.run(["e2fsck", "-fy", str(data)], capture_output=True, check=False).returncode
        if again > REPAIRED_BY_ITSELF:
            return {**NOTHING, "e2fsck": code, "wrong": f"e2fsck -fy ends with {again}: made anew, all is lost"}
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    done = subprocess.run(
        ["debugfs", "-R", f"rdump /mos {files}", str(data)], capture_output=True, text=True, check=False
    )
    root = files / "mos"
    if not root.is_dir():
        late = owed["student"] or owed["notes"]
        return {**NOTHING, "e2fsck": code, "wrong": f"no /mos: {done.stderr[-200:]}" if late else ""}
    found = {"e2fsck": code, **_takes(root, owed, wrong), **_library(root, owed, wrong), **_students(root, owed, wrong)}
    return {**found, "wrong": "; ".join(wrong)}


def _takes(root: Path, owed: dict[str, Any], wrong: list[str]) -> dict[str, int]:
    takes = TakeFiles(root / "takes", 50)
    rows, _ = takes.open()
    pitches = [
        event.data1
        for row in sorted(rows, key=lambda row: row.take)
        for event in takes.read(row.take).events
        if event.status & 0xF0 == 0x90 and event.data2
    ]
    if pitches != [KEYS[place % len(KEYS)] for place in range(len(pitches))]:
        wrong.append(f"takes: not what was played: {pitches[:40]}")
    if len(pitches) < owed["notes"]:
        wrong.append(f"takes: {len(pitches)} notes of {owed['notes']} that were played a second before")
    damaged = list((root / "takes" / "damaged").glob("*"))
    if damaged:
        wrong.append(f"takes: {len(damaged)} put aside as damaged")
    return {"takes": len(rows), "notes": len(pitches)}


def _library(root: Path, owed: dict[str, Any], wrong: list[str]) -> dict[str, int]:
    index = root / "library" / "index.db"
    if not index.exists():
        if owed["cids"]:
            wrong.append("library: no index")
        return {"pieces": 0}
    try:
        database = sqlite3.connect(index)
        told = database.execute("PRAGMA integrity_check").fetchall()
        database.close()
        if told != [("ok",)]:
            wrong.append(f"library: integrity_check: {told[:3]}")
        library = Library(root / "library")
        for cid in owed["cids"]:
            library.read(cid, opening=False)
        pieces = library.status().pieces
        library.close()
    except (MosError, sqlite3.Error, OSError, KeyError) as error:
        wrong.append(f"library: {type(error).__name__}: {error}")
        return {"pieces": 0}
    return {"pieces": pieces}


def _students(root: Path, owed: dict[str, Any], wrong: list[str]) -> dict[str, int]:
    if not (root / "students").is_dir():
        if owed["student"]:
            wrong.append("students: nobody")
        return {"events": 0}
    students = Students(root / "students")
    students.open()
    if students.told:
        wrong.append(f"students: {students.told[0]}")
    if not owed["student"]:
        return {"events": 0}
    try:
        events = students.count(owed["student"])
    except KeyError:
        wrong.append("students: the one that was made is not there")
        return {"events": 0}
    if events < owed["lessons"]:
        wrong.append(f"students: {events} events after {owed['lessons']} lessons")
    return {"events": events}
