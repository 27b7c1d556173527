"""The API without a web server: the route table and the handlers married, every error answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mos_appliance.companion.answers import failure
from mos_appliance.companion.routes import ROUTES, Route
from mos_appliance.errors import MosError
from mos_appliance.wire.http import Endpoint, Request, Response

Handler = Callable[[Request], Awaitable[Response]]


def endpoints(rooms: Sequence[object], routes: Sequence[Route] = ROUTES) -> list[Endpoint]:
    """An endpoint for each route: the method of that name in one of the rooms."""
    return [
        Endpoint(
            route.method, route.path, route.body.max_bytes if route.body else 0, _answering(_find(rooms, route.name))
        )
        for route in routes
    ]


def _find(rooms: Sequence[object], name: str) -> Handler:
    """Errors: `LookupError` when the table names what no room has: a bug, seen at start."""
    for room in rooms:
        handler: Handler | None = getattr(room, name, None)
        if handler is not None:
            return handler
    raise LookupError(f"no handler for {name}")


def _answering(handle: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except MosError as error:
            return failure(error)

    return answer
