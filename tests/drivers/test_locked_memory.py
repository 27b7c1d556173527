"""Large memory is shared and not made resident for nothing; what is used is locked."""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from drivers import locked_memory
from drivers.locked_memory import without


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own: what it locks must not stay locked here."""
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([], [(10, 20)]),
        ([(0, 10), (20, 30)], [(10, 20)]),
        ([(0, 12)], [(12, 20)]),
        ([(12, 14), (16, 18)], [(10, 12), (14, 16), (18, 20)]),
        ([(5, 25)], []),
    ],
)
def test_what_is_new_is_what_lies_in_nothing_old(parts: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    assert without((10, 20), parts) == left


def test_memory_that_was_filled_inside_can_be_read_but_never_written_again() -> None:
    done = run("""
        import mmap
        from drivers.locked_memory import LARGE, read_only_from_now_on
        with read_only_from_now_on():
            memory = mmap.mmap(-1, LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            memory[0] = 7
        assert memory[0] == 7
        print("read", flush=True)
        memory[0] = 8
    """)
    assert done.stdout == "read\n"
    assert done.returncode == -11


def test_what_was_there_before_and_what_is_small_stays_writable() -> None:
    done = run("""
        import mmap
        from drivers.locked_memory import LARGE, read_only_from_now_on
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        before = mmap.mmap(-1, LARGE, flags=private)
        with read_only_from_now_on():
            small = mmap.mmap(-1, LARGE // 4, flags=private)
        before[0] = small[0] = 1
    """)
    assert done.returncode == 0, done.stderr


def test_large_memory_that_nobody_touched_is_not_made_resident_by_locking() -> None:
    done = run("""
        import mmap, pathlib
        from drivers.locked_memory import LARGE, lock
        memory = mmap.mmap(-1, 8 * LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        try:
            lock()
        except OSError as error:
            print("denied", error.strerror)
        else:
            locked = [line.split()[1] for line in open("/proc/self/status") if line.startswith(("VmLck", "VmRSS"))]
            print(*locked)
    """)
    words = done.stdout.split()
    if words[0] == "denied":
        pytest.skip("this user may not lock memory (ulimit -l)")
    locked, resident = (int(word) for word in words)
    assert locked > 0
    assert resident < 100_000


def test_a_soundfont_that_is_mapped_stays_in_its_file_until_it_is_played(tmp_path: Path) -> None:
    soundfont, other = tmp_path / "a.sf2", tmp_path / "a.bin"
    for path in (soundfont, other):
        path.write_bytes(bytes(32 << 20))
    done = run(f"""
        import mmap, os, re
        from drivers.locked_memory import lock
        names = {[str(soundfont), str(other)]}
        kept = [mmap.mmap(os.open(name, os.O_RDONLY), 0, mmap.MAP_PRIVATE, mmap.PROT_READ) for name in names]
        try:
            lock()
        except OSError as error:
            print("denied", error.strerror)
        else:
            maps = open("/proc/self/smaps").read()
            print(*(re.search(r"a[.]%s\\n.*?Rss: +(\\d+)" % kind, maps, re.S)[1] for kind in ("sf2", "bin")))
    """)
    words = done.stdout.split()
    if words[:1] == ["denied"]:
        pytest.skip("this user may not lock memory (ulimit -l)")
    mapped, whole = (int(word) for word in words)
    assert mapped < 1024, "it was read in"
    assert whole == 32 << 10


def test_what_a_forked_process_only_reads_stays_shared_with_the_one_it_was_forked_from() -> None:
    done = run("""
        import mmap, os, re
        from drivers.locked_memory import LARGE, lock
        shared = mmap.mmap(-1, LARGE // 2, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        shared.write(b"x" * len(shared))
        if os.fork():
            raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
        try:
            lock()
        except OSError as error:
            print("denied", error.strerror)
        else:
            told = open("/proc/self/smaps_rollup").read()
            print(*(re.search(rf"^{name}: +(\\d+)", told, re.M)[1] for name in ("Shared_Dirty", "Locked")))
    """)
    words = done.stdout.split()
    if words[0] == "denied":
        pytest.skip("this user may not lock memory (ulimit -l)")
    shared, locked = (int(word) for word in words)
    assert shared > 8_000 and locked > 8_000, done.stdout


def test_spans_of_a_mapped_file_become_part_of_this_processs_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.sf2"
    path.write_bytes(bytes(64 * mmap.PAGESIZE))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ):
        assert locked_memory.populate(path, [(5, 3 * mmap.PAGESIZE), (60 * mmap.PAGESIZE, 10 * mmap.PAGESIZE)]) == (
            3 * mmap.PAGESIZE + 5 + 4 * mmap.PAGESIZE
        )
        resident = re.search(rf"{re.escape(str(path))}\n(?:.*\n)*?Rss: +(\d+) kB", Path("/proc/self/smaps").read_text())
        assert resident is not None
        assert int(resident[1]) << 10 >= 8 * mmap.PAGESIZE
    assert locked_memory.populate(path, [(0, 100)]) == 0
