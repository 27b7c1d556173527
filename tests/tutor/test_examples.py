"""What the tutor says in the ten sessions of docs/tutor-examples.md is what was put into them, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tutor.examples import SESSIONS, Played, Session, taken, told


def is_true(played: Played, row: dict[str, Any], session: Session) -> bool:
    """Whether a sentence agrees with what was put in."""
    evidence, message = row["evidence"], row["message"]
    faults = {kind: (bar, what) for kind, bar, what in played.faults}
    kind = {"wrong_note": "wrong", "missed_note": "silent", "hesitation": "stop", "restart_often": "restart"}
    bar, what = faults.get(kind.get(message, message), (row["bar"], None))
    ids = taken(session)[0].page.ids
    told_so = {
        "wrong_note": lambda: (
            evidence["score_id"] == ids[what[0]] and played.keys[evidence["performance_indices"][0]].note < 0
        ),
        "missed_note": lambda: evidence["score_id"] == ids[what[0]],
        "hesitation": lambda: abs(row["arguments"]["waited"] - what) < 0.7,
        "restart": lambda: evidence["times"] == what,
        "restart_often": lambda: evidence["times"] == what,
        "uneven": lambda: what is not None,
        "short": lambda: what is not None,
        "balance": lambda: abs(evidence["played"] - what) <= 4,
        "all_well": lambda: not faults,
        "not_this_piece": lambda: session.played != session.score,
    }
    return bar == row["bar"] and bool(told_so[message]())


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.title)
def test_every_sentence_is_true(session: Session) -> None:
    played, report = told(session)
    assert report["feedback"]
    assert all(is_true(played, row, session) for row in report["feedback"])
    assert all(row["confidence"] >= 0.98 for row in report["feedback"])
