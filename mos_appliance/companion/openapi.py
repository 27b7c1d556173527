"""`/api/v1/openapi.json`, made from the route table. Source: OpenAPI Specification 3.1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mos_appliance.companion.access import DOORS
from mos_appliance.companion.resources import Failure
from mos_appliance.companion.routes import API, EVERYWHERE, Answer, Body, Route

_PARAMETER: Final = re.compile(r"{(\w+)}")
_BODILESS: Final = (101, 204)
_LIVE: Final = Route(
    "GET",
    f"{API}/live",
    "live",
    "WebSocket of JSON messages with a `kind`; `docs/wire.md` lists them. The first one to the page is `hello`, "
    "then the whole state follows.",
    (
        Answer(101, "The connection is live."),
        Answer(400, "This is no request for a WebSocket.", Failure),
        Answer(503, "As many pages are connected as can be.", Failure),
    ),
)


def describe(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The whole API as an OpenAPI document."""
    types = [answer.schema for route in routes for answer in route.answers if answer.schema is not None]
    types += [answer.schema for answer in EVERYWHERE]
    types += [route.body.schema for route in routes if route.body is not None and route.body.schema is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    known = list(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    paths[f"{API}/live"] = {"get": _operation(_LIVE, known)}
    return {
        "openapi": "3.1.1",
        "info": {"title": "MOS", "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, known: list[tuple[object, dict[str, Any]]]) -> dict[str, Any]:
    answers = (*route.answers, *(answer for answer in EVERYWHERE if _applies(route, answer)))
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.doc,
        "responses": {str(status): _responses(status, answers, known) for status in _statuses(answers)},
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    parameters += [
        {"name": name, "in": "header", "required": False, "description": doc, "schema": {"type": "string"}}
        for name, doc in route.headers
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": doc, "schema": {"type": "string"}}
        for name, doc in route.queries
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _request_body(route.body, known)
    return operation


def _applies(route: Route, answer: Answer) -> bool:
    return not (route.path in DOORS and answer.status == 401)


def _statuses(answers: Sequence[Answer]) -> list[int]:
    return sorted({answer.status for answer in answers})


def _responses(status: int, answers: Sequence[Answer], known: list[tuple[object, dict[str, Any]]]) -> dict[str, Any]:
    """All answers of one status as one response object."""
    same = [answer for answer in answers if answer.status == status]
    response: dict[str, Any] = {"description": " ".join(answer.doc for answer in same)}
    if status not in _BODILESS:
        response["content"] = {answer.content_type: _media(answer.schema, known) for answer in same}
    return response


def _request_body(body: Body, known: list[tuple[object, dict[str, Any]]]) -> dict[str, Any]:
    doc = f"{body.doc} At most {body.max_bytes:,} bytes."
    return {"required": True, "description": doc, "content": {body.content_type: _media(body.schema, known)}}


def _media(schema: object, known: list[tuple[object, dict[str, Any]]]) -> dict[str, Any]:
    return {} if schema is None else {"schema": next(found for kind, found in known if kind == schema)}
