"""Searching a library of 20,000 generated pieces; only in a source tree, whose tests know the catalogue."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from mos_appliance.app.benchmarks import Figure
from mos_appliance.errors import Unavailable

_COMMAND = (sys.executable, "-m", "tests.library.bench_library")


def measure() -> Iterator[Figure]:
    """The figures of `tests/library/bench_library.py`. Errors: `Unavailable` outside of a source tree."""
    done = subprocess.run(_COMMAND, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.splitlines() or ["no reason"])[-1]
        raise Unavailable(f"{' '.join(_COMMAND[1:])}: {reason} (run it in the source tree, after make test)")
    for row in json.loads(done.stdout):
        yield Figure(**row)
