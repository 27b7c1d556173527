"""What the hub may ask of `keeper`, the one process of ours that is root: a dozen verbs, and nothing else.

One request and one answer on a Unix socket of whole messages (SOCK_SEQPACKET), both JSON. What is not one of these
verbs, or is outside of its limits, is refused before anything is done.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from mos_appliance.errors import BadInput

SOCKET: Final = "/run/keeper/keeper.sock"
"""Where it listens on an image; the folder is root's, so that nobody can put another socket in its place."""
MAX_BYTES: Final = 4096
"""Of a request."""
MAX_ANSWER_BYTES: Final = 65_536
MAX_NUMBER: Final = 99_999
SILENT_HUB: Final = "...."
"""What keeper lets the light do by itself when it has not heard of the hub for a minute: then nobody could speak."""
LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01: no date that a phone may tell lies behind it."""


class ClockQuality(enum.IntEnum):
    """How far the wall time is to be believed."""

    UNKNOWN = 0
    CARRIED_OVER = 1
    """Gone on with from what the last run left: the day may be another."""
    TOLD = 2
    SYNCHRONISED = 3


class Asked(msgspec.Struct, frozen=True, tag_field="verb", forbid_unknown_fields=True):
    """Root of all requests."""


class TellFacts(Asked, frozen=True, tag="tell_facts"):
    """What only root can see: answered with `Facts`."""


class SetClock(Asked, frozen=True, tag="set_clock"):
    """A phone or another box has told the time. The clock never goes back."""

    unix_ms: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
    synchronised: bool = False
    """Whether it comes from a clock that is kept right all the time."""


class SetNumber(Asked, frozen=True, tag="set_number"):
    """Call this box so from now on; the settings file on the card goes before it."""

    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class SetWifi(Asked, frozen=True, tag="set_wifi"):
    """Use this network; an empty name forgets it."""

    network: Annotated[str, msgspec.Meta(max_length=32)]
    password: Annotated[str, msgspec.Meta(max_length=64)] = ""
    country: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{2})?$")] = ""


class ShowLight(Asked, frozen=True, tag="show_light"):
    """Let the box's light blink: `.` short, `-` long, over and over; empty: steadily on."""

    pattern: Annotated[str, msgspec.Meta(pattern=r"^[.-]{0,6}$")]


class InstallUpdate(Asked, frozen=True, tag="install_update"):
    """Begin to install a bundle: a file of that name on the stick, or among those that the hub has received."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    from_stick: bool = False


class ConfirmUpdate(Asked, frozen=True, tag="confirm_update"):
    """This version is well: keep it."""


class TellUpdate(Asked, frozen=True, tag="tell_update"):
    """What came of updates: answered with `Update`."""


class OpenStick(Asked, frozen=True, tag="open_stick"):
    """Mount the USB stick, for reading only: answered with `Stick`."""


class CloseStick(Asked, frozen=True, tag="close_stick"):
    """The stick may be pulled out."""


class Restart(Asked, frozen=True, tag="restart"):
    """Start the box anew."""


class PowerOff(Asked, frozen=True, tag="power_off"):
    """Stop the box; its plug may then be pulled."""


class Reset(Asked, frozen=True, tag="reset"):
    """Forget everything that was ever kept, and start anew. `number` must be this box's: nobody asks it by mistake."""

    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


Request = (
    TellFacts
    | SetClock
    | SetNumber
    | SetWifi
    | ShowLight
    | InstallUpdate
    | ConfirmUpdate
    | TellUpdate
    | OpenStick
    | CloseStick
    | Restart
    | PowerOff
    | Reset
)


class Answer(msgspec.Struct, frozen=True, tag_field="answer"):
    """Root of all answers."""


class Done(Answer, frozen=True, tag="done"):
    """It is done, or has begun."""


class Refusal(Answer, frozen=True, tag="refused"):
    """It was not done; `yours`: the request was at fault, not the world."""

    why: str
    yours: bool = False


class Facts(Answer, frozen=True, tag="facts"):
    """What only root can see."""

    number: int
    clock: ClockQuality
    light: bool
    """Whether this board has a light that can blink."""
    card_errors: int
    """Reads and writes that the card has failed, by the kernel's log since it started."""
    wifi: str
    """`off`, `searching`, `connected`, `wrong_password`, `not_found`; `no_radio`: asked for, and nothing is there."""
    network: str
    """Name of the wireless network that is asked for."""


class Update(Answer, frozen=True, tag="update"):
    """What `update` says of itself, as JSON text, and whether an installation is going on now."""

    installing: bool
    told: str
    failed: str = ""
    """Why the last installation since the start was refused."""


class Stick(Answer, frozen=True, tag="stick"):
    """Files on the stick that could be bundles."""

    names: list[str]


Told = Done | Refusal | Facts | Update | Stick

_request: Final[msgspec.json.Decoder[Request]] = msgspec.json.Decoder(Request)
_told: Final[msgspec.json.Decoder[Told]] = msgspec.json.Decoder(Told)
encode: Final = msgspec.json.Encoder().encode
"""A request or an answer as bytes."""


def decode_request(data: bytes) -> Request:
    """Errors: `BadInput` for what is no verb or outside of its limits."""
    if len(data) > MAX_BYTES:
        raise BadInput("request", f"has more than {MAX_BYTES} bytes")
    try:
        return _request.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("request", str(error)) from error


def decode_answer(data: bytes) -> Told:
    """Errors: `BadInput`."""
    try:
        return _told.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("answer", str(error)) from error
