"""A process that asks the kernel to be ended when its supervisor is gone."""

from __future__ import annotations

import os
import signal
from typing import Final

SUPERVISOR: Final = "MOS_SUPERVISOR"
"""Environment variable in which the supervisor tells its process id."""
_PR_SET_PDEATHSIG: Final = 1


INTERNAL_ERROR: Final = 70
"""Exit code of a process that met a fault of its own: EX_SOFTWARE of sysexits.h."""


def hold(parent: int | None = None, how: signal.Signals = signal.SIGTERM) -> None:
    """From now on the end of `parent`, by default the supervisor, ends this process with the signal `how`.

    Does nothing without a supervisor. Source: prctl(2). The signal is lost when the process changes its user
    afterwards, and a child does not inherit it.
    """
    supervisor = os.environ.get(SUPERVISOR) if parent is None else str(parent)
    if supervisor is None:
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != int(supervisor):  # it died before the kernel knew
        raise SystemExit(0)
