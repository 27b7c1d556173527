"""Key press to the tutor's answer at the hub: real processes, keys on a DIN cable, a piece practised in flow mode.

What the tutor itself needs for a note is told as CPU time, which a busy machine does not change.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import numpy as np

from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.benchmarks.processes import Started, awaited, kilobytes, running
from mos_appliance.app.library_shelf import SHELF
from mos_appliance.app.practice_import import imported_practice
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.wire.practice import PracticeOrder
from mos_appliance.wire.practice_notes import notes_of

PIECE: Final = "minuet petzold"
NOTES: Final = 600
_APART_S: Final = 0.04
ANSWER_MS: Final = 5.0
"""A live mark may come so long after its note has reached the tutor."""
TUTOR_RSS_MB: Final = 60.0


def measure() -> Iterator[Figure]:
    """Play the piece's notes, with a stray key now and then, and ask the hub how long the answers took."""
    yield from _cpu()
    player, socket = os.openpty()
    tty.setraw(player)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="mos-bench-") as home,
            running(Path(home), "--din", os.ttyname(socket)) as started,
        ):
            yield from _practise(started, player)
    finally:
        os.close(player)
        os.close(socket)


def _practise(started: Started, player: int) -> Iterator[Figure]:
    api = f"http://127.0.0.1:{started.port}/api/v1"
    piece = awaited(lambda: _found(api))
    _ask(f"{api}/practice", "POST", {"piece": piece, "mode": "flow", "marks": True})
    notes = _ask(f"{api}/practice/notes")["notes"]
    for number in range(NOTES):
        pitch = notes[number % len(notes)]["pitch"] + (number % 23 == 22)
        os.write(player, bytes((0x90, pitch, 70)))
        time.sleep(_APART_S / 2)
        os.write(player, bytes((0x80, pitch, 0)))
        time.sleep(_APART_S / 2)
    told = awaited(lambda: _all_answered(api)) or _ask(f"{api}/health")["tutor"]
    yield Figure("key to the tutor's answer at the hub, p50", told["answer_ms"]["p50"], "ms")
    yield Figure("key to the tutor's answer at the hub, p99", told["answer_ms"]["p99"], "ms")
    yield Figure("notes answered", float(told["answers"]), f"of {NOTES}")
    rss = kilobytes(started.processes()["tutor"], "status", "VmRSS:") / 1000
    yield Figure("RSS of the tutor while it follows", rss, "MB", "bound", TUTOR_RSS_MB)


def _all_answered(api: str) -> dict[str, Any] | None:
    told: dict[str, Any] = _ask(f"{api}/health")["tutor"]
    return told if told["answers"] >= NOTES else None


def _cpu() -> Iterator[Figure]:
    """CPU time from a note's reaching the tutor to its answers, in flow and in wait mode."""
    score = imported_practice((SHELF / "pieces" / "petzold-minuet.umf").read_bytes(), "").score
    for mode in ("flow", "wait"):
        practice = Practice(PracticeOrder(1, mode, score, loop=True))
        notes = notes_of(score.page).notes
        took = []
        for number in range(2 * NOTES):
            pitch = int(notes[number % len(notes)]["pitch"]) + (number % 23 == 22)
            began = time.thread_time_ns()
            practice.struck(pitch, 70, number * 250.0)
            took.append((time.thread_time_ns() - began) / 1e6)
            practice.released(pitch, number * 250.0 + 100.0)
        middle, high = np.quantile(took, (0.5, 0.99))
        yield Figure(f"a note answered in {mode} mode, CPU, p50", round(float(middle), 4), "ms", "bound", ANSWER_MS)
        yield Figure(f"a note answered in {mode} mode, CPU, p99", round(float(high), 4), "ms", "bound", ANSWER_MS)


def _found(api: str) -> str | None:
    hits = _ask(f"{api}/library?q={PIECE.replace(' ', '+')}")["hits"]
    return str(hits[0]["cid"]) if hits else None


def _ask(url: str, method: str = "GET", body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, {"Content-Type": "application/json"}, method=method), timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except URLError:
        if method != "GET":
            raise
        return {"hits": []}
