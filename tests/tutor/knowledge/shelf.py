"""The shelf as exercises, for simulated students."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.music.cid import cid_of
from mos_appliance.tutor.knowledge.offers import Offer, offer_of
from mos_appliance.tutor.knowledge.skills import Graph as SkillGraph
from mos_appliance.tutor.knowledge.skills import read_graph
from tests.tutor.knowledge.learners import Exercise, Graph

SHELF: Final = Path(__file__).parents[3] / "mos_appliance" / "shelf"


class Shelved(NamedTuple):
    """A piece of the shelf."""

    name: str
    skills: tuple[str, ...]
    grade: float


def shelved() -> list[Shelved]:
    """All pieces, the easiest first."""
    rows = []
    for file in sorted((SHELF / "pieces").glob("*.umf")):
        document = json.loads(file.read_text())
        rows.append(
            Shelved(file.stem, tuple(document["learning"]["skills"]), float(document["metadata"]["difficulty"]))
        )
    return sorted(rows, key=lambda row: (row.grade, row.name))


def graph_of(pieces: list[Shelved]) -> Graph:
    """The graph of the shelf's skills."""
    rows = json.loads((SHELF / "skills.json").read_text())["skills"]
    needs = {row["id"]: tuple(row["needs"]) for row in rows}
    levels = {skill: min(piece.grade for piece in pieces if skill in piece.skills) for skill in needs}
    return Graph(needs, levels)


def exercise(piece: Shelved, minutes: float) -> Exercise:
    return Exercise(piece.skills, piece.grade, minutes)


def offers() -> list[Offer]:
    """The shelf as lessons are made of it."""
    found = []
    for file in sorted((SHELF / "pieces").glob("*.umf")):
        data = file.read_bytes()
        offer = offer_of(json.loads(data), cid_of(data))
        assert offer is not None
        found.append(offer)
    return found


def graph() -> SkillGraph:
    return read_graph((SHELF / "skills.json").read_bytes())
