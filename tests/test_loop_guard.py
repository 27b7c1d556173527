"""The guard tells code that blocks the loop, and only that."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator

import pytest

from tests import loop_guard

Guard = Iterator[None]
FACTORY: Callable[[pytest.MonkeyPatch], Guard] = loop_guard.loop_guard.__wrapped__  # type: ignore[attr-defined]


def test_a_callback_that_computes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="the loop was blocked"):
        watch(monkeypatch, compute_too_long)


def test_waiting_calls_are_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="sleep in"):
        watch(monkeypatch, lambda: time.sleep(0))


def test_the_garbage_of_other_tests_is_not_charged_to_whom_it_is_collected_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    litter = [[number] for number in range(600_000)]
    gc.collect()
    start = time.thread_time()
    gc.collect()
    assert time.thread_time() - start > loop_guard.MOST_S, "too little litter to show anything"
    watch(monkeypatch, gc.collect)
    assert litter


def watch(monkeypatch: pytest.MonkeyPatch, callback: Callable[[], object]) -> None:
    """Run a loop with one callback under the guard. Errors: what the guard says of it."""
    guard = FACTORY(monkeypatch)
    next(guard)

    async def run() -> None:
        asyncio.get_running_loop().call_soon(callback)
        await asyncio.sleep(0)

    asyncio.run(run())
    with pytest.raises(StopIteration):
        next(guard)


def compute_too_long() -> None:
    start = time.thread_time()
    while time.thread_time() - start < 2 * loop_guard.MOST_S:
        pass
