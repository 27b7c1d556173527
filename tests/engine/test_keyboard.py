"""What keys become: layers, splits, transposition, touch; and nothing that was begun stays without an end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.engine.keyboard import (
    DRUM_CHANNEL,
    FIXED_AFTER,
    LIVE_CHANNEL_BASE,
    Keyboard,
    KeyboardFacts,
    velocity_table,
)
from mos_appliance.engine.panel import Panel
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.records import DoneResult, Source
from tests.engine.recording_synth import RecordingSynth


def keyboard(**controls: list[float]) -> tuple[Keyboard, RecordingSynth, Panel]:
    synth, panel = RecordingSynth(), Panel(controls)
    made = Keyboard(synth, panel)
    made.prepare()
    synth.messages.clear()
    return made, synth, panel


def change(made: Keyboard, panel: Panel, name: str, value: float, which: int = 0) -> None:
    assert panel.try_set(BY_NAME[name].number, which, value, owner=True) == DoneResult.DONE
    made.lay()


def test_a_key_plays_the_first_layer() -> None:
    made, synth, _ = keyboard()
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    made.play(Source.KEYBOARD, 0x80, 60, 0)
    assert synth.messages == [(0, 0x90, 60, 100), (0, 0x80, 60, 0)]


def test_two_layers_sound_together_each_shifted_by_its_own_amount() -> None:
    made, synth, _ = keyboard(layer_on=[1, 1], layer_transpose=[0, 12], transpose=[-2])
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    assert synth.notes() == [(0, 0x90, 58, 100), (1, 0x90, 70, 100)]


def test_a_split_keyboard_plays_one_layer_on_either_side() -> None:
    made, synth, _ = keyboard(layer_on=[1, 1], lowest_key=[60, 0], highest_key=[127, 59])
    made.play(Source.KEYBOARD, 0x90, 59, 100)
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    assert synth.notes() == [(1, 0x90, 59, 100), (0, 0x90, 60, 100)]


def test_a_note_ends_where_it_began_although_layers_changed_meanwhile() -> None:
    made, synth, panel = keyboard()
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    change(made, panel, "transpose", 5)
    change(made, panel, "layer_on", 0)
    made.play(Source.KEYBOARD, 0x80, 60, 0)
    assert synth.unclosed() == set()


def test_a_note_on_of_velocity_zero_is_a_note_off() -> None:
    made, synth, _ = keyboard()
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    made.play(Source.KEYBOARD, 0x90, 60, 0)
    assert synth.unclosed() == set()


def test_a_key_that_is_struck_twice_without_an_end_is_ended_once_more() -> None:
    made, synth, _ = keyboard()
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    made.play(Source.KEYBOARD, 0x90, 60, 90)
    assert [message[1] for message in synth.notes()] == [0x90, 0x80, 0x90]


def test_channel_10_plays_drums_without_transposition() -> None:
    made, synth, _ = keyboard(transpose=[7])
    made.play(Source.DIN, 0x99, 38, 100)
    assert synth.notes() == [(DRUM_CHANNEL, 0x90, 38, 100)]


def test_other_channels_play_instruments_of_their_own() -> None:
    made, synth, _ = keyboard()
    made.play(Source.KEYBOARD, 0xC3, 40, 0)
    made.play(Source.KEYBOARD, 0x93, 60, 100)
    assert synth.messages == [(LIVE_CHANNEL_BASE + 3, 0xC0, 40, 0), (LIVE_CHANNEL_BASE + 3, 0x90, 60, 100)]


def test_pedals_and_wheels_reach_every_layer_also_those_that_may_be_switched_on_later() -> None:
    made, synth, _ = keyboard(layer_on=[1, 0, 1])
    made.play(Source.KEYBOARD, 0xB0, 64, 127)
    made.play(Source.KEYBOARD, 0xE0, 0, 80)
    assert synth.messages == [
        *((layer, 0xB0, 64, 127) for layer in range(4)),
        *((layer, 0xE0, 0, 80) for layer in range(4)),
    ]


def test_a_layer_that_is_switched_off_under_the_pedal_is_let_go_with_the_pedal() -> None:
    made, synth, panel = keyboard(layer_on=[1, 1])
    made.play(Source.KEYBOARD, 0xB0, 64, 127)
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    change(made, panel, "layer_on", 0, which=1)
    made.play(Source.KEYBOARD, 0xB0, 64, 0)
    assert (1, 0xB0, 64, 0) in synth.messages


def test_pressure_on_a_key_follows_its_note_to_where_layers_and_transposition_put_it() -> None:
    made, synth, panel = keyboard(layer_on=[1, 1], layer_transpose=[0, 12], transpose=[-2])
    made.play(Source.KEYBOARD, 0x90, 60, 100)
    change(made, panel, "transpose", 5)
    made.play(Source.KEYBOARD, 0xA0, 60, 77)
    made.play(Source.KEYBOARD, 0xA0, 61, 77)
    assert synth.messages[2:] == [(0, 0xA0, 58, 77), (1, 0xA0, 70, 77)]


def test_letting_go_of_a_source_ends_its_notes_and_pedals_and_nobody_elses() -> None:
    made, synth, _ = keyboard()
    made.play(Source.HUB, 0x90, 60, 100)
    made.play(Source.HUB, 0xB0, 64, 127)
    made.play(Source.KEYBOARD, 0x90, 72, 100)
    assert made.release(Source.HUB) == 1
    assert synth.unclosed() == {(0, 72)}
    assert (0, 0xB0, 64, 0) in synth.messages
    assert made.release(Source.HUB) == 0


def test_wheels_of_a_keyboard_that_was_unplugged_spring_back() -> None:
    made, synth, _ = keyboard()
    made.play(Source.KEYBOARD, 0xE0, 0, 90)
    made.play(Source.KEYBOARD, 0xE2, 0, 64)
    made.play(Source.KEYBOARD, 0xB1, 1, 100)
    synth.messages.clear()
    made.release(Source.KEYBOARD)
    assert set(synth.messages) == {(49, 0xB0, 1, 0), *((layer, 0xE0, 0, 64) for layer in range(4))}
    made.release(Source.KEYBOARD)
    assert len(synth.messages) == 5


def test_a_keyboard_that_sends_one_velocity_only_is_found_not_to_feel_and_played_at_the_fixed_one() -> None:
    made, synth, _ = keyboard(fixed_velocity=[77])
    for key in range(40, 40 + FIXED_AFTER):
        made.play(Source.KEYBOARD, 0x90, key, 64)
        if made.facts.note(key, 64):
            made.learn_touch()
    assert made.facts.velocity == 1
    made.play(Source.KEYBOARD, 0x90, 100, 64)
    assert synth.notes()[-1] == (0, 0x90, 100, 77)


def test_a_keyboard_that_feels_is_believed_at_the_second_velocity() -> None:
    facts = KeyboardFacts()
    facts.note(60, 64)
    assert facts.note(62, 65)
    assert facts.velocity == 2


def test_a_pedal_between_up_and_down_is_continuous() -> None:
    facts = KeyboardFacts()
    assert facts.pedal_moved(127)
    assert facts.pedal == 1
    assert facts.pedal_moved(50)
    assert facts.pedal == 2
    assert not facts.pedal_moved(0)


@given(st.integers(0, 3), st.integers(1, 127))
def test_every_velocity_curve_rises_and_keeps_notes_audible(curve: int, fixed: int) -> None:
    table = velocity_table(curve, fixed)
    assert table[0] == 0
    assert min(table[1:]) >= 1
    assert max(table) <= 127
    assert list(table) == sorted(table)


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.sampled_from([0x80, 0x90, 0x91, 0x99]), st.integers(0, 127), st.integers(0, 127)),
        st.tuples(st.just("transpose"), st.integers(-24, 24)),
        st.tuples(st.just("layer"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("split"), st.integers(0, 3), st.integers(0, 127)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(_EVENTS)
def test_whatever_is_played_and_changed_a_release_leaves_no_note_sounding(events: list[tuple[object, ...]]) -> None:
    made, synth, panel = keyboard()
    for kind, *values in events:
        match kind:
            case "play":
                made.play(Source.KEYBOARD, *values)
            case "transpose":
                change(made, panel, "transpose", values[0])
            case "layer":
                change(made, panel, "layer_on", values[1], values[0])
            case _:
                change(made, panel, "lowest_key", values[1], values[0])
    made.release(Source.KEYBOARD)
    assert synth.unclosed() == set()
