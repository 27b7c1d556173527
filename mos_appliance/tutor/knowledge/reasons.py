"""Why a step stands in a lesson: message ids with arguments; the English table is one of as many as are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Reason:
    """Id in the table of texts, and what goes into it."""

    message: str
    arguments: dict[str, Any] = field(default_factory=dict)


ENGLISH: Final[dict[str, str]] = {
    "warm_up_known": "You know this one: it wakes the fingers.",
    "warm_up_first": "Nothing has been played yet: this is among the easiest there is.",
    "warm_up_towards": "It has something that the new piece wants too: {skills}.",
    "new_skill": "New: {skills}. What it builds on is there.",
    "new_waiting": "{skill} has waited for {sittings} lessons.",
    "new_going_on": "You have begun with {skills}: here is more of it.",
    "new_strengthen": "It makes firmer what is shaky: {skills}.",
    "new_next_piece": "Everything in it is known to you: it is simply the next piece.",
    "review_skills": "It is time to hear again: {skills}.",
    "review_days": "Last played {days} days ago.",
    "review_sittings": "Last played {sittings} lessons ago.",
    "review_bars": "Bars {bar} to {to_bar} went wrong before: they are due.",
    "review_bar": "Bar {bar} went wrong before: it is due.",
    "review_weakest": "Nothing is due: this is what you are least sure of: {skills}.",
    "repertoire_polish": "It nearly goes: the best time was {percent} % right.",
    "repertoire_keep": "It goes well: keep it, to play it for somebody.",
    "repertoire_rest": "Not played for {sittings} lessons.",
    "exercise_level": "At your level: {skills}.",
    "exercise_all": "You know all that the levels have: the hardest.",
    "slowly": "Begin slowly, at {percent} % of the tempo: it is likely to be hard.",
    "hands_apart": "Each hand alone first.",
    "one_hand": "Your {hand} hand alone.",
    "needs_reading": "It wants notes to be read.",
    "needs_keys": "It needs more keys than your keyboard has.",
    "needs_pedal": "It needs a pedal.",
    "needs_other_hand": "It is for the other hand.",
    "needs_keyboard": "It is no tune for one line.",
    "needs_other_skills": "Your part of it has nothing to learn.",
}


def worded_reason(reason: Reason, texts: dict[str, str] = ENGLISH) -> str:
    """The text of a reason."""
    return texts[reason.message].format(**reason.arguments)
