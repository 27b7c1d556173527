"""An assessment as the outer contracts want it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mos_appliance.music.notes import NoteList
from mos_appliance.tutor.assessment import Assessment
from mos_appliance.tutor.judging import Judgement, judge
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.timing import Timing, timing_of
from mos_appliance.tutor.wording import worded


def report_of(score: ScoreMap, take: Performance, assessment: Assessment) -> dict[str, Any]:
    """The object that `mos assess --json` prints, `took_ms` apart; the same take gives the same, byte for byte."""
    account = assessment.account
    timing = timing_of(score, take, account)
    judgement = judge(score, take, assessment, timing)
    names = _Names(score.page)
    return {
        "is_this_piece": assessment.is_this_piece,
        "matches": _matches(names, take, assessment, timing),
        "missed": [
            names.of(missed.note) | {"pass": missed.times} | ({"unison": True} if missed.unison else {})
            for missed in account.missed
        ],
        "extra": list(account.extra),
        "lost": [{"from_index": first, "to_index": last} for first, last in account.lost],
        "grade": judgement.grade,
        "feedback": _feedback(judgement),
        "features": judgement.features,
    }


class _Names:
    """Notes of the page as the contract names them."""

    def __init__(self, page: NoteList) -> None:
        self.ids = page.ids or tuple(f"n{note}" for note in range(len(page.notes)))
        onsets = page.notes["onset"].astype(np.int64)
        common = np.gcd(onsets, page.division)
        self.numerators = (onsets // common).tolist()
        self.denominators = (page.division // common).tolist()
        self.pitches = page.notes["pitch"].tolist()

    def of(self, note: int) -> dict[str, Any]:
        onset = f"{self.numerators[note]}/{self.denominators[note]}"
        return {"score_id": self.ids[note], "onset_quarters": onset, "pitch": self.pitches[note]}


def _matches(names: _Names, take: Performance, assessment: Assessment, timing: Timing) -> list[dict[str, Any]]:
    early = timing.expected_ms - take.onset_ms[[match.struck for match in assessment.account.matches]]
    return [
        names.of(match.note)
        | {
            "pass": match.times,
            "performance_index": match.struck,
            "early_ms": 0.0 if math.isnan(ms) else round(ms, 1),
        }
        for match, ms in zip(assessment.account.matches, early.tolist(), strict=True)
    ]


def _feedback(judgement: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "bar": told.bar,
            "kind": told.kind,
            "text": worded(told),
            "confidence": told.confidence,
            "evidence": told.evidence,
            "message": told.message,
            "arguments": told.arguments,
        }
        for told in judgement.statements
    ]
