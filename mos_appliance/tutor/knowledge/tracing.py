"""What a student is believed to know: Bayesian knowledge tracing with three states a skill, and more.

Source: Corbett & Anderson, User Modeling and User-Adapted Interaction 4 (1995), 253-278, is the plain one: known or
not, chances to learn, guess and slip. What is added, and why:

- a third state, *shaky*: beginners can do a thing half of the time for a while, and lose it over a holiday;
- forgetting between days, by how well FSRS believes that the skill is remembered (nothing while the date is unknown);
- what a skill builds on: whoever has that begins higher, and learns faster;
- how hard the piece is: slips and guesses move with it;
- the student's own level, and the form of the day, which wander slowly with what could not be foreseen;
- evidence that is only partly believed, and answers that are only partly right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Final, NamedTuple

MASTERED: Final = 0.8
"""A skill is mastered when it is firm with that chance …"""
KNOWN_NEED: Final = 0.55
"""… and good enough to build upon when it is mastered by half."""


class Belief(NamedTuple):
    """The chances that a skill is new, shaky and firm to the student."""

    new: float
    shaky: float
    firm: float

    @property
    def mastery(self) -> float:
        """0 to 1: firm counts whole, shaky half."""
        return self.firm + 0.5 * self.shaky


class Form(NamedTuple):
    """Logits by which the student does better than foreseen: always, and today."""

    level: float = 0.0
    today: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """The chances of a skill. Units: logits where the name says so."""

    begin: tuple[float, float]
    """Chance to be shaky, and firm, at the first meeting of somebody who has all that it builds on."""
    begin_without: tuple[float, float]
    """The same for somebody who has nothing of that."""
    start: float
    """Chance to go from new to shaky, an attempt."""
    settle: float
    """Chance to go from shaky to firm."""
    right: tuple[float, float, float]
    """Chance of a right answer in each state, on the easiest piece of the skill."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that tracing needs to know beside the student."""

    usual: Rates = Rates((0.1, 0.02), (0.03, 0.005), 0.41, 0.22, (0.12, 0.54, 0.9))
    areas: Mapping[str, Rates] = field(default_factory=dict)
    """By area of the graph, where it differs."""
    level_logits: float = 0.48
    """A piece one level harder than the skill's easiest."""
    needs_logits: float = 0.65
    """Nothing of what the skill builds on."""
    speed: float = 0.75
    """How much faster somebody learns who does one logit better than foreseen, as a power of e."""
    without_needs: float = 0.32
    """Share of the pace of learning without anything that the skill builds on."""
    fading: float = 0.2
    """Part of what FSRS takes for forgotten that goes from firm to shaky …"""
    fading_shaky: float = 0.1
    """… and from shaky to new."""
    form_step: float = 0.036
    today_step: float = 0.1
    form_most: float = 2.0

    def rates(self, area: str) -> Rates:
        """Those of an area."""
        return self.areas.get(area, self.usual)


DEFAULT: Final = Model()


def logit(share: float) -> float:
    """The logit of a share."""
    return log(share / (1.0 - share))


def logistic(value: float) -> float:
    """The share of a logit."""
    return 1.0 / (1.0 + exp(-value)) if value > -40.0 else 0.0


def first_belief(rates: Rates, have: float) -> Belief:
    """About a skill never met by somebody who has so much (0 to 1) of what it builds on."""
    shaky = rates.begin_without[0] + have * (rates.begin[0] - rates.begin_without[0])
    firm = rates.begin_without[1] + have * (rates.begin[1] - rates.begin_without[1])
    return Belief(1.0 - shaky - firm, shaky, firm)


def chances(model: Model, rates: Rates, excess: float, have: float, form: Form) -> tuple[float, float, float]:
    """Of a right answer in each state, on a piece `excess` levels harder than the skill's easiest.

    `have`: so much (0 to 1) of what the skill builds on is there.
    """
    shift = form.level + form.today - model.level_logits * excess - model.needs_logits * (1.0 - have)
    new, shaky, firm = rates.right
    return logistic(logit(new) + shift), logistic(logit(shaky) + shift), logistic(logit(firm) + shift)


def foreseen(belief: Belief, right: Sequence[float]) -> float:
    """The chance of a right answer."""
    return belief.new * right[0] + belief.shaky * right[1] + belief.firm * right[2]


def told(belief: Belief, right: Sequence[float], answer: float, weight: float) -> Belief:
    """The belief after an answer, 0 to 1, that is believed by `weight`, 0 to 1."""
    likely = [(chance**answer * (1.0 - chance) ** (1.0 - answer)) ** weight for chance in right]
    new, shaky, firm = belief.new * likely[0], belief.shaky * likely[1], belief.firm * likely[2]
    total = new + shaky + firm
    return Belief(new / total, shaky / total, firm / total)


def practised(belief: Belief, rates: Rates, model: Model, have: float, form: Form, weight: float) -> Belief:
    """The belief after the attempt has taught something; `have`: so much of what the skill builds on."""
    pace = weight * (model.without_needs + (1.0 - model.without_needs) * have) * exp(model.speed * form.level)
    start, settle = min(0.9, rates.start * pace), min(0.9, rates.settle * pace)
    new, shaky, firm = belief
    return Belief(new * (1.0 - start), shaky * (1.0 - settle) + new * start, firm + shaky * settle)


def faded(belief: Belief, model: Model, remembered: float) -> Belief:
    """The belief after days, when so much (0 to 1) is remembered by FSRS's reckoning."""
    forgotten = 1.0 - remembered
    slip, lose = min(0.95, model.fading * forgotten), min(0.95, model.fading_shaky * forgotten)
    new, shaky, firm = belief
    return Belief(new + shaky * lose, shaky * (1.0 - lose) + firm * slip, firm * (1.0 - slip))


def surprised(form: Form, model: Model, answer: float, expected: float, weight: float) -> Form:
    """The form after an answer that was foreseen otherwise."""
    off = weight * (answer - expected)
    most = model.form_most
    return Form(
        max(-most, min(most, form.level + model.form_step * off)),
        max(-most, min(most, form.today + model.today_step * off)),
    )
