"""The sleeper forks the worker again when it is killed, and only then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_S = 20


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    """A worker that tells its pid and waits; told to by its environment, it ends at once instead."""
    program = textwrap.dedent("""
        import os, sys, time
        from mos_appliance.app.nursery import fork_worker
        code = fork_worker()
        if code is not None:
            sys.exit(code)
        print(os.getpid(), flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def worker_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_that_is_killed_is_forked_again(nursery: subprocess.Popen[str]) -> None:
    first = worker_of(nursery)
    os.kill(first, signal.SIGKILL)
    second = worker_of(nursery)
    assert second != first
    assert is_there(second)
    assert nursery.poll() is None


def test_a_worker_that_dies_again_and_again_makes_the_sleeper_give_up(nursery: subprocess.Popen[str]) -> None:
    for _ in range(5):
        os.kill(worker_of(nursery), signal.SIGSEGV)
    assert nursery.wait(PATIENCE_S) == 1


def test_the_sleeper_passes_a_stop_on_and_ends_with_it(nursery: subprocess.Popen[str]) -> None:
    pid = worker_of(nursery)
    nursery.send_signal(signal.SIGTERM)
    assert nursery.wait(PATIENCE_S) == 0
    assert not is_there(pid)


def test_a_worker_does_not_outlive_its_sleeper(nursery: subprocess.Popen[str]) -> None:
    pid = worker_of(nursery)
    nursery.kill()
    end = time.monotonic() + PATIENCE_S
    while is_there(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not is_there(pid)


@pytest.mark.parametrize("code", [0, 3])
def test_the_workers_own_exit_code_is_final(code: int) -> None:
    program = "import sys; from mos_appliance.app.nursery import fork_worker as fork; own = fork();"
    program += f"sys.exit({code} if own is None else own)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=PATIENCE_S).returncode == code
