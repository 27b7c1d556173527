"""An exercise as a score: voices of notes with their lengths, written as ABC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mos_appliance.tutor.exercises.keys import Key


@dataclass(frozen=True, slots=True)
class Tone:
    """A note, or several struck together (`z`: a rest), for so many quarters."""

    text: str
    quarters: Fraction


@dataclass(frozen=True, slots=True)
class Sheet:
    """`voices`: by hand, `right` before `left`; each fills the same bars."""

    title: str
    key: Key
    metre: tuple[int, int]
    quarters_a_minute: int
    voices: dict[str, list[Tone]]

    def abc(self) -> str:
        """The whole of it."""
        beats, unit = self.metre
        head = ["X:1", f"T:{self.title}", f"M:{beats}/{unit}", "L:1/4", f"Q:1/4={self.quarters_a_minute}"]
        clefs = {"right": "treble", "left": "bass"}
        head += [f"V:{number} clef={clefs[hand]}" for number, hand in enumerate(self.voices, 1)]
        lines = [*head, f"K:{self.key.abc}"]
        for number, tones in enumerate(self.voices.values(), 1):
            lines.append(f"[V:{number}] {self._bars(tones)}|]")
        return "\n".join(lines) + "\n"

    def _bars(self, tones: Sequence[Tone]) -> str:
        length = Fraction(4 * self.metre[0], self.metre[1])
        text, filled = "", Fraction(0)
        for tone in tones:
            if filled == length:
                text, filled = f"{text} | ", Fraction(0)
            elif text and not (tone.quarters < 1 and filled % 1):  # what is shorter than a beat is beamed within it
                text += " "
            text += f"{tone.text}{_length(tone.quarters)}"
            filled += tone.quarters
        return text


def _length(quarters: Fraction) -> str:
    if quarters == 1:
        return ""
    return str(quarters.numerator) if quarters.denominator == 1 else f"{quarters.numerator}/{quarters.denominator}"


def together(notes: Sequence[str]) -> str:
    """Notes that are struck at once."""
    return f"[{''.join(notes)}]"
