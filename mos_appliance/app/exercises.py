"""Exercises made to order, as pieces of the library: composed, brought in like any file, engraved like any piece."""

from __future__ import annotations

import asyncio
import os
import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from mos_appliance.companion.library_resources import ImportState
from mos_appliance.companion.practice_resources import Exercise, ExerciseWish
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.tutor.exercises.keys import MAJOR, MINOR, Key
from mos_appliance.tutor.exercises.melodies import ear, rhythm, sight_reading
from mos_appliance.tutor.exercises.scales import broken_chord, cadence, scale
from mos_appliance.tutor.exercises.sheet import Sheet
from mos_appliance.tutor.exercises.skills import COMPOSED, exercise_offer, level_for
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.reasons import Reason, worded_reason
from mos_appliance.wire.practice import Mode
from mos_appliance.wire.students import Hands

PATIENCE_S: Final = 60.0
MOST_OFFERS: Final = 64
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


class Known(NamedTuple):
    """What whoever plays has mastered, 0 to 1, and what skills are called: both by skill."""

    mastery: dict[str, float]
    titles: dict[str, str]


class Players(Protocol):
    """The students, as far as they are needed here."""

    async def mastered(self) -> Known | None:
        """Of whoever plays; None when nobody does. Errors: `Unavailable`."""


class Exercises:
    """Makes exercises. What was composed by chance goes when the next of its kind comes: it was to be read once."""

    def __init__(self, shelf: Shelf, seed: Callable[[], int], players: Players) -> None:
        self._shelf = shelf
        self._seed = seed
        self._players = players
        self._composed: dict[str, str] = {}
        self._offers: OrderedDict[str, Offer] = OrderedDict()
        """What each exercise of late shows, by its CID."""

    def offer(self, cid: str) -> Offer | None:
        """What an exercise shows of whoever plays it; None for what is none, or was made before the last start."""
        return self._offers.get(cid)

    async def make(self, wish: ExerciseWish) -> Exercise:
        """The exercise as a piece of the library. Errors: `BadInput`, `Unavailable`."""
        seed = self._seed() if wish.seed is None else wish.seed
        level, why = await self._level(wish)
        sheet = _sheet(wish, level, random.Random(seed))
        cid = await self._bring(sheet, wish.kind)
        self._remember(cid, wish, level, sheet)
        if wish.kind in _BY_CHANCE:
            before, self._composed[wish.kind] = self._composed.get(wish.kind), cid
            if before is not None and before != cid:
                await self._forget(before)
        told = level if wish.kind in COMPOSED else None
        return Exercise(cid, sheet.title, _MODES.get(wish.kind, "wait"), seed, told, why)

    async def _level(self, wish: ExerciseWish) -> tuple[int, str]:
        """The level that is wished, or that is right for whoever plays, and then why. Errors: `Unavailable`."""
        if wish.kind not in COMPOSED or wish.level is not None:
            return wish.level or 0, ""
        known = await self._players.mastered()
        if known is None:
            return 0, ""
        level, missing = level_for(wish.kind, known.mastery)
        if not missing:
            return level, worded_reason(Reason("exercise_all"))
        titles = "; ".join(known.titles.get(skill, skill) for skill in missing)
        return level, worded_reason(Reason("exercise_level", {"skills": titles}))

    def _remember(self, cid: str, wish: ExerciseWish, level: int, sheet: Sheet) -> None:
        hands: Hands = "both" if len(sheet.voices) > 1 else "left" if "left" in sheet.voices else "right"
        offer = exercise_offer(wish.kind, sheet.title, hands, level=level, key=wish.key, minor=wish.minor)
        self._offers[cid] = offer
        self._offers.move_to_end(cid)
        while len(self._offers) > MOST_OFFERS:
            self._offers.popitem(last=False)

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


_BY_CHANCE: Final = frozenset(COMPOSED)


def _sheet(wish: ExerciseWish, level: int, chance: random.Random) -> Sheet:
    """Errors: `BadInput` for a key that there is not."""
    below = chance.randrange
    match wish.kind:
        case "sight-reading":
            return sight_reading(level, below)
        case "ear":
            return ear(level, below)
        case "rhythm":
            return rhythm(level, below)
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
