"""The graph of skills: what there is to learn, in which area, and what builds on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, read_json

MAX_BYTES: Final = 1 << 20
MAX_SKILLS: Final = 2000
MAX_NEEDS: Final = 16
MAX_AREAS: Final = 32
_ID_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
_ID_LENGTH: Final = 60
_TITLE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing to be able to do. `needs`: what it builds on, directly."""

    id: str
    area: str
    title: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """All skills, each after those that it needs; `areas` are ids with titles."""

    skills: Mapping[str, Skill]
    areas: Mapping[str, str]

    @cached_property
    def depth(self) -> dict[str, int]:
        """How many skills one after another lie below each."""
        depth: dict[str, int] = {}
        for skill in self.skills.values():
            depth[skill.id] = 1 + max((depth[need] for need in skill.needs), default=-1)
        return depth

    @cached_property
    def builds(self) -> dict[str, int]:
        """How many skills build on each, directly or not."""
        above: dict[str, set[str]] = {name: set() for name in self.skills}
        for skill in reversed(list(self.skills.values())):
            for need in skill.needs:
                above[need] |= {skill.id} | above[skill.id]
        return {name: len(found) for name, found in above.items()}

    def title(self, skill: str) -> str:
        """What a skill is called; its id where it is not known."""
        known = self.skills.get(skill)
        return known.title if known else skill


def read_graph(data: bytes) -> Graph:
    """The graph in a file such as the shelf's `skills.json`.

    Errors: `BadInput` with the place: what is no skill, needs what is not there, or needs itself in the end.
    """
    if len(data) > MAX_BYTES:
        raise BadInput("file", f"has more than {MAX_BYTES >> 10} KiB")
    document = read_json(data)
    areas: dict[str, str] = {}
    for number, row in enumerate(_rows(document, "areas", MAX_AREAS)):
        where = f"areas[{number}]"
        areas[_id(row, where)] = _text(row, "title", where)
    skills: dict[str, Skill] = {}
    for number, row in enumerate(_rows(document, "skills", MAX_SKILLS)):
        skill = _skill(row, f"skills[{number}]", areas)
        if skill.id in skills:
            raise BadInput(f"skills[{number}].id", f"{skill.id!r} stands there twice")
        skills[skill.id] = skill
    for name, skill in skills.items():
        for need in skill.needs:
            if need not in skills:
                raise BadInput(f"skill {name}", f"needs {need!r}, which is not there")
    return Graph(_ordered(skills), areas)


def _rows(document: Json, name: str, most: int) -> list[Json]:
    rows = document.get(name)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadInput(name, "is no list of objects")
    if len(rows) > most:
        raise BadInput(name, f"has more than {most} entries")
    return rows


def _skill(row: Json, where: str, areas: Mapping[str, str]) -> Skill:
    area = _text(row, "area", where)
    if area not in areas:
        raise BadInput(f"{where}.area", f"{area!r} is none of the areas")
    needs = row.get("needs", [])
    if not isinstance(needs, list) or len(needs) > MAX_NEEDS or not all(isinstance(need, str) for need in needs):
        raise BadInput(f"{where}.needs", f"is no list of at most {MAX_NEEDS} skills")
    if len(set(needs)) != len(needs):
        raise BadInput(f"{where}.needs", "names a skill twice")
    return Skill(_id(row, where), area, _text(row, "title", where), tuple(needs))


def _id(row: Json, where: str) -> str:
    name = _text(row, "id", where)
    if len(name) > _ID_LENGTH or not set(name) <= _ID_CHARACTERS:
        raise BadInput(f"{where}.id", f"{name[:_ID_LENGTH]!r} is no name of letters, digits, dots and hyphens")
    return name


def _text(row: Json, name: str, where: str) -> str:
    text = row.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= _TITLE_LENGTH:
        raise BadInput(f"{where}.{name}", f"is no text of 1 to {_TITLE_LENGTH} characters")
    return text


def _ordered(skills: Mapping[str, Skill]) -> dict[str, Skill]:
    """Each skill after what it needs, else as they came. Errors: `BadInput` for a circle."""
    ordered: dict[str, Skill] = {}
    waiting = dict(skills)
    while waiting:
        ready = [skill for skill in waiting.values() if all(need in ordered for need in skill.needs)]
        if not ready:
            raise BadInput(f"skill {next(iter(waiting))}", f"needs itself in the end, by {_circle(waiting)}")
        for skill in ready:
            ordered[skill.id] = skill
            del waiting[skill.id]
    return ordered


def _circle(waiting: Mapping[str, Skill]) -> str:
    path: list[str] = [next(iter(waiting))]
    while True:
        need = next(need for need in waiting[path[-1]].needs if need in waiting)
        if need in path:
            return " → ".join([*path[path.index(need) :], need])
        path.append(need)


def unknown_in(graph: Graph, skills: Iterable[str]) -> list[str]:
    """The skills that are not in the graph."""
    return sorted({skill for skill in skills if skill not in graph.skills})
