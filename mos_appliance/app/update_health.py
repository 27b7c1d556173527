"""Whether this version is well: the engine sounds and the hub answers, asked as anybody would ask."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.app.updates import Health
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile, Sound

RUN: Final = Path("/run/mos")
PORT: Final = 8080
_ANSWER_S: Final = 5.0
_MOST_BYTES: Final = 1 << 18


class _Block(msgspec.Struct):
    p50: float


class _Engine(msgspec.Struct):
    running: bool
    block_us: _Block
    device: str
    device_state: str


class _Told(msgspec.Struct):
    engine: _Engine


def sound(run: Path = RUN) -> Sound | None:
    """What the engine opened; none as long as it has opened nothing."""
    try:
        return msgspec.json.decode((run / RunFile.SOUND).read_bytes(), type=Sound)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def heard_device(run: Path = RUN) -> str:
    """Name of the device that is heard now; empty when none is."""
    opened = sound(run)
    return opened.name if opened is not None and opened.heard else ""


def look(run: Path = RUN, port: int = PORT) -> Health:
    """One look, at most a few seconds long."""
    opened = sound(run)
    name, heard = (opened.name, opened.heard) if opened else ("", False)
    try:
        engine = _ask(port).engine
    except Unavailable as error:
        return Health(error.what if opened else f"the engine has no sound device, and {error.what}", name, heard)
    if opened is None or not engine.running:
        return Health("the engine does not run", name, heard)
    if engine.block_us.p50 <= 0:
        return Health("the engine runs, but has made no block of sound", name, heard)
    return Health("", name, heard)


def _ask(port: int) -> _Told:
    """Errors: `Unavailable` with what is wrong with the hub."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        line.request("GET", "/api/v1/health")
        answer = line.getresponse()
        if answer.status != 200:
            raise Unavailable(f"the hub answers with {answer.status}")
        return msgspec.json.decode(answer.read(_MOST_BYTES), type=_Told)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unavailable(f"the hub answers what nobody understands: {error}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"the hub does not answer: {error}") from error
    finally:
        line.close()
