"""Fixtures that fail a test whose code blocks the event loop, or leaves a thread or a task behind.

What a callback costs is counted in CPU time of the loop's thread, so that a busy machine fails nobody; waiting calls
are told by name. A full garbage collection is not counted: it visits all that thousands of tests have left in this
process, and the callback in which it falls has no part in that.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

MOST_S: Final = 0.005
_FORBIDDEN: Final = ((os, "fsync"), (os, "fdatasync"), (time, "sleep"), (subprocess.Popen, "wait"))
_TESTS: Final = str(Path(__file__).parent)
_OLDEST: Final = 2
"""The generation whose collection visits every object."""


class CollectorClock:
    """CPU time that full collections have taken in the thread that asks. Use as a context."""

    def __init__(self) -> None:
        self.taken_s = 0.0
        self._began_s = 0.0

    def __enter__(self) -> CollectorClock:
        gc.callbacks.append(self._collecting)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._collecting)

    def _collecting(self, phase: str, facts: dict[str, int]) -> None:
        if facts["generation"] != _OLDEST or threading.current_thread() is not threading.main_thread():
            return
        if phase == "start":
            self._began_s = time.thread_time()
        else:
            self.taken_s += time.thread_time() - self._began_s


@pytest.fixture(autouse=True)
def loop_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch every callback that is not the test's own."""
    blocked: list[str] = []
    running: list[asyncio.Handle] = []
    run = asyncio.Handle._run
    collector = CollectorClock()

    def watched(handle: asyncio.Handle) -> None:
        if _is_of_test(handle):
            return run(handle)
        running.append(handle)
        start = time.thread_time() - collector.taken_s
        try:
            run(handle)
        finally:
            running.pop()
            took = time.thread_time() - collector.taken_s - start
            if took > MOST_S:
                blocked.append(f"{took * 1000:.1f} ms in {_owner(handle)!r}")
        return None

    monkeypatch.setattr(asyncio.Handle, "_run", watched)
    for owner, name in _FORBIDDEN:
        monkeypatch.setattr(owner, name, _told(getattr(owner, name), name, running, blocked))
    threads = set(threading.enumerate())
    with collector:
        yield
    deadline = time.monotonic() + 2
    while (left := set(threading.enumerate()) - threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left, f"left behind: {left}"
    assert not blocked, f"the loop was blocked: {blocked}"


@pytest.fixture(autouse=True)
async def task_guard() -> AsyncIterator[None]:
    """Every task that the test began has ended with it."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0.02)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"left behind: {left}"


def _owner(handle: asyncio.Handle) -> object:
    """The task whose step a callback is, or the object whose method it is."""
    callback = getattr(handle, "_callback", None)
    return getattr(callback, "__self__", callback)


def _is_of_test(handle: asyncio.Handle) -> bool:
    owner = _owner(handle)
    if not isinstance(owner, asyncio.Task):
        return False
    code = getattr(owner.get_coro(), "cr_code", None)
    return code is None or code.co_filename.startswith(_TESTS) or "pytest_asyncio" in code.co_filename


def _told(call: Callable[..., Any], name: str, running: list[asyncio.Handle], blocked: list[str]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if running and threading.current_thread() is threading.main_thread():
            blocked.append(f"{name} in {_owner(running[-1])!r}")
        return call(*arguments, **named)

    return wrapped
