"""One page's connection: what waits for it, what it may send, what it holds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.companion.live import BURST, MAX_BAD, MAX_WAITING, Holding, Session, encode_message
from mos_appliance.wire import live

HELLO = live.Hello("1", "MOS", True)


def fresh() -> Session:
    session = Session(True, lambda: [HELLO])
    session.take_waiting()
    return session


def push(session: Session, message: live.Message) -> None:
    session.push(*encode_message(message))


def kinds(session: Session) -> list[str]:
    return [json.loads(message)["kind"] for message in session.take_waiting()]


def statistics(frame: int) -> live.Statistics:
    return live.Statistics(frame, 0, 0, 0, 0, {"p50": 0, "p99": 0, "max": 0}, 0, 0.0, 0.0, 0.0)


def note(pitch: int) -> live.Note:
    return live.Note(True, pitch, 80, 0, 0, "hub", 0)


def test_the_first_thing_sent_is_the_whole_state() -> None:
    session = Session(True, lambda: [HELLO])
    push(session, note(60))
    assert kinds(session) == ["hello"]


def test_of_statistics_that_wait_only_the_last_is_sent_and_every_note() -> None:
    session = fresh()
    for number in range(50):
        push(session, statistics(number))
        push(session, note(number))
    waiting = [json.loads(message) for message in session.take_waiting()]
    assert [message["pitch"] for message in waiting if message["kind"] == "note"] == list(range(50))
    assert [message["frame"] for message in waiting if message["kind"] == "statistics"] == [49]


def test_a_page_that_takes_nothing_costs_no_more_memory_and_is_shown_the_state_when_it_is_back() -> None:
    session = fresh()
    for number in range(MAX_WAITING * 10):
        push(session, note(number % 128))
    assert len(session._waiting) == 0
    assert kinds(session) == ["hello"]
    push(session, note(60))
    assert kinds(session) == ["note"]


def test_an_answer_to_a_page_that_others_have_flooded_still_comes() -> None:
    session = fresh()
    session.tell(live.Pong(1))
    for number in range(MAX_WAITING * 2):
        push(session, note(number % 128))
    session.tell(live.Pong(2))
    assert kinds(session) == ["hello", "pong", "pong"]


def test_somebody_is_woken_when_the_first_message_waits() -> None:
    session = fresh()
    woken: list[int] = []
    session.wake = lambda: woken.append(1)
    push(session, note(60))
    push(session, note(61))
    assert len(woken) == 1


def test_the_first_wrong_message_is_answered_and_the_twentieth_closes() -> None:
    session = fresh()
    for _ in range(MAX_BAD - 1):
        assert session.receive('{"kind":"play","midi":[144,60,300]}', 1) is None
    assert kinds(session) == ["notice"]
    assert session.close_code == 0
    session.receive(b"\xff\xfe", 1)
    assert session.close_code == 1008


def test_too_many_messages_are_dropped_and_far_too_many_close() -> None:
    session = fresh()
    ping = '{"kind":"ping"}'
    taken = sum(session.receive(ping, 1) is not None for _ in range(int(BURST) + 100))
    assert taken == BURST
    assert session.dropping
    assert kinds(session) == ["notice"]
    assert session.receive(ping, 1_000_000_001) is not None
    for _ in range(int(BURST) * 4):
        session.receive(ping, 1_000_000_002)
    assert session.close_code == 1008


@given(st.text(max_size=200))
def test_whatever_text_comes_nothing_breaks(text: str) -> None:
    assert fresh().receive(text, 1) is None


@given(st.lists(st.tuples(st.sampled_from([0x80, 0x90, 0xB0, 0xE0]), st.integers(0, 127), st.integers(0, 127))))
def test_after_release_nothing_is_held(messages: list[tuple[int, int, int]]) -> None:
    holding = Holding()
    for message in messages:
        holding.take_in(*message)
    after = Holding()
    notes, controllers = set(holding.notes), set(holding.controllers)
    after.notes, after.controllers = notes, controllers
    for message in holding.release([]):
        after.take_in(*message)
    assert (after.notes, after.controllers, holding.notes) == (set(), set(), set())


def test_what_another_page_holds_too_is_not_released() -> None:
    one, other = Holding(), Holding()
    for holding in (one, other):
        holding.take_in(0x90, 60, 80)
    one.take_in(0x90, 64, 80)
    assert one.release([other]) == [(0x80, 64, 64)]
