"""What the follower may be told about a student and a keyboard, and how it weighs what it hears."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

DEFAULT_QUARTER_MS: Final = 600.0
_HINDSIGHT_BEAM: Final = 60
_HINDSIGHT_SPREAD: Final = 18.0


@dataclass(frozen=True, slots=True)
class KeyboardFacts:
    """What the keyboard can send: nothing else is judged."""

    lowest: int = 0
    highest: int = 127
    velocity: bool = True
    pedal: bool = True


@dataclass(frozen=True, slots=True)
class FollowerSettings:
    """Per student and keyboard. Units: ms where the name says so, else nats: what an event costs a hypothesis."""

    decide_ms: float = 500.0
    """A decision is final that long after its note."""
    chord_ms: float = 35.0
    """Spread of the notes of a chord that costs little."""
    bounce_ms: float = 60.0
    """A key struck again within this has bounced."""
    ornament_ms: float = 330.0
    """To a neighbouring key and back within this is an ornament."""
    hands_ms: float = 700.0
    """How far one hand may lag behind the other."""
    rushed_ms: float = 70.0
    """Nobody jumps between notes that lie closer together."""
    patience_ms: float = 250.0
    """A wait longer than this, and than the music's, is a hesitation."""
    hands: frozenset[int] | None = None
    """The hands that play; None: found out."""
    keyboard: KeyboardFacts = field(default_factory=KeyboardFacts)

    miss: float = 1.3
    """A note of the score left out, by a hand that plays."""
    miss_silent: float = 0.08
    """The same for a hand that does not play, as a share of `miss`."""
    late_hand: float = 0.6
    """What a note that its hand brings after the other has gone on gains less."""
    extra: float = 3.0
    extra_near: float = 2.6
    """An extra note within two semitones of one just matched: an ornament, or a slip."""
    extra_bounce: float = 1.2
    extra_restruck: float = 0.6
    """The key of a note that is still to sound: a tremolo, a trill that is not written out."""
    extra_ornament: float = 1.0
    """Back to the key before the last: a trill, a mordent."""
    timing: float = 0.55
    """Weight of a note's being early or late."""
    timing_most: float = 2.5
    """The most that this may cost: players pause."""
    timing_early: float = 5.0
    timing_share: float = 0.22
    """Part of the wait by which players vary it."""
    jump: float = 2.7
    """A jump after a pause, to the start of the bar …"""
    jump_unpaused: float = 6.5
    """… how much more without a pause …"""
    jump_rushed: float = 5.0
    """… and again when the note came so soon after the one before that no hand can have moved far …"""
    jump_inside: float = 2.5
    """… into the midst of a bar …"""
    jump_far: float = 1.3
    """… and for each e-fold of bars away, one being added."""
    pause_onward: float = 1.5
    """Going on after a pause as if there had been none."""
    one_hand: float = 1.5
    """That a student begins with one hand alone."""
    other_hand: float = 1.2
    """That the other hand is heard after all."""
    slip: float = 4.8
    """Going on further down, as if what lies between had been played …"""
    slip_moment: float = 0.12
    """… and how much more for each moment that is left out."""
    slip_moments: int = 40
    """So far at most; further is a jump."""
    slip_back: int = 8
    """Going on so many moments further up, without a pause, is no other pass: the place was not quite right."""
    jump_hope: float = 5.0
    """A jump is weighed when it is at most so much worse than going on."""
    jump_asked: float = 0.5
    """A repeat that the score asks for."""
    repeat_ignored: float = 1.0
    """Going on where the score asks for a repeat."""
    repeat_unasked: float = 3.0
    """Repeating once more than the score asks."""
    beam: int = 16
    """Hypotheses at most."""
    spread: float = 12.0
    """How much worse than the best a hypothesis may be."""
    behind: int = 12
    """Moments back that a note may belong to."""
    ahead: int = 12
    """Moments on that a note may belong to."""
    jumps_at_once: int = 3
    most_open: int = 256
    """Notes that wait for a decision at most; a burst beyond that is decided at once."""


def with_hindsight(settings: FollowerSettings) -> FollowerSettings:
    """The same for a take that is over: more readings are kept, for longer, as nobody waits for a decision."""
    return replace(settings, beam=_HINDSIGHT_BEAM, spread=_HINDSIGHT_SPREAD)
