"""Keeps the place in a score, note by note.

Several readings are kept side by side (a beam, each with its own place, pace and used notes); one that was heard from
anywhere joins them when the best no longer explains what is played. A decision about a note is final when all readings
agree on it, and at the latest `decide_ms` after it.

Source: the readings are those of a hidden Markov model with a note's pitch and waiting time as observations (Cano,
Loscos & Bonada 1999; Nakamura et al. 2016, see `recogniser`), searched with a beam; adapting pace and asynchronous
hands as Nakamura, Ono & Sagayama, "Merged-output HMM for piano fingering and score following" (ISMIR 2014) ask for.
"""

from __future__ import annotations

from collections import deque
from math import inf, isnan, log1p
from operator import attrgetter
from typing import Final, NamedTuple

from mos_appliance.tutor.hypothesis import NO_NOTE, Hypothesis, Reader, Step, run_from
from mos_appliance.tutor.recogniser import Place, Recogniser
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import DEFAULT_QUARTER_MS, FollowerSettings

_HISTORY: Final = 24
"""Notes back to which a jump may be dated."""
_RECENT: Final = 10
"""Notes that say how sure the place is."""
_CLEARLY: Final = 4.0
"""A run that began too long ago to be read again must be so much likelier than the best reading."""
_PACE_KNOWN: Final = 6
"""Steps before which a wait of a quarter says nothing: who plays, and how fast, is not known yet."""
_LENGTH_KNOWN: Final = 3
"""Steps after which the length of a note in ms may be reckoned."""
_STILL_SOUNDS: Final = 0.7
"""Part of a note's length within which its key is not struck for the next one."""
_STUTTER: Final = 3
"""Moments back to a note that was played already: from here on it is played again, not repeated by mistake."""
_STEPS_OFF: Final = 2
"""A run read again must come so near to where it was heard."""
_LOST_BELOW: Final = 0.35
_FOUND_ABOVE: Final = 0.7


class Decision(NamedTuple):
    """What a note was: final."""

    struck: int
    """Of the note played, from 0."""
    note: int
    """Index of the note of the score's page; -1 for none: a wrong or an extra note."""
    run: int
    """The passage without a jump that it belongs to: another number after every jump."""
    times: int
    """How often that place of the score has been played now, from 1; 0 when the note is none of the score's."""
    confidence: float
    """How sure the place is, 0 to 1."""
    lost: bool
    """The follower does not know where the student is."""


class _Heard(NamedTuple):
    """A note, and the best reading before it."""

    struck: int
    pitch: int
    at: float
    before: Hypothesis
    wait_ms: float


