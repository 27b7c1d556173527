"""Child processes of the hub: one job each, ended when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from mos_appliance.app.stillness import Stillness
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.wire.imports import Refused

IMPORTER: Final = (sys.executable, "-m", "mos_appliance.app.importer")
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""No pool of threads for a job of a second."""
_REFUSED: Final = 1


async def run_child(
    command: Sequence[str], data: bytes | int = b"", patient: Stillness | None = None
) -> tuple[int, bytes, str]:
    """Run it with `data`, or the file behind that descriptor, as its standard input; `patient`: it can wait.

    Returns exit code, output, last line of its errors. When the caller is cancelled the child is killed.
    Errors: `Unavailable` when there is no such program.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=data if isinstance(data, int) else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT},
            process_group=None if patient is None else 0,
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not installed") from error
    try:
        with contextlib.nullcontext() if patient is None else patient.waiting(child.pid):
            output, errors = await child.communicate(None if isinstance(data, int) else data)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    lines = errors.decode(errors="replace").strip().splitlines()
    return child.returncode or 0, output, lines[-1] if lines else ""


async def import_data(verb: str, data: bytes | int, title: str = "") -> bytes:
    """Have the importer do one job on bytes or on the file behind a descriptor.

    Errors: `BadInput` by its word, `Unavailable` when it fails.
    """
    code, output, error = await run_child((*IMPORTER, verb, title), data)
    if code == _REFUSED and output:
        refused = msgspec.msgpack.decode(output, type=Refused)
        raise BadInput(refused.where, refused.why)
    if code:
        raise Unavailable(f"the importer failed: {error[:200] or code}")
    return output
