"""The description of the API agrees with the route table."""

from __future__ import annotations

import json

from mos_appliance.companion.api import endpoints
from mos_appliance.companion.openapi import describe
from mos_appliance.companion.overview import Overview
from mos_appliance.companion.routes import ROUTES
from mos_appliance.companion.song_room import SongRoom
from mos_appliance.companion.sound_room import SoundRoom
from mos_appliance.companion.take_room import TakeRoom


def test_every_route_has_a_handler_and_a_description() -> None:
    rooms = [room.__new__(room) for room in (Overview, TakeRoom, SongRoom, SoundRoom)]
    assert len(endpoints(rooms)) == len(ROUTES)
    paths = describe(ROUTES, "1")["paths"]
    assert {(route.path, route.method.lower()) for route in ROUTES} <= {(p, m) for p in paths for m in paths[p]}


def test_every_reference_leads_somewhere_and_all_of_it_is_json() -> None:
    document = describe(ROUTES, "1")
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        assert part.split('"')[0].rsplit("/", 1)[1] in document["components"]["schemas"]


def test_names_of_operations_are_used_once() -> None:
    paths = describe(ROUTES, "1")["paths"]
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_every_path_but_health_says_that_it_may_answer_401() -> None:
    paths = describe(ROUTES, "1")["paths"]
    open_paths = {path for path in paths for operation in paths[path].values() if "401" not in operation["responses"]}
    assert open_paths == {"/api/v1/health"}


def test_parameters_of_the_path_are_declared() -> None:
    operation = describe(ROUTES, "1")["paths"]["/api/v1/takes/{take}.mid"]["get"]
    assert [(row["name"], row["in"], row["required"]) for row in operation["parameters"]] == [("take", "path", True)]
