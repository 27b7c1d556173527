"""The first shelf as it is shipped: what a teacher may rely on."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mos_appliance.music.cid import cid_of
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.mnx.timeline import bars_of
from mos_appliance.music.notes import NoteList
from mos_appliance.music.umf.document import judge, read_umf
from shelf.__main__ import made
from shelf.compiler import EXTENSION, SHELF
from shelf.listening import listen

OCTAVE = 12
FASTEST_PER_S = 10.0
"""Notes of one hand a second that a first year may ask for."""
BY_GRADE = ((1.0, 4.0), (2.0, 6.0), (3.0, 7.0), (10.0, FASTEST_PER_S))

PIECES = {path.stem: read_umf(path.read_bytes()) for path in sorted((SHELF / "pieces").glob("*.umf"))}
LESSONS = {path.stem: read_umf(path.read_bytes()) for path in sorted((SHELF / "lessons").glob("*.umf"))}
SKILLS = {row["id"]: row["needs"] for row in json.loads((SHELF / "skills.json").read_text("utf-8"))["skills"]}

every_piece = pytest.mark.parametrize("name", PIECES)


def own(name: str) -> dict[str, Any]:
    return PIECES[name]["extensions"][EXTENSION]


def notes(name: str) -> NoteList:
    return score_notes(PIECES[name]["score"])


def hands(name: str) -> list[np.ndarray]:
    piece = notes(name).notes
    return [piece[piece["staff"] == staff] for staff in np.unique(piece["staff"])]


def test_the_files_are_what_their_sources_say() -> None:
    stale = [name for name, data in made().items() if (SHELF / name).read_bytes() != data]
    there = {str(path.relative_to(SHELF)) for path in SHELF.rglob("*") if path.is_file()}
    assert stale == []
    assert there == {*made(), "skills.json"}


def test_there_is_as_much_of_everything_as_was_promised() -> None:
    told = [own(name) for name in PIECES]
    one_hand = [name for name in PIECES if PIECES[name]["learning"]["needs"]["hands"] == 1]
    assert len(PIECES) >= 60
    assert sum(piece["reading"] == "none" for piece in told) >= 15
    assert len(one_hand) >= 10
    assert sum("melody" in piece for piece in told) >= 10
    assert {PIECES[name]["learning"]["hands"][0]["hand"] for name in one_hand} == {"left", "right"}
    assert len({PIECES[name]["metadata"]["tradition"] for name in PIECES}) >= 25


@every_piece
def test_each_piece_is_good_umf_with_all_that_a_shelf_tells(name: str) -> None:
    piece = PIECES[name]
    assert judge(piece) == ((), ())
    metadata, learning = piece["metadata"], piece["learning"]
    wanted = {"title", "composer", "arranger", "key", "tempo", "metre", "language", "difficulty", "tradition"}
    assert wanted <= metadata.keys()
    assert metadata["licence"] == piece["provenance"]["licence"] == "CC0-1.0"
    assert 0 <= metadata["difficulty"] <= 4.5
    assert learning["skills"] and learning["points"] and learning["steps"]
    assert own(name)["id"] == name
    assert (metadata["composer"] == "MOS") == ("derivedFrom" not in piece["provenance"])


@every_piece
def test_each_bar_adds_up(name: str) -> None:
    score = PIECES[name]["score"]
    first = score["global"]["measures"][0]["time"]
    full = first["count"] / first["unit"]
    bars = bars_of(score)
    short = {number for number, bar in enumerate(bars) if bar.length != full}
    repeats = {number for number, bar in enumerate(bars) if "repeatEnd" in bar.measure}
    assert all(bar.length <= full for bar in bars)
    assert short <= {0, len(bars) - 1, *repeats}
    if 0 in short and len(bars) > 1:  # what the upbeat takes the end gives back
        assert {float(bars[number].length) for number in (short - {0})} <= {full - float(bars[0].length)}
    for measure, bar in zip(score["parts"][0]["measures"], bars, strict=True):
        assert len({_length(sequence["content"]) for sequence in measure["sequences"]}) == 1, bar.number


def _length(content: list[dict[str, Any]]) -> float:
    bases = {"whole": 1.0, "half": 0.5, "quarter": 0.25, "eighth": 0.125, "16th": 0.0625}
    total = 0.0
    for item in content:
        if item.get("type") == "tuplet":
            total += bases[item["outer"]["duration"]["base"]] * item["outer"]["multiple"]
        elif item.get("type") == "space":
            total += item["duration"][0] / item["duration"][1]
        elif item.get("type") != "grace":
            value = item["duration"]
            total += bases[value["base"]] * (2 - 0.5 ** value.get("dots", 0))
    return total


@every_piece
def test_the_keys_that_are_needed_are_those_that_are_played(name: str) -> None:
    pitches = notes(name).notes["pitch"]
    learning = PIECES[name]["learning"]
    assert learning["range"] == {"lowest": pitches.min(), "highest": pitches.max()}
    assert learning["needs"]["keys"] == pitches.max() - pitches.min() + 1 <= 61


@every_piece
def test_each_hand_can_be_played_by_a_small_hand(name: str) -> None:
    piece = notes(name)
    quarter_s = 60 / PIECES[name]["metadata"]["tempo"]
    most = next(speed for grade, speed in BY_GRADE if PIECES[name]["metadata"]["difficulty"] <= grade)
    for hand in hands(name):
        for onset in np.unique(hand["onset"]):
            sounding = hand[(hand["onset"] <= onset) & (hand["onset"] + hand["duration"] > onset)]
            assert sounding["pitch"].max() - sounding["pitch"].min() <= OCTAVE
            assert len(sounding) == len(np.unique(sounding["pitch"])) <= 5
        times = np.unique(hand["onset"]) / piece.division * quarter_s
        window = times[4:] - times[:-4]  # four steps on
        assert not len(window) or 4 / window.min() <= most


@every_piece
def test_no_key_is_wanted_by_both_hands_at_once(name: str) -> None:
    if len(hands(name)) < 2:
        return
    right, left = hands(name)
    for note in right:
        same = left[left["pitch"] == note["pitch"]]
        assert not np.any(
            (same["onset"] < note["onset"] + note["duration"]) & (same["onset"] + same["duration"] > note["onset"])
        )


@every_piece
def test_a_melody_lies_within_two_octaves_and_tells_its_transpositions(name: str) -> None:
    melody = own(name).get("melody")
    if melody is None:
        return
    assert melody["range"]["highest"] - melody["range"]["lowest"] <= 2 * OCTAVE
    assert [row["tuned"] for row in melody["instruments"]] == ["C", "Bb", "Eb", "F"]


def test_a_transposing_instrument_reads_the_key_that_sounds_right() -> None:
    reads = {row["tuned"]: row["reads"] for row in own("alle-meine-entchen")["melody"]["instruments"]}
    assert reads == {"C": "C major", "Bb": "D major", "Eb": "A major", "F": "G major"}


def test_skills_build_on_skills_and_never_in_a_circle() -> None:
    done: set[str] = set()
    left = dict(SKILLS)
    while left:
        ready = {skill for skill, needs in left.items() if set(needs) <= done}
        assert ready, f"these need each other: {sorted(left)}"
        done |= ready
        left = {skill: needs for skill, needs in left.items() if skill not in ready}


def test_grades_go_up_no_faster_than_the_skills_do() -> None:
    first: dict[str, float] = {}
    for name in sorted(PIECES, key=lambda name: PIECES[name]["metadata"]["difficulty"]):
        for skill in PIECES[name]["learning"]["skills"]:
            first.setdefault(skill, PIECES[name]["metadata"]["difficulty"])
    assert first.keys() == SKILLS.keys()
    assert [skill for skill in SKILLS for need in SKILLS[skill] if first[need] > first[skill]] == []
    for name, piece in PIECES.items():
        early = [p["skill"] for p in piece["learning"]["points"] if first[p["skill"]] > piece["metadata"]["difficulty"]]
        assert early == [], name


def test_no_grade_is_missing_on_the_way_up() -> None:
    grades = sorted({piece["metadata"]["difficulty"] for piece in PIECES.values()})
    assert max(after - before for before, after in pairwise(grades)) <= 0.5


def test_four_weeks_of_ten_minutes_a_day_are_in_order() -> None:
    days = sorted(LESSONS, key=lambda name: LESSONS[name]["extensions"][EXTENSION]["number"])
    assert days == [f"week-{week}-day-{day}" for week in range(1, 5) for day in range(1, 6)]
    known: set[str] = set()
    for day in days:
        lesson = LESSONS[day]
        for skill in lesson["learning"]["skills"]:
            known.add(skill)
            assert set(SKILLS[skill]) <= known, f"{day}: {skill} comes before what it needs"
        links = lesson["extensions"][EXTENSION]["steps"]
        assert len(links) == len(lesson["learning"]["steps"])
        assert sum(step["minutes"] for step in lesson["learning"]["steps"]) == 10
        for link in links:
            assert link["cid"] == cid_of((SHELF / "pieces" / f"{link['piece']}.umf").read_bytes())
            assert set(PIECES[link["piece"]]["learning"]["skills"]) <= known, day


def test_lessons_warm_up_first_and_bring_back_what_was_learnt() -> None:
    kinds = Counter(step["kind"] for lesson in LESSONS.values() for step in lesson["extensions"][EXTENSION]["steps"])
    assert kinds.keys() == {"warm-up", "new", "repertoire", "review", "play"}
    assert all(lesson["extensions"][EXTENSION]["steps"][0]["kind"] == "warm-up" for lesson in LESSONS.values())


@pytest.mark.parametrize("name", ["hava-nagila", "pedal-bells"])
def test_a_piece_sounds_and_does_not_clip(name: str, tmp_path: Path) -> None:
    heard = listen((SHELF / "pieces" / f"{name}.umf").read_bytes(), tmp_path)
    assert heard.seconds > 10
    assert -40 < heard.peak_dbfs <= heard.true_peak_dbtp < -1
    assert heard.voices_shed == 0
