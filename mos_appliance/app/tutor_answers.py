"""The tutor's records as the pages hear them: notes of the score by their ids."""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

from mos_appliance.companion.resources import AnswerTime
from mos_appliance.wire import live
from mos_appliance.wire.practice import PracticeScore
from mos_appliance.wire.records import FINAL, NO_NOTE, Record, Verdict

_Verdict = Literal["unsure", "right", "wrong", "early", "late", "extra", "apart", "missed"]
_VERDICTS: Final[dict[int, _Verdict]] = {
    Verdict.UNSURE: "unsure",
    Verdict.RIGHT: "right",
    Verdict.WRONG: "wrong",
    Verdict.EARLY: "early",
    Verdict.LATE: "late",
    Verdict.EXTRA: "extra",
    Verdict.APART: "apart",
}


TIMED: Final = 1000
"""So many of the last notes tell how long answers take."""


class Answers:
    """Reads records about one score after the other."""

    def __init__(self) -> None:
        self.count = 0
        """Notes that were answered."""
        self._took_ms: deque[float] = deque(maxlen=TIMED)
        self._ids: list[str] = []

    def read(self, score: PracticeScore) -> None:
        """Another score is practised."""
        self._ids = score.page.ids

    def time(self) -> AnswerTime:
        """How long the last answers took."""
        took = sorted(self._took_ms)
        if not took:
            return AnswerTime(0.0, 0.0)
        return AnswerTime(took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)])

    def place(self, record: Record, practice: int) -> live.Place:
        """Where the student is."""
        note, _, confidence, pace = record.values
        lost, end, listen = (bool(record.flags & bit) for bit in (1, 2, 4))
        name = self._name(int(note))
        return live.Place(practice, name, round(confidence, 3), round(pace, 1), lost, end, record.frame, listen)

    def mark(self, record: Record, practice: int, now_ns: int) -> live.Mark:
        """What a note was."""
        note, early, pitch, times, at_ns = (int(value) for value in record.values)
        took = round((now_ns - at_ns) / 1e6, 3) if at_ns else 0.0
        if took:
            self.count += 1
            self._took_ms.append(took)
        verdict = _VERDICTS.get(record.flags & ~FINAL, "unsure")
        final = bool(record.flags & FINAL)
        return live.Mark(practice, verdict, self._name(note), pitch, early, times, final, record.sequence, took)

    def missed(self, record: Record, practice: int) -> live.Mark:
        """A note that was passed over."""
        note, times = (int(value) for value in record.values)
        return live.Mark(practice, "missed", self._name(note), 0, 0, times, True)

    def _name(self, note: int) -> str:
        return self._ids[note] if note != NO_NOTE and note < len(self._ids) else ""