class Follower:
    """Follows one take. Times must not go backwards; they are taken as the latest so far when they do."""

    def __init__(self, score: ScoreMap, settings: FollowerSettings | None = None) -> None:
        self.score = score
        self.settings = settings or FollowerSettings()
        self.reader = Reader(score, self.settings)
        self.anywhere = Recogniser(score, self.settings)
        self.anywhere.weigh(self.reader.miss[0])
        pace = DEFAULT_QUARTER_MS if isnan(score.quarter_ms) else score.quarter_ms
        self.readings = self.beginnings(pace)
        self.heard: deque[_Heard] = deque(maxlen=_HISTORY)
        self.open: deque[tuple[int, float]] = deque()
        self.count = 0
        self.now = float("-inf")
        self.lengths = (score.page.notes["duration"] / score.page.division).tolist()
        self.sounding: dict[int, float] = {}
        """Until when the note that a key last played is surely to sound, by the best reading."""
        self.taken: dict[int, int] = {}
        """The run in which each note of the score was last decided to be played."""
        self.recent: deque[bool] = deque(maxlen=_RECENT)
        self.lost = False
        self.reached = -1
        self.hit = [2.0] * score.hands
        self.due = [2.0] * score.hands

    def beginnings(self, pace: float) -> list[Hypothesis]:
        """Nothing was played yet: with all hands, or with one of them."""
        readings = [Hypothesis(-1, 0.0, pace, 0)]
        if self.settings.hands is None and self.score.hands > 1:
            for hand in range(self.score.hands):
                alone = Hypothesis(-1, 0.0, pace, 0)
                alone.hand, alone.cost = hand + 1, self.settings.one_hand
                readings.append(alone)
        return readings

    @property
    def place(self) -> int:
        """The moment of the score where the student seems to be; -1 before the first note."""
        return self.readings[0].front

    @property
    def confidence(self) -> float:
        """How sure that is, from what was last decided: 0 to 1."""
        return (sum(self.recent) + 1.0) / (len(self.recent) + 1.0)

    @property
    def pace(self) -> float:
        """The student's own tempo here, in ms a quarter."""
        return self.readings[0].pace

    def played(self, pitch: int, velocity: int, at_ms: float) -> list[Decision]:
        """A note was struck. Returns what has become final, in the order of notes."""
        del velocity  # a follower that trusted it would fail on keyboards that do not send it
        self.now = at = max(self.now, at_ms)
        decided = self.waited(at)
        index = self.count
        self.count += 1
        best = self.readings[0]
        wait = at - self.heard[-1].at if self.heard else 0.0
        self.heard.append(_Heard(index, pitch, at, best, wait))
        self.anywhere.weigh(self.reader.miss[best.hand])
        self.anywhere.hear(index, pitch, self.extra_cost(pitch, at), self.reluctance(best, wait))
        grown = self.grown(index, pitch, at)
        if self.in_trouble(grown, best, wait):
            grown += self.jumped(grown[0])
        self.readings = self.pruned(grown)
        step = self.readings[0].step
        if step is not None and step.note != NO_NOTE:
            self.anywhere.believe(self.readings[0].front)
        self.sound(pitch, at)
        self.open.append((index, at))
        if len(self.open) > self.settings.most_open:
            decided += self.decide(1)
        return decided

    def waited(self, now_ms: float) -> list[Decision]:
        """Time has passed. Returns what has become final."""
        due = 0
        for _, at in self.open:
            if at + self.settings.decide_ms >= now_ms:
                break
            due += 1
        return self.decide(due) if due else []

    def ended(self) -> list[Decision]:
        """No more notes come: all the rest is decided."""
        return self.decide(len(self.open))

    def best_steps(self) -> list[Step]:
        """What the best reading makes of all notes, with hindsight."""
        steps = []
        step = self.readings[0].step
        while step is not None:
            steps.append(step)
            step = step.before
        return steps[::-1]

    def grown(self, index: int, pitch: int, at: float) -> list[Hypothesis]:
        """All readings with this note, the best first."""
        reader, settings, pitch_of = self.reader, self.settings, self.score.pitch_of
        usual = self.extra_cost(pitch, at)
        near = min(usual, settings.extra_near)
        grown: list[Hypothesis] = []
        most = inf
        for reading in self.readings:
            if reading.cost > most:
                break
            step = reading.step
            beside = step is not None and step.note != NO_NOTE and abs(pitch_of[step.note] - pitch) <= 2
            aside = reader.extra(reading, index, near if beside else usual)
            most = min(most, aside.cost + settings.spread)
            grown.append(aside)
            grown += reader.matches(reading, index, pitch, at, most)
            if reader.leap_sources and reading.front >= 0:
                grown += reader.leaps(reading, index, pitch, at)
        grown.sort(key=_cost)
        return grown

    def sound(self, pitch: int, at: float) -> None:
        """Note how long what was just struck is to sound."""
        best = self.readings[0]
        if best.step is not None and best.step.note != NO_NOTE and best.known >= _LENGTH_KNOWN:
            self.sounding[pitch] = at + _STILL_SOUNDS * self.lengths[best.step.note] * self.pace

    def extra_cost(self, pitch: int, at: float) -> float:
        """What it costs to call the note an extra one, whatever came before it in a reading."""
        settings = self.settings
        if self.is_ornament(pitch, at):
            return settings.extra_ornament
        if at < self.sounding.get(pitch, at):
            return settings.extra_restruck
        for before in reversed(self.heard):
            if before.at < at - settings.bounce_ms:
                break
            if before.pitch == pitch and before.at < at:
                return settings.extra_bounce
        return settings.extra

    def is_ornament(self, pitch: int, at: float) -> bool:
        """Whether it goes to and fro between two neighbouring keys, fast. The note is the last that was heard."""
        if len(self.heard) < 3:
            return False
        before, between = self.heard[-3], self.heard[-2]
        return (
            before.pitch == pitch
            and 0 < abs(between.pitch - pitch) <= 2
            and at - before.at <= self.settings.ornament_ms
        )

    def in_trouble(self, grown: list[Hypothesis], before: Hypothesis, wait: float) -> bool:
        """Whether the best reading explains the note badly, or the student stopped before it."""
        best = grown[0]
        if self.is_ornament(self.heard[-1].pitch, self.heard[-1].at):
            return False
        if best.cost - before.cost > 0.5 * self.settings.extra:
            return True
        return best.step is None or best.step.note == NO_NOTE or self.is_pause(best, wait)

    def is_pause(self, reading: Hypothesis, wait: float) -> bool:
        """Whether that wait is long for this player."""
        if wait <= self.settings.patience_ms:
            return False
        quarters, front = self.score.quarters, reading.front
        step = 1.0
        if 0 <= front < len(quarters) - 1:
            step = quarters[self.reader.next_due(reading)] - quarters[front]
            if reading.known < _PACE_KNOWN:
                step = max(step, 1.0)
        return wait > self.settings.patience_ms + 1.3 * step * reading.pace

    def reluctance(self, reading: Hypothesis, wait: float) -> float:
        """How much less likely a jump is when it comes after that wait than after a pause."""
        settings = self.settings
        if self.is_pause(reading, wait):
            return 0.0
        return settings.jump_unpaused + (settings.jump_rushed if wait < settings.rushed_ms else 0.0)

    def jumped(self, best: Hypothesis) -> list[Hypothesis]:
        """Readings in which the student has jumped lately to where the last notes come from."""
        settings, oldest = self.settings, self.heard[0].struck
        found: list[Hypothesis] = []
        running = {reading.run for reading in self.readings}
        here = self.anywhere.cost_at(best.front)
        for place in self.anywhere.best(settings.jumps_at_once):
            if run_from(place.note, place.moment) in running or not (place.note or place.moment):
                continue
            reading = None
            if place.note >= oldest:
                heard = self.heard[place.note - oldest]
                cost = heard.before.cost + self.jump_cost(heard, place.moment)
                if cost < best.cost + settings.jump_hope:
                    reading = self.replayed(place, heard, cost)
            if (reading is None or abs(reading.front - place.now) > _STEPS_OFF) and place.cost < here - _CLEARLY:
                reading = self.taken_up(place, best.cost + max(_CLEARLY + place.cost - here, -2.0))
            if reading is not None:
                found.append(reading)
        return found

    def taken_up(self, place: Place, cost: float) -> Hypothesis:
        """The reading, at that cost, that the student has been there for a while; it begins with the last note."""
        heard = self.heard[-1]
        return self.replayed(Place(heard.struck, place.now, place.now, place.cost), heard, cost)

    def is_slip(self, heard: _Heard, moment: int) -> bool:
        """Whether going on there with that note is part of the run before it."""
        before, gap = heard.before, moment - heard.before.front
        if gap > 0:
            return gap <= self.settings.slip_moments
        again = gap <= -_STUTTER and self.note_at(moment, heard.pitch) in before.used
        return gap >= -self.settings.slip_back and not again and not self.is_pause(before, heard.wait_ms)

    def replayed(self, place: Place, heard: _Heard, cost: float) -> Hypothesis:
        """The reading with a jump, at that cost, before the first note of a run."""
        reader, note = self.reader, self.note_at(place.moment, heard.pitch)
        reading = heard.before.copy()
        reading.cost = cost
        reading.got = reader.spared(reading.hand, note)
        if not self.is_slip(heard, place.moment):
            reading.run = run_from(heard.struck, place.moment)
        reading.front, reading.floor, reading.at = place.moment, place.moment, heard.at
        reading.known = min(reading.known, 2)
        reading.step = Step(reading.step, heard.struck, note, reading.run)
        reading.used = frozenset((note,))
        for later in self.heard:
            if later.struck > heard.struck:
                ways = reader.matches(reading, later.struck, later.pitch, later.at)
                ways.append(reader.extra(reading, later.struck, self.settings.extra))
                reading = min(ways, key=_cost)
        return reading

    def note_at(self, moment: int, pitch: int) -> int:
        """The note of that pitch there."""
        places = self.score.places[pitch]
        return self.score.heads[pitch][places.index(moment)]

    def jump_cost(self, heard: _Heard, moment: int) -> float:
        """How unlikely it was to jump there just then."""
        settings, score, front = self.settings, self.score, heard.before.front
        away = score.bars[moment] - score.bars[max(front, 0)]
        cost = settings.jump + settings.jump_far * log1p(abs(away))
        if not score.starts_bar(moment):
            cost += settings.jump_inside
        if front < 0:
            return cost if moment else 0.0
        cost += self.reluctance(heard.before, heard.wait_ms)
        if self.is_slip(heard, moment):
            cost = min(cost, settings.slip + settings.slip_moment * abs(moment - front))
        return cost

    def pruned(self, grown: list[Hypothesis]) -> list[Hypothesis]:
        """The best, one for each place and for each share of what is due there: one that has more of it played, at the
        same cost for now, goes on for less."""
        grown.sort(key=_cost)
        worst = grown[0].cost + self.settings.spread
        kept: dict[tuple[int, int, int, float], Hypothesis] = {}
        for reading in grown:
            if reading.cost > worst or len(kept) >= self.settings.beam:
                break
            key = (
                reading.front,
                reading.step.note if reading.step else NO_NOTE,
                reading.hand,
                reading.got,
            )
            if key not in kept:
                kept[key] = reading
        return list(kept.values())

    def decide(self, count: int) -> list[Decision]:
        """Make the oldest open notes final, as the best reading has them."""
        if not count:
            return []
        last = self.open[count - 1][0]
        step = self.readings[0].step
        while step is not None and step.struck > last:
            step = step.before
        steps = []
        for _ in range(count):
            assert step is not None
            steps.append(step)
            step = step.before
            self.open.popleft()
        return [self.decision(step) for step in reversed(steps)]

    def decision(self, step: Step) -> Decision:
        """One step made final."""
        note = step.note
        if note != NO_NOTE and self.taken.get(note) == step.run:
            note = NO_NOTE  # decided otherwise before, when less was known
        times = 0
        if note != NO_NOTE:
            self.taken[note] = step.run
            self.watch_hands(note)
            times = self.reader.passes.through(note, step.run)
        self.recent.append(note != NO_NOTE)
        if self.lost:
            self.lost = self.confidence < _FOUND_ABOVE
        elif len(self.recent) == _RECENT:
            self.lost = self.confidence < _LOST_BELOW
        return Decision(step.struck, note, step.run, times, self.confidence, self.lost)

    def watch_hands(self, note: int) -> None:
        """Learn which hands play."""
        score, reader = self.score, self.reader
        moment = score.moment_of[note]
        if moment > self.reached or moment < self.reached - 2 * self.settings.behind:
            if self.reached < moment <= self.reached + self.settings.ahead:
                for hand, weight in enumerate(score.weights):
                    self.due[hand] = 0.97 * self.due[hand] + weight[moment + 1] - weight[self.reached + 1]
                    self.hit[hand] *= 0.97
            self.reached = moment
        self.hit[score.hand_of[note]] += 1.0
        for hand in range(score.hands):
            reader.share[hand] = min(1.0, (self.hit[hand] + 1.0) / (self.due[hand] + 1.0))
        reader.weigh_hands()


def _stuck(reading: Hypothesis) -> int:
    """For how many of the last notes it has no use, up to a dozen."""
    step = reading.step
    for count in range(12):
        if step is None or step.note != NO_NOTE:
            return count
        step = step.before
    return 12


_cost = attrgetter("cost")
