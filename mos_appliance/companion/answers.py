"""Answers of the API as values: JSON, and every error with the status that says whose fault it was."""

from __future__ import annotations

import msgspec

from mos_appliance.companion.resources import Failure, Problem
from mos_appliance.companion.routes import JSON
from mos_appliance.errors import BadInput, Bug, Corrupt, Denied, MosError, Unavailable
from mos_appliance.wire.http import Response


class NotThere(MosError):
    """What a path names does not exist."""


class Conflict(MosError):
    """It cannot be done as things stand; it can be later."""


def json_answer(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(status, JSON, msgspec.json.encode(value))


def failure(error: MosError) -> Response:
    """An error as an answer."""
    match error:
        case BadInput(where=where, why=why):
            return _failure(400, where, why)
        case Denied():
            return _failure(403, "request", str(error))
        case NotThere():
            return _failure(404, "path", str(error))
        case Conflict():
            return _failure(409, "appliance", str(error))
        case Unavailable(what=what):
            return _failure(503, "appliance", what)
        case Corrupt() | Bug():
            return _failure(500, "store" if isinstance(error, Corrupt) else "appliance", str(error))
    raise Bug("an error without an answer") from error


def _failure(status: int, where: str, why: str) -> Response:
    return Response(status, JSON, msgspec.json.encode(Failure(Problem(where, why))))
