"""Fixtures that fail a test whose code blocks the event loop, or leaves a thread or a task behind.

What a callback costs is counted in CPU time of the loop's thread, so that a busy machine fails nobody; waiting calls
are told by name.
"""

from __future__ import annotations

import asyncio
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


@pytest.fixture(autouse=True)
def loop_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch every callback that is not the test's own."""
    blocked: list[str] = []
    running: list[asyncio.Handle] = []
    run = asyncio.Handle._run

    def watched(handle: asyncio.Handle) -> None:
        if _is_of_test(handle):
            return run(handle)
        running.append(handle)
        start = time.thread_time()
        try:
            run(handle)
        finally:
            running.pop()
            took = time.thread_time() - start
            if took > MOST_S:
                blocked.append(f"{took * 1000:.1f} ms in {_owner(handle)!r}")
        return None

    monkeypatch.setattr(asyncio.Handle, "_run", watched)
    for owner, name in _FORBIDDEN:
        monkeypatch.setattr(owner, name, _told(getattr(owner, name), name, running, blocked))
    threads = set(threading.enumerate())
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
