"""What a piece offers to a lesson, read from its UMF document, and whether a student can be asked to play it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.wire.students import Equipped, Hands, Point

MAX_SKILLS: Final = 32
MAX_POINTS: Final = 64
_USUAL_BPM: Final = 100.0
_BEATS: Final = 4.0
_SHELF: Final = "org.mos.shelf"
_SMALL_KEYBOARD: Final = 49
"""Keys."""
_MELODIC: Final = frozenset({"reading", "rhythm", "interval", "scale", "ear", "form", "dynamics", "touch", "improvise"})
_KEYBOARD_SKILLS: Final = frozenset({"reading.bass", "reading.grand-staff", "touch.balance"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece of the shelf. `piece` is its CID, `name` its id on the shelf (empty for what people brought)."""

    piece: str
    name: str
    title: str
    skills: tuple[str, ...]
    level: float
    hands: Hands
    lowest: int
    highest: int
    reading: bool
    pedal: bool
    seconds: float
    """How long it lasts once, in its own tempo."""
    bars: int
    points: tuple[Point, ...] = ()
    melody: tuple[int, int] | None = None
    """The range of its line, where it suits a voice or a melody instrument."""


def offer_of(document: Json, cid: str) -> Offer | None:
    """What a document offers; None when it is no piece with skills (a lesson, a performance, a stranger's score)."""
    metadata, learning = document["metadata"], document.get("learning", {})
    skills = tuple(skill for skill in learning.get("skills", ()) if 0 < len(skill) <= 60)[:MAX_SKILLS]
    measures = document.get("score", {}).get("global", {}).get("measures", ())
    if not skills or not measures:
        return None
    span, needs = learning.get("range", {}), learning.get("needs", {})
    bpm = float(metadata.get("tempo", _USUAL_BPM))
    return Offer(
        piece=cid,
        name=document.get("extensions", {}).get(_SHELF, {}).get("id", ""),
        title=(metadata.get("titles", {}).get("en") or metadata["title"])[:300],
        skills=skills,
        level=float(metadata.get("difficulty", -1.0)),
        hands=_hands(learning),
        lowest=int(span.get("lowest", 21)),
        highest=int(span.get("highest", 108)),
        reading=bool(needs.get("reading", True)),
        pedal=bool(needs.get("pedal", False)),
        seconds=round(len(measures) * _beats(metadata.get("metre", "")) * 60.0 / bpm, 1),
        bars=len(measures),
        points=tuple(
            Point(row["skill"], row["bar"], max(row["bar"], row.get("toBar", row["bar"])))
            for row in learning.get("points", ())
            if row.get("skill") in skills
        )[:MAX_POINTS],
        melody=_melody(document),
    )


def _hands(learning: Json) -> Hands:
    told = {row["hand"] for row in learning.get("hands", ())}
    if told == {"left"}:
        return "left"
    return "right" if told == {"right"} else "both"


def _melody(document: Json) -> tuple[int, int] | None:
    span = document.get("extensions", {}).get(_SHELF, {}).get("melody", {}).get("range", {})
    return (int(span["lowest"]), int(span["highest"])) if {"lowest", "highest"} <= span.keys() else None


def _beats(metre: str) -> float:
    """Quarters in a bar."""
    count, _, unit = metre.partition("/")
    return 4.0 * int(count) / int(unit) if count.isdigit() and unit.isdigit() else _BEATS


def fitted(offer: Offer, student: Equipped) -> tuple[Offer | None, str]:
    """The piece as this student can be asked to play it, or None and the id of the message that says why not.

    What of its skills the student's part of it does not show is left out: the left hand alone plays no hands together,
    a clarinet no chords.
    """
    why = _obstacle(offer, student)
    if why:
        return None, why
    if student.semitones or student.hands != "both":
        skills = tuple(skill for skill in offer.skills if _shown(skill, student))
        return (replace(offer, skills=skills), "") if skills else (None, "needs_other_skills")
    return offer, ""


def _shown(skill: str, student: Equipped) -> bool:
    family = skill.partition(".")[0]
    if student.semitones:
        return family in _MELODIC and skill not in _KEYBOARD_SKILLS
    other = "hand.left" if student.hands == "right" else "hand.right"
    return family != "hands" and skill not in (other, "touch.balance")


def _obstacle(offer: Offer, student: Equipped) -> str:
    if offer.reading and not student.reading:
        return "needs_reading"
    if student.semitones:
        return _for_melody(offer, student)
    if student.hands != "both" and offer.hands not in ("both", student.hands):
        return "needs_other_hand"
    if _narrow(offer.lowest, offer.highest, student):
        return "needs_keys"
    if offer.pedal and not student.pedal and "pedal.change" in offer.skills:
        return "needs_pedal"  # colour alone can be had by holding keys
    return ""


def _for_melody(offer: Offer, student: Equipped) -> str:
    """A transposing instrument plays one line, read from a part in its own key, in whatever octave it has."""
    if offer.melody is None:
        return "needs_keyboard"
    lowest, highest = offer.melody
    return "" if _octaves(lowest, highest, student) else "needs_keys"


def _narrow(lowest: int, highest: int, student: Equipped) -> bool:
    """Whether keys are missing; small keyboards have buttons that shift them by octaves."""
    if student.highest - student.lowest < _SMALL_KEYBOARD:
        return not _octaves(lowest, highest, student)
    return lowest < student.lowest or highest > student.highest


def _octaves(lowest: int, highest: int, student: Equipped) -> bool:
    """Whether it can be reached in some octave."""
    shifts = range(-60, 61, 12)
    return any(student.lowest <= lowest + by and highest + by <= student.highest for by in shifts)
