"""A take as MIDI sounds as it was played."""

from __future__ import annotations

from mos_appliance.music.smf import read_smf
from mos_appliance.store.take_export import export_take
from mos_appliance.store.take_format import Change, Content, Event, Facts

FRAMES_A_TICK = 25


def play(
    events: list[Event], controls: dict[str, list[float]], changes: list[Change] | None = None
) -> list[tuple[int, ...]]:
    smf = read_smf(export_take(Content(Facts(1, "Take 1", controls=controls), events, changes or [], 0)))
    return [(int(row["tick"]), int(row["status"]), int(row["data1"]), int(row["data2"])) for row in smf.events]


def note(pitch: int, at: int = 0, velocity: int = 80, channel: int = 0) -> list[Event]:
    on = Event(at * FRAMES_A_TICK, 0x90 | channel, pitch, 64, velocity)
    return [on, Event((at + 10) * FRAMES_A_TICK, 0x80 | channel, pitch, 0, 0)]


def notes(messages: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [message for message in messages if message[1] & 0xE0 == 0x80]


def test_a_note_has_the_velocity_that_sounded() -> None:
    assert notes(play(note(60, velocity=99), {})) == [(0, 0x90, 60, 99), (10, 0x80, 60, 64)]


def test_the_instrument_is_chosen_before_the_first_note() -> None:
    assert play(note(60), {"program": [40.0], "layer_pan": [10.0]})[:3] == [
        (0, 0xC0, 40, 0),
        (0, 0xB0, 7, 100),
        (0, 0xB0, 10, 10),
    ]


def test_layers_and_splits_and_transposition_sound() -> None:
    controls = {
        "layer_on": [1.0, 1.0, 0, 0],
        "highest_key": [59.0, 127.0, 127.0, 127.0],
        "lowest_key": [0.0, 60.0, 0.0, 0.0],
        "layer_transpose": [0.0, 12.0, 0, 0],
        "transpose": [2.0],
    }
    messages = notes(play(note(59) + note(60), controls))
    assert [(status, pitch) for _, status, pitch, _ in messages if status & 0x10] == [(0x90, 61), (0x9D, 74)]


def test_a_layer_of_drums_plays_on_the_channel_of_drums_untransposed() -> None:
    controls = {"bank": [128.0, 0, 0, 0], "transpose": [5.0]}
    assert notes(play(note(38), controls))[0][1:3] == (0x99, 38)


def test_a_note_ends_on_the_pitch_on_which_it_began_when_transposition_changes() -> None:
    events = note(60)
    changes = [Change(5 * FRAMES_A_TICK, "transpose", 0, 7.0)]
    assert [pitch for _, _, pitch, _ in notes(play(events, {}, changes))] == [60, 60]


def test_a_change_of_instrument_stands_where_it_was_made() -> None:
    messages = play(note(60) + note(62, at=40), {}, [Change(30 * FRAMES_A_TICK, "program", 0, 19.0)])
    assert (30, 0xC0, 19, 0) in messages


def test_pedal_and_bend_go_to_every_layer_that_is_on() -> None:
    events = [*note(60), Event(50, 0xB0, 64, 127, 0)]
    messages = play(events, {"layer_on": [1.0, 0, 1.0, 0]})
    assert [(status, data) for _, status, data, value in messages if value == 127 and data == 64] == [
        (0xB0, 64),
        (0xBE, 64),
    ]


def test_other_channels_keep_their_numbers() -> None:
    assert notes(play(note(60, channel=5) + note(38, channel=9), {"transpose": [1.0]}))[0][1:3] == (0x95, 61)
