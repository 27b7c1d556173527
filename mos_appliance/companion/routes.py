"""The route table: every path of the API, from which the server's routes and `/api/v1/openapi.json` are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mos_appliance.companion.resources import ControlRow, Failure, Health, Instrument

API: Final = "/api/v1"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a route may give; `schema` is the type of its JSON, None for other content."""

    status: int
    doc: str
    schema: object = None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes."""

    doc: str
    max_bytes: int
    schema: object = None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. `name` is the method of `Api` that answers it."""

    method: str
    path: str
    name: str
    doc: str
    answers: tuple[Answer, ...]
    body: Body | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that it reads: name and meaning."""


def _failure(status: int, doc: str) -> Answer:
    return Answer(status, doc, Failure)


EVERYWHERE: Final = (
    _failure(401, "Not paired with this appliance: only the health page is open."),
    _failure(403, "Asked by a page of another origin."),
    _failure(421, "The Host header is no name of this appliance."),
)
"""Answers of every path but health, which is open to those who are not paired."""

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", f"{API}/health", "get_health", "How the appliance is.", (Answer(200, "Its health.", Health),)),
    Route(
        "GET",
        f"{API}/openapi.json",
        "get_openapi",
        "This description.",
        (Answer(200, "OpenAPI 3.1.", dict[str, Any]),),
    ),
    Route(
        "GET",
        f"{API}/instruments",
        "get_instruments",
        "What `program` and `bank` mean.",
        (Answer(200, "The instruments, by bank and program.", list[Instrument]),),
    ),
    Route(
        "GET",
        f"{API}/controls",
        "get_controls",
        "The controls with their ranges and values; `set` on the live connection changes them.",
        (Answer(200, "The controls.", list[ControlRow]),),
    ),
)
