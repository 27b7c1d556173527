"""A process that has loaded all and does nothing, from which the one that works is forked, and again when it dies.

Loading Python, NumPy and a soundfont takes a small board seconds; a fork takes milliseconds. So an engine that is
killed sounds again at once. What was loaded is shared: the sleeper costs the memory of what the worker writes to.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from typing import Final

from mos_appliance.app import lifeline

STEADY_S: Final = 2.0
MOST_FAILURES: Final = 5
"""Deaths in a row, each before `STEADY_S`, after which the fault is not chance: the supervisor is to start afresh."""
GAVE_UP: Final = 1


class _Worker:
    """The child, as far as the signal handler must know it."""

    pid = 0
    asked_to_stop = False


def fork_worker() -> int | None:
    """Fork the worker and watch over it. Returns None in the worker, in the sleeper the exit code when all is over.

    The worker's own exit code is final; only a death by signal, or by an internal error, is answered with another fork.
    """
    worker = _Worker()

    def stop(*_: object) -> None:
        worker.asked_to_stop = True
        if worker.pid:
            os.kill(worker.pid, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    gc.collect()
    gc.freeze()
    failures = 0
    while True:
        born = time.monotonic()
        sleeper = os.getpid()
        worker.pid = os.fork()
        if not worker.pid:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            # At once: a new nursery's worker may want the sound device already.
            lifeline.hold(sleeper, signal.SIGKILL)
            return None
        if worker.asked_to_stop:  # the signal came before there was anybody to pass it on to
            os.kill(worker.pid, signal.SIGTERM)
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        worker.pid = 0
        if worker.asked_to_stop or 0 <= code < lifeline.INTERNAL_ERROR:
            return max(code, 0)
        failures = failures + 1 if time.monotonic() - born < STEADY_S else 1
        if failures >= MOST_FAILURES:
            return GAVE_UP
        how = f"signal {-code}" if code < 0 else f"an internal error ({code})"
        print(f"was ended by {how}; forking it again", file=sys.stderr, flush=True)
