"""Exercises made to order, as pieces of the library: composed, brought in like any file, engraved like any piece."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from typing import Final, Protocol

from mos_appliance.companion.library_resources import ImportState
from mos_appliance.companion.practice_resources import Exercise, ExerciseWish
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.tutor.exercises.keys import MAJOR, MINOR, Key
from mos_appliance.tutor.exercises.melodies import ear, rhythm, sight_reading
from mos_appliance.tutor.exercises.scales import broken_chord, cadence, scale
from mos_appliance.tutor.exercises.sheet import Sheet
from mos_appliance.wire.practice import Mode

PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.1
_MODES: Final[dict[str, Mode]] = {"ear": "echo", "rhythm": "along"}
"""How an exercise is best practised; the others are waited for."""


class Shelf(Protocol):
    """The library, as far as it is needed here."""

    def start_import(self, upload: int, name: str) -> ImportState:
        """Add the file behind a descriptor. Errors: `BadInput`, `Unavailable`."""

    def imported(self, number: int) -> ImportState | None:
        """How that goes."""

    async def remove(self, cid: str) -> None:
        """Take a piece away, for a day."""


class Exercises:
    """Makes exercises. What was composed by chance goes when the next of its kind comes: it was to be read once."""

    def __init__(self, shelf: Shelf, seed: Callable[[], int]) -> None:
        self._shelf = shelf
        self._seed = seed
        self._composed: dict[str, str] = {}

    async def make(self, wish: ExerciseWish) -> Exercise:
        """The exercise as a piece of the library. Errors: `BadInput`, `Unavailable`."""
        seed = self._seed() if wish.seed is None else wish.seed
        sheet = _sheet(wish, random.Random(seed))
        cid = await self._bring(sheet, wish.kind)
        if wish.kind in _BY_CHANCE:
            before, self._composed[wish.kind] = self._composed.get(wish.kind), cid
            if before is not None and before != cid:
                await self._forget(before)
        return Exercise(cid, sheet.title, _MODES.get(wish.kind, "wait"), seed)

    async def _forget(self, cid: str) -> None:
        try:
            await self._shelf.remove(cid)
        except (KeyError, MosError):  # somebody has removed it already
            return

    async def _bring(self, sheet: Sheet, kind: str) -> str:
        """Its CID."""
        memory = sealed_memory("mos-exercise", sheet.abc().encode())
        try:
            state = self._shelf.start_import(memory, f"{kind}.abc")
        finally:
            os.close(memory)
        async with asyncio.timeout(PATIENCE_S):
            while state.state in ("waiting", "running"):
                await asyncio.sleep(_LOOK_S)
                found = self._shelf.imported(state.number)
                if found is None:
                    raise Unavailable("the exercise was forgotten while it was made")
                state = found
        if state.known:
            return state.known[0]
        if not state.added:
            raise Unavailable(f"the exercise could not be made: {state.failed[0].why if state.failed else 'no answer'}")
        return state.added[0]


_BY_CHANCE: Final = frozenset({"sight-reading", "ear", "rhythm"})


def _sheet(wish: ExerciseWish, chance: random.Random) -> Sheet:
    """Errors: `BadInput` for a key that there is not."""
    below = chance.randrange
    match wish.kind:
        case "sight-reading":
            return sight_reading(wish.level, below)
        case "ear":
            return ear(wish.level, below)
        case "rhythm":
            return rhythm(wish.level, below)
    if wish.key not in (MINOR if wish.minor else MAJOR):
        known = ", ".join(MINOR if wish.minor else MAJOR)
        raise BadInput("key", f"is none of {known}")
    key, hands = Key(wish.key, wish.minor), ["right", "left"] if wish.hands == "both" else [wish.hands]
    match wish.kind:
        case "scale":
            return scale(key, hands, wish.octaves)
        case "broken-chord":
            return broken_chord(key, hands)
    return cadence(key, hands)
