"""What the API tells of the appliance as a whole: health, its own description, instruments, controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from mos_appliance.companion import openapi
from mos_appliance.companion.answers import json_answer
from mos_appliance.companion.desk import Desk
from mos_appliance.companion.device_resources import Device
from mos_appliance.companion.resources import (
    BlockCost,
    ControlRow,
    EngineHealth,
    Health,
    HubHealth,
    Instrument,
    TutorHealth,
)
from mos_appliance.companion.routes import JSON, ROUTES, Route
from mos_appliance.music.general_midi import DRUM_BANK, INSTRUMENTS, family_name
from mos_appliance.wire.controls import CONTROLS, COUNTS
from mos_appliance.wire.files import Process
from mos_appliance.wire.http import Request, Response


class Overview:
    """`processes` tells what the supervisor sees, `records_dropped` what the engine did not take.

    `updates`: which half of the card runs, and what came of the last update.
    """

    def __init__(
        self,
        desk: Desk,
        processes: Callable[[], dict[str, Process]],
        records_dropped: Callable[[], int],
        tutor: Callable[[], TutorHealth],
        device: Callable[[], Device],
        updates: Callable[[], tuple[str, str]],
        routes: Sequence[Route] = ROUTES,
    ) -> None:
        self._desk = desk
        self._processes = processes
        self._records_dropped = records_dropped
        self._tutor = tutor
        self._device = device
        self._updates = updates
        self._openapi = msgspec.json.encode(openapi.describe(routes, desk.version))
        self._instruments = json_answer(_instruments())

    async def get_health(self, _: Request) -> Response:
        """How the appliance is."""
        device = self._device()
        slot, update = self._updates()
        return json_answer(
            Health(
                version=self._desk.version,
                slot=slot,
                processes=self._processes(),
                engine=self._engine(),
                hub=HubHealth(len(self._desk.sessions), self._records_dropped()),
                tutor=self._tutor(),
                keeper=device.keeper,
                number=device.number,
                clock=device.clock,
                faults=device.faults,
                update=update,
            )
        )

    def _engine(self) -> EngineHealth:
        state = self._desk.state
        told = state.statistics
        return EngineHealth(
            running=state.engine.running,
            xruns=told.xruns if told else 0,
            block_us=BlockCost(**told.block_us) if told else BlockCost(0, 0, 0),
            latency_ms=told.latency_ms if told else 0.0,
            voices=told.voices if told else 0,
            voices_shed=told.voices_shed if told else 0,
            restarts=state.engine.restarts,
            device=state.device.name if state.device else "",
            device_state=state.device.state if state.device else "unknown",
        )

    async def get_openapi(self, _: Request) -> Response:
        """The description of the API."""
        return Response(200, JSON, self._openapi)

    async def get_instruments(self, _: Request) -> Response:
        """The instruments of General MIDI."""
        return self._instruments

    async def get_controls(self, _: Request) -> Response:
        """The controls, with the values in force."""
        values = self._desk.state.controls
        return json_answer(
            [
                ControlRow(
                    name=row.name,
                    scope=row.scope.value,
                    minimum=row.minimum,
                    maximum=row.maximum,
                    default=row.default,
                    unit=row.unit,
                    doc=row.doc,
                    whole=row.whole,
                    owner_only=row.owner_only,
                    choices=list(row.choices),
                    values=[values[row.name, which] for which in range(COUNTS[row.scope])],
                )
                for row in CONTROLS
            ]
        )


def _instruments() -> list[Instrument]:
    melodic = [Instrument(program, 0, name, family_name(program)) for program, name in enumerate(INSTRUMENTS)]
    return [*melodic, Instrument(0, DRUM_BANK, "Drum Kit", "Drums")]
