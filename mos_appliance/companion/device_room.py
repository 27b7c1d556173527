"""What the API does with the box itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from mos_appliance.companion.answers import json_answer
from mos_appliance.companion.device_resources import (
    ClockTold,
    Device,
    NumberWish,
    StickTold,
    UpdateTold,
    UpdateWish,
    WifiWish,
)
from mos_appliance.companion.resources import Spoken
from mos_appliance.errors import BadInput
from mos_appliance.wire import keeper
from mos_appliance.wire.http import Request, Response

T = TypeVar("T")


class Box(Protocol):
    """The box behind the API."""

    def told(self) -> Device:
        """As it is."""

    async def ask(self, request: keeper.Request) -> keeper.Told:
        """Ask keeper. Errors: `Unavailable`, `BadInput`."""

    async def speak_number(self) -> float:
        """Say the number aloud; its seconds. Errors: `Conflict`, `Unavailable`."""


class DeviceRoom:
    """`looked` is called when something was changed that the facts tell of."""

    def __init__(self, box: Box, looked: Callable[[], None]) -> None:
        self._box = box
        self._looked = looked

    async def get_device(self, _: Request) -> Response:
        """The box."""
        return json_answer(self._box.told())

    async def set_clock(self, request: Request) -> Response:
        """What time it is."""
        return await self._do(keeper.SetClock(_body(request, ClockTold).unix_ms))

    async def set_number(self, request: Request) -> Response:
        """What it is called."""
        return await self._do(keeper.SetNumber(_body(request, NumberWish).number))

    async def speak_number(self, _: Request) -> Response:
        """Which one it is."""
        return json_answer(Spoken(await self._box.speak_number()), 202)

    async def set_wifi(self, request: Request) -> Response:
        """Which network it uses."""
        wish = _body(request, WifiWish)
        return await self._do(keeper.SetWifi(wish.network, wish.password, wish.country))

    async def restart(self, _: Request) -> Response:
        """Start anew."""
        return await self._do(keeper.Restart(), 202)

    async def power_off(self, _: Request) -> Response:
        """Stop."""
        return await self._do(keeper.PowerOff(), 202)

    async def reset(self, request: Request) -> Response:
        """Forget everything."""
        return await self._do(keeper.Reset(_body(request, NumberWish).number), 202)

    async def get_update(self, _: Request) -> Response:
        """What came of updates."""
        told = await self._box.ask(keeper.TellUpdate())
        assert isinstance(told, keeper.Update)
        return json_answer(UpdateTold(told.installing, told.failed, told.told))

    async def install_update(self, request: Request) -> Response:
        """Begin to install."""
        wish = _body(request, UpdateWish)
        return await self._do(keeper.InstallUpdate(wish.name, wish.from_stick), 202)

    async def get_stick(self, _: Request) -> Response:
        """Bundles on the stick."""
        told = await self._box.ask(keeper.OpenStick())
        assert isinstance(told, keeper.Stick)
        return json_answer(StickTold(told.names))

    async def close_stick(self, _: Request) -> Response:
        """It may be pulled out."""
        return await self._do(keeper.CloseStick())

    async def _do(self, request: keeper.Request, status: int = 204) -> Response:
        await self._box.ask(request)
        self._looked()
        return Response(status, "")


def _body(request: Request, kind: type[T]) -> T:
    """Errors: `BadInput`."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput("body", str(error)) from error
