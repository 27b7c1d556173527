"""What may be said about a piece that is written down: one row each; command line and API are made from it."""

from __future__ import annotations

from typing import Final

TITLE: Final = "title"
FROM_S, TO_S = "from_s", "to_s"
CORRECTIONS: Final[dict[str, str]] = {
    TITLE: "what it is called",
    "metre": "the metre: 3/4",
    "bars": "how many bars it is, more or less: 4",
    "tempo": "quarter notes a minute, roughly: 92",
    "pickup": "how much of a bar stands before the first whole one: 1/4, or 0",
    "key": "the key: G, Bbm, D dorian",
    "split": "the lowest note of the right hand: C4, or its MIDI number",
    "grid": "the shortest note value: 1/8",
    "tuplets": "whether there are triplets: yes or no",
    "played": "whether it was played without a click: yes or no",
    FROM_S: "from so many seconds on: 2.5",
    TO_S: "until so many seconds: 12",
}
"""An empty text takes back what was said before."""
