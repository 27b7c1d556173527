"""Models ready to be asked: the signed file, in the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.model_runtime import HOW_TO_GET, Model, package
from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.store.model_files import read_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class HearingNetwork:
    """The network that judges frames of sound; implements `hearing.listening.Network`."""

    def __init__(self) -> None:
        self._model = Model(read_model("hearing"))

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network`."""
        return self._model(frames)


class HarmonyNetwork:
    """The network that proposes chords; implements `harmony.proposing.Network`."""

    def __init__(self) -> None:
        self._model = Model(read_model("harmony"), xnnpack=True)

    def __call__(self, beats: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network`."""
        return self._model(beats)


def why_deaf() -> str:
    """Why a microphone cannot be understood here; empty when it can. LiteRT is looked for, not loaded."""
    if not package():
        return HOW_TO_GET
    try:
        read_model("hearing")
    except (Unavailable, Corrupt) as error:
        return str(error)
    return ""
