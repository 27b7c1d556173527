"""The English text of each message id; other languages are other tables with the same ids and arguments."""

from __future__ import annotations

from typing import Final

from mos_appliance.tutor.statements import Statement

ENGLISH: Final[dict[str, str]] = {
    "not_this_piece": "This does not sound like that piece. Is the right score open?",
    "nothing_played": "No notes were heard yet. Start whenever you like.",
    "heard": "I heard {heard} of the {due} notes in bars {from_bar} to {to_bar}.",
    "another_try": "Play it once more: then there will be more to say.",
    "all_well": "Every note of what you played is there. Well done!",
    "wrong_note": "In bar {bar} play {expected}; it was {played}.",
    "wrong_note_often": "In bar {bar} play {expected}; it was {played}, {times} times. Try that bar slowly.",
    "missed_note": "In bar {bar} the {expected} did not sound.",
    "missed_note_often": "In bar {bar} the {expected} did not sound, {times} times.",
    "searched": "Bar {bar}: {played} came before {expected}. Play the step to it a few times.",
    "searched_often": "Bar {bar}: {times} other keys came before {expected}. Find that one first, then play the bar.",
    "hesitation": "Before bar {bar}, beat {beat}, you waited {waited} seconds. Play the step into it a few times.",
    "hesitation_bar": "In bar {bar} you waited {waited} seconds. Play the step into it a few times.",
    "hesitation_often": "In bar {bar} you waited {times} times. Practise it by itself, slowly.",
    "restart": "You went back to bar {bar}. Start a bar earlier and try to play through it.",
    "restart_often": "You went back to bar {bar} {times} times. Practise it by itself before you go on.",
    "uneven": "The rhythm is uneven: notes are {percent} % of a beat off on average. Count aloud.",
    "balance": "The lower staff is louder than the upper one, by {off} of 127. Let the melody sing.",
    "touch": "Notes next to each other differ much in loudness, by {off} of 127. Try to play them evenly.",
    "short": "Many notes are let go early: {percent} % sound for less than half of their length.",
}


def worded(told: Statement, texts: dict[str, str] = ENGLISH) -> str:
    """The text of a statement."""
    return texts[told.message].format(**told.arguments)
