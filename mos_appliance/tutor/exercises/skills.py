"""Which skills an exercise shows, and which level of what is composed is right for somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mos_appliance.tutor.exercises.melodies import LEVELS
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.student import EXERCISE
from mos_appliance.tutor.knowledge.tracing import KNOWN_NEED
from mos_appliance.wire.students import Hands

COMPOSED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "sight-reading": (
        ("interval.step", "reading.treble", "rhythm.long-short"),
        ("interval.skip",),
        ("rhythm.eighths",),
        ("rhythm.dotted-quarter", "reading.bass", "hands.together"),
        ("interval.fifth", "reading.key-signature", "rhythm.syncopation"),
    ),
    "ear": (
        ("ear.copy", "interval.step"),
        ("interval.skip",),
        ("rhythm.eighths",),
        ("rhythm.dotted-quarter",),
        ("interval.fifth", "rhythm.syncopation"),
    ),
    "rhythm": (
        ("rhythm.long-short",),
        (),
        ("rhythm.eighths",),
        ("rhythm.dotted-quarter",),
        ("rhythm.syncopation",),
    ),
}
"""What each level adds to those below it, as `melodies` composes them."""
_SCALES: Final[Mapping[tuple[str, bool], str]] = {
    ("C", False): "scale.c",
    ("G", False): "scale.g",
    ("F", False): "scale.f",
    ("A", True): "scale.a-minor",
}
_IN_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "scale": ("position.thumb-under",),
    "broken-chord": ("chord.triad", "chord.broken"),
    "cadence": ("chord.triad", "chord.one-four-five"),
}
_UNKNOWN_LEVEL: Final = -1.0
"""Neither harder nor easier than the skills themselves."""


def level_for(kind: str, mastery: Mapping[str, float]) -> tuple[int, tuple[str, ...]]:
    """The level at which something is still to be learned, and what that is; the highest, and nothing, for who can all.

    `mastery` by skill, 0 to 1; a skill that is not in it was never shown.
    """
    for level, added in enumerate(COMPOSED[kind]):
        missing = tuple(skill for skill in added if mastery.get(skill, 0.0) < KNOWN_NEED)
        if missing:
            return level, missing
    return LEVELS - 1, ()


def exercise_offer(
    kind: str, title: str, hands: Hands, *, level: int = 0, key: str = "C", minor: bool = False
) -> Offer:
    """What an exercise offers to who plays it. Its `piece` is a name, not a CID: bars that nobody sees twice are not
    remembered."""
    if kind in COMPOSED:
        skills = tuple(skill for added in COMPOSED[kind][: level + 1] for skill in added)
        name = f"{kind}.{level}"
    else:
        scale = _SCALES.get((key, minor)) if kind == "scale" else None
        skills = _IN_KEYS[kind] + ((scale,) if scale else ()) + (("hands.together",) if hands == "both" else ())
        name = f"{kind}.{key}{'m' if minor else ''}"
    return Offer(EXERCISE + name, "", title, skills, _UNKNOWN_LEVEL, hands, 21, 108, False, False, 0.0, 0)
