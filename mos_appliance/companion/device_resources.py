"""The JSON of what the API tells of the box itself, and of what may be asked of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mos_appliance.wire.files import WrongLine
from mos_appliance.wire.keeper import LATEST_MS, MAX_NUMBER
from mos_appliance.wire.live import Fault

Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class Device(msgspec.Struct, frozen=True):
    """The box."""

    keeper: Literal["none", "running", "silent"]
    """`none` on a computer: what keeper would do is that computer's own matter."""
    number: int
    """0 on a computer."""
    name: str
    """Its name in the network, without `.local`; empty on a computer."""
    class_name: str
    language: str
    clock: str
    """`unknown`, `carried_over` (from before the power was off), `told` or `synchronised`."""
    now: str | None
    """Wall time in ISO 8601, null while nobody has told it."""
    wifi: str
    """`off`, `searching`, `connected`, `wrong_password`, `not_found` or `no_radio`."""
    network: str
    wrong: list[WrongLine]
    """Lines of the card's settings file that were passed over."""
    faults: list[Fault]


class ClockTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What time it is, by a phone."""

    unix_ms: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]


class NumberWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the box is to be called."""

    number: Number


class WifiWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wireless network; an empty name forgets the one that is used."""

    network: Annotated[str, msgspec.Meta(max_length=32)]
    password: Annotated[str, msgspec.Meta(max_length=64)] = ""
    country: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{2})?$")] = ""


class UpdateWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle: a file on the USB stick, or one that was received."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    from_stick: bool = False


class UpdateTold(msgspec.Struct, frozen=True):
    """What the updater says of itself."""

    installing: bool
    failed: str
    """Why the last installation was refused; empty when it was not."""
    told: str
    """Its own words."""


class StickTold(msgspec.Struct, frozen=True):
    """Bundles on the USB stick."""

    names: list[str]
