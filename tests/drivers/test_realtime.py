"""Real-time rights, asked for in processes of their own so that the tests stay ordinary."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.realtime import parse_cpu_list

NAMES = ["heap", "objects", "stack", "collector", "memory", "processor", "scheduler", "timer slack", "processor sleep"]
PROGRAM = """
import gc, json, os, resource, sys
from pathlib import Path
from drivers.realtime import Realtime
isolated, dma, poor = sys.argv[1:4]
if poor == "poor":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    if os.getuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
realtime = Realtime(isolated=Path(isolated), dma_latency=Path(dma))
grants = realtime.take()
room = bytearray(20_000_000)
print(json.dumps({
    "grants": {grant.name: [grant.ok, grant.detail] for grant in grants},
    "affinity": sorted(os.sched_getaffinity(0)),
    "policy": os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK,
    "gc": gc.isenabled(),
}))
"""


def ask(isolated: Path, dma: Path, rights: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(isolated), str(dma), rights], capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("text", "cpus"), [("", []), ("\n", []), ("3\n", [3]), ("1-3", [1, 2, 3]), ("0,2-3,7\n", [0, 2, 3, 7])]
)
def test_kernel_lists_of_processors(text: str, cpus: list[int]) -> None:
    assert parse_cpu_list(text) == cpus


def test_every_step_reports(tmp_path: Path) -> None:
    answer = ask(tmp_path / "none", tmp_path / "dma")
    assert list(answer["grants"]) == NAMES
    assert all(detail for _, detail in answer["grants"].values())
    assert answer["grants"]["heap"][0]
    assert not answer["gc"]


def test_without_rights_the_start_goes_on_and_says_what_is_missing(tmp_path: Path) -> None:
    answer = ask(tmp_path / "none", tmp_path / "dma", "poor")
    assert answer["policy"] == 0
    for name in ("memory", "processor", "scheduler", "processor sleep"):
        ok, detail = answer["grants"][name]
        assert not ok
        assert len(detail) > 10


def test_the_isolated_processor_is_taken(tmp_path: Path) -> None:
    isolated = tmp_path / "isolated"
    isolated.write_text("0\n")
    answer = ask(isolated, tmp_path / "dma")
    assert answer["affinity"] == [0]
    assert answer["grants"]["processor"] == [True, "alone on 0"]


def test_an_isolated_processor_that_is_not_there_is_told(tmp_path: Path) -> None:
    isolated = tmp_path / "isolated"
    isolated.write_text("1000\n")
    assert not ask(isolated, tmp_path / "dma")["grants"]["processor"][0]


def test_processors_are_kept_from_deep_sleep_by_a_file_that_stays_open(tmp_path: Path) -> None:
    dma = tmp_path / "dma"
    dma.write_bytes(b"")
    assert ask(tmp_path / "none", dma)["grants"]["processor sleep"][0]
    assert dma.read_bytes() == bytes(4)
