"""Echo: the machine plays a phrase, the student plays it back; the next comes when it was right, or after some tries.

The machine plays with the transport; what the student plays is followed as in flow mode, phrase by phrase.
"""

from __future__ import annotations

from typing import Final

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.tutor.practice.answers import Answer, Answered, Led, Moved
from mos_appliance.tutor.practice.excerpt import Excerpt, excerpt_of
from mos_appliance.tutor.practice.flowing import Flowing
from mos_appliance.tutor.settings import FollowerSettings
from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.practice import PracticeOrder
from mos_appliance.wire.records import Lead

PHRASE_BARS: Final = 2
TRIES: Final = 3
"""After so many the next phrase comes whatever was played."""
RIGHT: Final = 0.85
"""Share of a phrase's notes that makes an echo right, with as many wrong keys at most as the rest."""
ECHO_MS: Final = 1_200.0
"""So long after the phrase's last note the echo is over …"""
GIVEN_UP_MS: Final = 4_000.0
"""… and so long after any other."""
EARLY_STOP_MS: Final = 150.0
"""The machine is told to stop so much before the next phrase begins: the way there takes time."""
_BREATH_MS: Final = 600.0
"""Between an echo and the machine's next phrase."""


class _Phrase:
    """Some bars: where they stand in the song, and how they are followed."""

    def __init__(self, order: PracticeOrder) -> None:
        self.excerpt: Excerpt = excerpt_of(order)
        self.begin = self.excerpt.ticks[0]
        notes = self.excerpt.score.page.notes
        length = int((notes["onset"] + notes["duration"]).max() - notes["onset"].min())
        self.end = self.begin + length * TICKS_PER_QUARTER // self.excerpt.score.page.division


class Echoing:
    """One way through the phrases of a score. Times: ms. Errors: `BadInput` when there is none."""

    def __init__(self, order: PracticeOrder, settings: FollowerSettings) -> None:
        self._settings = settings
        self._phrases = _phrases(order)
        self._number = 0
        self._tries = 0
        self._listening = True
        """The machine plays, and the student listens."""
        self._set_off_ms: float | None = 0.0
        self._tick, self._tick_ms, self._playing = 0, 0.0, False
        self._quarter_ms = (order.score.tempi[0][1] / 1000.0) * 100.0 / order.tempo_percent
        self._flowing = Flowing(self._phrase.excerpt, settings)
        self._last_ms = 0.0
        self._wrong = 0
        self.done = False

    @property
    def _phrase(self) -> _Phrase:
        return self._phrases[self._number]

    def begin(self) -> list[Answer]:
        """The first phrase is to be heard."""
        return [self._place(listen=True)]

    def struck(self, index: int, pitch: int, velocity: int, at_ms: float) -> list[Answer]:
        """A key was struck: while the machine plays it counts for nothing."""
        if self._listening or self.done:
            return []
        if self._flowing.last_ms < 0.0:
            self._flowing = Flowing(self._phrase.excerpt, self._settings, index)
        self._last_ms = at_ms
        answers = self._flowing.struck(index, pitch, velocity, at_ms)
        first = answers[0]
        self._wrong += isinstance(first, Answered) and first.note < 0
        return answers

    def transport(self, tick: int, at_ms: float, playing: bool) -> None:
        """The transport has told where it is."""
        self._tick, self._tick_ms, self._playing = tick, at_ms, playing

    def transport_at(self, tick: int, at_ms: float) -> None:
        """The transport, going as before, is there now."""
        self._tick, self._tick_ms = tick, at_ms

    def passed(self, now_ms: float) -> list[Answer]:
        """Time has gone by."""
        if self.done:
            return []
        if self._listening:
            return self._listen(now_ms)
        return self._flowing.passed(now_ms) + self._hear_echo(now_ms)

    def _listen(self, now_ms: float) -> list[Answer]:
        """Have the phrase played, and stop at its end."""
        if self._set_off_ms is not None:
            if now_ms < self._set_off_ms:
                return []
            self._set_off_ms = None
            self._tick, self._tick_ms, self._playing = self._phrase.begin, now_ms, True
            return [Led(Lead.PLAY, self._phrase.begin)]
        gone = (now_ms + EARLY_STOP_MS - self._tick_ms) / self._quarter_ms * TICKS_PER_QUARTER
        if self._playing and self._tick + gone < self._phrase.end:
            return []
        self._listening, self._playing = False, False
        self._last_ms, self._wrong = now_ms, 0
        self._flowing = Flowing(self._phrase.excerpt, self._settings)  # begun anew with the first note that comes
        return [Led(Lead.STOP, self._phrase.end), self._place(listen=False)]

    def _hear_echo(self, now_ms: float) -> list[Answer]:
        silent = now_ms - self._last_ms
        begun = self._flowing.place >= 0 or self._wrong
        over = silent > (ECHO_MS if self._flowing.at_end else GIVEN_UP_MS)
        if not begun or not over:
            return []
        answers = self._flowing.ended()
        self._tries += 1
        if self._is_right() or self._tries >= TRIES:
            self._tries = 0
            if self._number + 1 == len(self._phrases):
                self.done = True
                return answers
            self._number += 1
        self._listening, self._set_off_ms = True, now_ms + _BREATH_MS
        return [*answers, self._place(listen=True)]

    def _is_right(self) -> bool:
        due = len(self._phrase.excerpt.score.pitch_of)
        right = len({row.note for row in self._flowing.decisions if row.note >= 0})
        return right >= RIGHT * due and self._wrong <= (1.0 - RIGHT) * due + 1.0

    def _place(self, listen: bool) -> Moved:
        excerpt = self._phrase.excerpt
        first = excerpt.score.moment_of.index(excerpt.path[0])
        return Moved(excerpt.note_on_page(first), 1.0, self._quarter_ms, listen=listen)


def _phrases(order: PracticeOrder) -> list[_Phrase]:
    """The bars that are practised, some at a time; bars without a note for these hands are left out."""
    whole = excerpt_of(order)
    first, last = min(whole.score.bars), max(whole.score.bars)
    found = []
    for bar in range(first, last + 1, PHRASE_BARS):
        part = msgspec.structs.replace(order, from_bar=bar, to_bar=min(last, bar + PHRASE_BARS - 1), loop=False)
        try:
            found.append(_Phrase(part))
        except BadInput:  # these bars are silent
            continue
    return found
