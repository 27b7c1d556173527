"""The box's part of the route table: what needs root is asked of keeper, which is on an image only."""

from __future__ import annotations

from typing import Final

from mos_appliance.companion.device_resources import (
    ClockTold,
    Device,
    NumberWish,
    StickTold,
    UpdateTold,
    UpdateWish,
    WifiWish,
)
from mos_appliance.companion.resources import Failure, Spoken
from mos_appliance.companion.routes import API, MAX_JSON_BYTES, Answer, Body, Route

DEVICE: Final = f"{API}/device"
_WRONG: Final = Answer(400, "What was sent is wrong; the answer says where.", Failure)
_TOO_LARGE: Final = Answer(413, "The body is larger than this path takes.", Failure)
_NOT_NOW: Final = Answer(503, "There is no keeper (on a computer), or it cannot do that now.", Failure)
_BUSY: Final = Answer(409, "Somebody speaks already.", Failure)
_DONE: Final = Answer(204, "It is done.")
_BEGUN: Final = Answer(202, "It has begun.")

DEVICE_ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", DEVICE, "get_device", "The box: number, clock, Wi-Fi, what is wrong.", (Answer(200, "It.", Device),)),
    Route(
        "PUT",
        f"{API}/clock",
        "set_clock",
        "Tell the box what time it is. Its clock never goes back.",
        (_DONE, _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("The time.", MAX_JSON_BYTES, ClockTold),
    ),
    Route(
        "PUT",
        f"{DEVICE}/number",
        "set_number",
        "Give the box another number. One in the card's settings file goes before it at the next start.",
        (_DONE, _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("The number.", MAX_JSON_BYTES, NumberWish),
    ),
    Route(
        "POST",
        f"{DEVICE}/number/spoken",
        "speak_number",
        "Have the box say its number aloud, to find it among thirty.",
        (Answer(202, "It is being spoken.", Spoken), _BUSY, _NOT_NOW),
    ),
    Route(
        "PUT",
        f"{DEVICE}/wifi",
        "set_wifi",
        "Use this wireless network, until the card's settings file names another.",
        (_DONE, _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("The network.", MAX_JSON_BYTES, WifiWish),
    ),
    Route("POST", f"{DEVICE}/restart", "restart", "Start the box anew.", (_BEGUN, _NOT_NOW)),
    Route("POST", f"{DEVICE}/power-off", "power_off", "Stop the box; then its plug may be pulled.", (_BEGUN, _NOT_NOW)),
    Route(
        "POST",
        f"{DEVICE}/reset",
        "reset",
        "Forget everything that was ever kept on this box, and start it anew. Nobody can undo it.",
        (_BEGUN, _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("The box's number, so that nobody does it to another one.", MAX_JSON_BYTES, NumberWish),
    ),
    Route(
        "GET",
        f"{API}/update",
        "get_update",
        "What came of updates.",
        (Answer(200, "It.", UpdateTold), _WRONG, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{API}/update",
        "install_update",
        "Begin to install an update beside what runs. It is tried at the next start.",
        (_BEGUN, _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("Which.", MAX_JSON_BYTES, UpdateWish),
    ),
    Route(
        "GET",
        f"{API}/stick",
        "get_stick",
        "Look at the USB stick; it is read, never written.",
        (Answer(200, "What on it may be an update.", StickTold), _NOT_NOW),
    ),
    Route("DELETE", f"{API}/stick", "close_stick", "The stick may be pulled out.", (_DONE, _NOT_NOW)),
)
