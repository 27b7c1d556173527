"""The PCM on a kernel's own driver: what a fake library cannot show."""

from __future__ import annotations

import json
from pathlib import Path

from hw_tests.conftest import MakeTarget

SCRIPT = Path(__file__).parent / "inside" / "forced_xruns.py"


def test_every_forced_xrun_is_seen_once_and_a_device_in_use_says_so(make_target: MakeTarget) -> None:
    target = make_target()
    target.put("/tmp/forced_xruns.py", SCRIPT.read_bytes())
    code, output = target.run("chrt -f 80 taskset 2 python3 /tmp/forced_xruns.py")
    assert code == 0, output
    told = json.loads(output)
    assert told["unforced"] == 0
    assert told["after_pauses"] == [[1, 0, 0, 0]] * 10
    assert (told["period"], told["periods"], told["device_period"]) == (64, 2, 64)
    assert all(64 <= delay <= 128 for delay in told["delays"]), "full again after each xrun"
    assert "another program has it" in told["in_use"]
