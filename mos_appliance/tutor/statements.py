"""What a tutor may say: a message id with arguments, where, how sure, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

SURE: Final = 0.98
"""Below this nothing is told."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing to tell. `bar` 0 speaks of the whole take; `weight` orders: the most useful first."""

    kind: str
    """What a teacher would call it: notes, rhythm, hesitation, restart, steadiness, dynamics, balance, pedal …"""
    message: str
    """Id in the table of texts."""
    bar: int
    confidence: float
    weight: float
    arguments: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    """`bar`, `beat`, `expected`, `played`, `times`, as far as they apply."""
