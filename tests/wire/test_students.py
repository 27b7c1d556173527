"""Events of students: round trips, limits, and what a later version may have written."""

from __future__ import annotations

import msgspec
import pytest

from mos_appliance.errors import BadInput
from mos_appliance.wire.students import (
    KINDS,
    MAX_EVENT_BYTES,
    Attempted,
    BarTally,
    Body,
    Envelope,
    Equipped,
    LessonGiven,
    Named,
    Point,
    StepSkipped,
    body_of,
    decode_event,
    enclose,
    encode_event,
    kind_of,
)

TAKE = Attempted(
    "cid", "Tune", ("hand.right",), 0.5, (BarTally(1, 4, 1),), {"rhythm": 0.1}, (Point("hand.right", 1, 2),)
)
BODIES: tuple[Body, ...] = (Named("Mo"), Equipped(), TAKE, LessonGiven((("new", "cid"),)), StepSkipped("cid"))


@pytest.mark.parametrize("body", BODIES, ids=kind_of)
def test_what_happened_comes_back_as_it_was(body: Body) -> None:
    event = enclose(7, 1, 2, 20_500, body)
    again = decode_event(encode_event(event))
    assert again == event
    assert body_of(again) == body


def test_every_kind_is_tried_here() -> None:
    assert {kind_of(body) for body in BODIES} == set(KINDS)


def test_a_kind_that_is_not_known_is_kept_byte_for_byte() -> None:
    data = msgspec.msgpack.encode([7, 1, 2, None, "composed", {"a": [1, 2]}, "more of tomorrow"])
    event = decode_event(data)
    assert event.kind == "composed"
    assert body_of(event) is None
    assert decode_event(encode_event(event)) == event


def test_members_of_a_later_version_do_not_hinder_reading() -> None:
    row = [*msgspec.msgpack.decode(msgspec.msgpack.encode(TAKE)), "a new member", 5]
    event = Envelope(7, 1, 2, None, "attempted", msgspec.Raw(msgspec.msgpack.encode(row)))
    assert body_of(decode_event(encode_event(event))) == TAKE


@pytest.mark.parametrize(
    "row",
    [
        [],
        [7, 0, 1, None, "named", ["Mo"]],
        [-1, 1, 1, None, "named", ["Mo"]],
        [7, 1, 1, 3, "named", ["Mo"]],
        [7, 1, 1, 99_999_999, "named", ["Mo"]],
        [7, 1, 1, None, "", ["Mo"]],
        [7, 1, 1, None, "named"],
        {"origin": 7},
    ],
)
def test_an_envelope_that_is_none_is_refused(row: object) -> None:
    with pytest.raises(BadInput):
        decode_event(msgspec.msgpack.encode(row))


@pytest.mark.parametrize(
    "body",
    [
        ["attempted", ["cid", "Tune", ["x"], 0.5, [[0, 4]]]],
        ["attempted", ["cid", "Tune", ["x"] * 33, 0.5, []]],
        ["attempted", ["cid", "Tune", ["x"], 11, []]],
        ["attempted", ["cid", "Tune", ["x"], 0.5, [], {str(n): 1.0 for n in range(41)}]],
        ["named", [""]],
        ["named", ["M" * 41]],
        ["equipped", [200]],
        ["lesson given", [[["new", "x"]] * 33]],
    ],
)
def test_a_body_outside_of_its_limits_is_refused(body: list[object]) -> None:
    event = Envelope(7, 1, 1, None, str(body[0]), msgspec.Raw(msgspec.msgpack.encode(body[1])))
    with pytest.raises(BadInput):
        body_of(event)


def test_an_event_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(BadInput, match="KiB"):
        decode_event(bytes(MAX_EVENT_BYTES + 1))


def test_the_largest_take_fits_into_an_event() -> None:
    bars = tuple(BarTally(bar, 1_000, 900, 900, 900, 900) for bar in range(1, 2001))
    take = Attempted("c" * 59, "T" * 300, ("s" * 60,) * 32, 10.0, bars, {"f" * 20 + str(n): 0.1 for n in range(40)})
    assert len(encode_event(enclose(2**62, 2**53, 2**53, 20_500, take))) < MAX_EVENT_BYTES
