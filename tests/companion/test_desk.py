"""The desk: what patchbay is told of the keyboards' own speakers."""

from __future__ import annotations

import pytest

from mos_appliance.companion.desk import Desk
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import Keyboards
from mos_appliance.wire.records import Kind, Record, decode


class Peer:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.told: list[Record] = []

    def send(self, record: bytes) -> None:
        self.told += decode(record)


@pytest.mark.parametrize(
    ("wanted", "known", "told"),
    [
        (1.0, None, [1.0]),  # switched on, and off and on again: patchbay has forgotten, the hub has not
        (1.0, False, [1.0]),
        (1.0, True, []),
        (0.0, True, [0.0]),
        (0.0, False, []),
        (0.0, None, []),  # nobody ever asked: keyboards are left as they are
    ],
)
def test_keyboards_are_told_of_local_off_when_patchbay_does_not_know_what_was_remembered(
    wanted: float, known: bool | None, told: list[float]
) -> None:
    patchbay = Peer()
    desk = Desk("1", "MOS", Peer(), patchbay)
    desk.state.recall({"local_off": [wanted]})
    desk.meet_keyboards(Keyboards(["Piano"], [], known))
    assert [record.value("value") for record in patchbay.told] == told
    assert all(
        (record.kind, record.which) == (Kind.SET_CONTROL, BY_NAME["local_off"].number) for record in patchbay.told
    )
    assert desk.state.keyboard.names == ["Piano"]


def test_a_keyboard_with_speakers_is_asked_to_keep_them_silent() -> None:
    engine, patchbay = Peer(), Peer()
    desk = Desk("1", "MOS", engine, patchbay)
    desk.set_control("speakers", 1, 0, owner=True)
    asked = [(record.which, record.value("value")) for record in engine.told]
    assert asked == [(BY_NAME["speakers"].number, 1), (BY_NAME["local_off"].number, 1)]
    assert [record.value("value") for record in patchbay.told] == [1]
    desk.set_control("speakers", 0, 0, owner=True)
    assert len(patchbay.told) == 1
