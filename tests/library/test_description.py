from __future__ import annotations

from pathlib import Path

import numpy as np

from mos_appliance.library.description import describe, hands_of
from mos_appliance.library.melody import steps_of
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document
from mos_appliance.music.umf.document import new_umf, read_umf
from mos_appliance.music.umf.files import notes_of
from tests.library.scores import score_of
from tests.music.mnx.scores import scale_bar, score

SHELF = Path(__file__).parents[2] / "mos_appliance" / "shelf" / "pieces"


def told(made: Json, name: str = "file") -> Piece:
    return describe(made, notes_of(made, False), name, Facts())


def ranks(values: list[float]) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    found = np.empty(len(values))
    found[order] = np.arange(len(values))
    return found


def test_what_people_said_wins_over_what_can_be_seen() -> None:
    made = new_umf("Scale", score(scale_bar("C4", "D4", "E4", "F4")))
    made["metadata"] |= {"key": "A minor", "tempo": 66, "metre": "2/2", "difficulty": 7.5, "language": "pt-BR"}
    facts = told(made).facts
    assert (facts.key, facts.tempo, facts.metre, facts.difficulty, facts.estimated) == (
        "A minor",
        66,
        "2/2",
        7.5,
        False,
    )


def test_a_piece_without_a_title_is_called_like_its_file() -> None:
    assert told(new_umf("  ", score(scale_bar("C4", "D4", "E4", "F4"))), "my tune").title == "my tune"


def test_the_key_of_a_signature_is_minor_when_it_ends_so() -> None:
    for last, key in (("A4", "A minor"), ("C4", "C major")):
        made = new_umf("x", score(scale_bar("E4", "D4", "B4", last)))
        made["score"]["global"]["measures"][0]["key"] = {"fifths": 0}
        assert told(made).facts.key == key


def test_the_melody_is_the_upper_line_of_the_first_staff() -> None:
    line = [60, 64, 67, 72, 71, 69, 67, 65]
    assert told(new_umf("x", score_of(line))).steps == steps_of(line)


def test_two_staves_are_two_hands_and_one_staff_within_reach_is_one() -> None:
    both = new_umf("x", score_of([60, 64, 67, 72]))
    assert told(both).facts.hands == 2
    assert hands_of(both, notes_of(both, False)) == {(0, 1): "right", (0, 2): "left"}
    for names, hand in ((("C4", "D4", "E4", "F4"), "right"), (("C2", "D2", "E2", "F2"), "left")):
        one = new_umf("x", score(scale_bar(*names)))
        assert told(one).facts.hands == 1
        assert list(hands_of(one, notes_of(one, False)).values()) == [hand]


def test_a_quartet_is_no_piece_for_two_hands() -> None:
    part = score(scale_bar("C4", "D4", "E4", "F4"))["parts"][0]
    made = new_umf("x", document([{"time": {"count": 4, "unit": 4}}], [part, part, part, part]))
    assert told(made).facts.hands == 0


def test_parts_that_are_called_hands_are_the_piece_and_the_others_accompany_it() -> None:
    def part(name: str, *pitches: str) -> Json:
        return {**score(scale_bar(*pitches))["parts"][0], "name": name}

    band = [part("Left-Guitars", "E6", "E6", "E6", "E6"), part("Bassright", "C1", "C1", "C1", "C1")]
    hands = [part("Solo-Left", "C3", "D3", "E3", "F3"), part("Piano RH", "C4", "E4", "G4", "C5")]
    made = new_umf("x", document([{"time": {"count": 4, "unit": 4}}], [*hands, band[1]]))
    alone = new_umf("x", document([{"time": {"count": 4, "unit": 4}}], hands))
    piece = told(made)
    assert (piece.facts.hands, piece.facts.lowest, piece.facts.highest) == (2, 48, 72)
    assert (piece.facts.difficulty, piece.steps) == (told(alone).facts.difficulty, "edf")
    assert hands_of(made, notes_of(made, False)) == {(0, 1): "left", (1, 1): "right"}
    band[0]["_x"] = {"org.mos": {"program": 24}}
    assert told(new_umf("x", document([{}], band))).facts.lowest == 24  # a guitar is no hand, though called left


def test_the_shelf_is_ordered_by_the_notes_nearly_as_by_those_who_graded_it() -> None:
    said, reckoned = [], []
    for file in sorted(SHELF.glob("*.umf")):
        made = read_umf(file.read_bytes())
        if "score" in made and "difficulty" in made["metadata"]:
            said.append(float(made["metadata"].pop("difficulty")))
            reckoned.append(told(made).facts.difficulty)
    assert len(said) >= 60
    assert np.corrcoef(ranks(said), ranks(reckoned))[0, 1] > 0.75


def test_the_hands_of_the_shelf_are_guessed_as_they_were_written() -> None:
    for file in sorted(SHELF.glob("*.umf")):
        made = read_umf(file.read_bytes())
        hands = made.get("learning", {}).get("needs", {}).pop("hands", None)
        if "score" in made and hands is not None:
            made["learning"].pop("hands", None)
            assert told(made).facts.hands == hands, file.name
