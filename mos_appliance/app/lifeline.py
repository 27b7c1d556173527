"""A process that asks the kernel to be ended when its supervisor is gone."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

SUPERVISOR: Final = "MOS_SUPERVISOR"
"""Environment variable in which the supervisor tells its process id."""
_PR_SET_PDEATHSIG: Final = 1


def hold() -> None:
    """From now on the end of the supervisor ends this process with SIGTERM; nothing without a supervisor.

    Source: prctl(2). The signal is lost when the process changes its user afterwards.
    """
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != int(supervisor):  # it died before the kernel knew
        raise SystemExit(0)
