"""The fold over the engine's records: what pages are told, and what a new page is told at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.companion.state import State
from mos_appliance.wire import live
from mos_appliance.wire.controls import BY_NAME, CONTROLS
from mos_appliance.wire.files import Sound
from mos_appliance.wire.records import RECORD_BYTES, DeviceState, Kind, Source, TransportState, decode, encode


def feed(state: State, *records: bytes) -> list[live.Message]:
    return [message for record in decode(b"".join(records)) for message in state.fold(record)]


def midi(*message: int, source: Source = Source.KEYBOARD, channel: int = 0, frame: int = 100) -> bytes:
    velocity = message[2] + 5 if message[0] & 0xF0 == 0x90 and message[2] else 0
    return encode(Kind.MIDI_HAPPENED, *message, velocity, 0, 777, flags=source, index=channel, frame=frame)


def hello(pid: int) -> bytes:
    return encode(Kind.ENGINE_HELLO, 48_000, 64, 2, pid, 16)


def test_a_note_tells_the_velocity_that_sounded_and_who_played_it() -> None:
    assert feed(State(), midi(0x90, 60, 80)) == [live.Note(True, 60, 85, 100, 777, "keyboard", 0, None)]


def test_a_note_on_of_velocity_zero_is_a_note_off() -> None:
    state = State()
    feed(state, midi(0x90, 60, 80))
    note = feed(state, midi(0x90, 60, 0))[0]
    assert isinstance(note, live.Note)
    assert not note.on
    assert state.held == {}


def test_a_note_of_the_song_tells_its_part() -> None:
    note = feed(State(), midi(0x90, 60, 80, source=Source.SONG, channel=3))[0]
    assert isinstance(note, live.Note)
    assert (note.source, note.part) == ("song", 3)


def test_notes_that_the_engine_released_end_for_the_pages_too() -> None:
    state = State()
    feed(state, midi(0x90, 60, 80), midi(0x90, 62, 80, source=Source.SONG, channel=16), midi(0xB0, 64, 127))
    gone = feed(state, encode(Kind.NOTES_RELEASED, 1, flags=Source.KEYBOARD, index=3, frame=200))
    assert [(type(message).__name__, getattr(message, "pitch", 64)) for message in gone] == [
        ("Note", 60),
        ("Pedal", 64),
    ]
    assert [note.pitch for note in state.held.values()] == [62]


def test_pedals_of_the_song_are_not_the_players() -> None:
    assert feed(State(), midi(0xB0, 64, 127, source=Source.SONG)) == []


def test_a_control_is_told_only_when_it_changes() -> None:
    state = State()
    record = encode(Kind.CONTROL_CHANGED, 41.0, 2, index=BY_NAME["program"].number)
    assert feed(state, record, record) == [live.Control("program", 41.0, 2)]


def test_statistics_are_told_once_the_three_records_of_a_round_are_there() -> None:
    state = State()
    load = encode(Kind.LOAD_MEASURED, 180, 260, 320, 1333, 4, 9, index=36)
    level = encode(Kind.LEVEL_MEASURED, -12.0, 1.5, 2700, 0)
    clock = encode(Kind.CLOCK_PAIRED, 5_000, 960, 1, 2, frame=4800)
    assert feed(state, load, clock) == []
    told = feed(state, load, level, clock)
    assert told == [
        live.Statistics(4800, 5000, 4, 36, 9, {"p50": 180, "p99": 260, "max": 320}, 1333, 2.7, -12.0, 1.5, 960, 1, 2)
    ]


def test_another_engine_is_a_restart_and_holds_nothing() -> None:
    state = State()
    assert feed(state, hello(1)) == [live.EngineState(True, 0)]
    feed(state, midi(0x90, 60, 80))
    assert feed(state, hello(1)) == []
    told = feed(state, hello(2))
    assert (told[0], told[-1]) == (live.EngineState(False, 0), live.EngineState(True, 1))
    assert [message.on for message in told if isinstance(message, live.Note)] == [False]


def test_a_silent_engine_is_told_once() -> None:
    state = State()
    feed(state, hello(1), midi(0x90, 60, 80))
    assert [type(message) for message in state.lose_engine()] == [live.EngineState, live.Note]
    assert state.lose_engine() == []
    assert state.find_engine() == [live.EngineState(True, 0)]


def test_a_device_that_nobody_hears_makes_the_page_offer_its_own_sound() -> None:
    state = State()
    state.sound = Sound("Silence", heard=False)
    told = feed(state, encode(Kind.SOUND_DEVICE_CHANGED, 64, 2, 16, 0, 0, 0, index=DeviceState.SIMULATED))
    assert told == [live.Device("simulated", "Silence", 64, 2, 16, browser_sound=True)]
    state.sound = Sound("USB Audio")
    told = feed(state, encode(Kind.SOUND_DEVICE_CHANGED, 64, 2, 16, 0, 1, 3, index=DeviceState.PLAYING))
    assert told == [live.Device("playing", "USB Audio", 64, 2, 16, False, "open", 3)]


def test_the_transport_tells_the_loop_that_the_engine_has() -> None:
    state = State()
    (told,) = feed(state, encode(Kind.LOOP_CHANGED, 0, 3840))
    assert isinstance(told, live.Transport)
    assert told.loop == (0, 3840)
    assert feed(state, encode(Kind.LOOP_CHANGED, 0, 3840)) == []
    told = feed(state, encode(Kind.TRANSPORT_CHANGED, 960, 50.0, 60.0, 1, 2, index=TransportState.PLAYING, frame=9))
    assert told == [live.Transport("playing", 960, 1, 2, 60.0, 50.0, (0, 3840), 9)]


def test_an_engine_that_is_gone_takes_its_figures_along() -> None:
    state = State()
    for kind, values in ((Kind.LOAD_MEASURED, (1, 2, 3, 4, 5, 6)), (Kind.LEVEL_MEASURED, (-3.0, 0.0, 9, 0))):
        feed(state, encode(kind, *values, index=36))
    feed(state, encode(Kind.ENGINE_HELLO, 48_000, 64, 2, 1, 24), encode(Kind.CLOCK_PAIRED, 0, 0, 1, 1))
    assert state.statistics is not None and state.statistics.voices == 36
    feed(state, encode(Kind.ENGINE_HELLO, 48_000, 64, 2, 2, 24), encode(Kind.CLOCK_PAIRED, 0, 0, 1, 1))
    assert state.statistics is None


def test_a_song_is_known_by_the_handle_that_the_hub_gave_it() -> None:
    state = State()
    song = live.SongLoaded("Für Elise", 3840, [], [0])
    state.songs[7] = song
    assert feed(state, encode(Kind.SONG_LOADED, 3840, 12, 7)) == [song]
    assert feed(state, encode(Kind.SONG_LOADED, 0, 0, 0)) == [live.SongLoaded("", 0, [], [])]


def test_the_same_file_loaded_once_more_is_a_song_of_its_own() -> None:
    state = State()
    for handle in (7, 8):
        song = live.SongLoaded("Für Elise", 3840, [], [0])
        state.songs = {handle: song}
        assert feed(state, encode(Kind.SONG_LOADED, 3840, 12, handle)) == [song]
        assert feed(state, encode(Kind.SONG_LOADED, 3840, 12, handle)) == []
        assert state.song is song
        feed(state, encode(Kind.LOOP_CHANGED, 0, 960))
    assert feed(state, encode(Kind.SONG_LOADED, 99, 1, 1)) == [live.SongLoaded("?", 99, [], [])]
    assert feed(state, encode(Kind.SONG_LOADED, 99, 1, 1)) == []


def test_a_keyboard_that_is_gone_takes_what_was_learnt_of_it_along() -> None:
    state = State()
    state.connect_keyboards(["Piano"])
    feed(state, encode(Kind.KEYBOARD_LEARNT, 21, 108, 2, 1, 99))
    assert state.keyboard == live.Keyboard(["Piano"], 21, 108, "varies", "switch")
    assert state.connect_keyboards(["Piano"]) == []
    assert state.connect_keyboards([]) == [live.Keyboard([])]


def test_what_is_remembered_outlives_the_hub_and_rubbish_in_it_does_not() -> None:
    state = State()
    feed(state, encode(Kind.CONTROL_CHANGED, 33.0, 0, index=BY_NAME["volume"].number))
    again = State()
    again.recall({**state.remembered(), "loudness": [3.0], "reverb": [1e9], "program": [5.0] * 99})
    assert again.controls["volume", 0] == 33.0
    assert again.controls["reverb", 0] == BY_NAME["reverb"].default
    assert again.controls["program", 3] == 5.0
    assert set(again.remembered()) == {row.name for row in CONTROLS if row.remembered}


@given(st.lists(st.binary(min_size=RECORD_BYTES, max_size=RECORD_BYTES), max_size=30))
def test_no_record_breaks_it_whatever_a_newer_engine_says(records: list[bytes]) -> None:
    state = State()
    for number, record in enumerate(records):
        kind = list(Kind)[number % len(Kind)]
        feed(state, bytes((kind,)) + record[1:])
    for message in state.snapshot():
        assert isinstance(message, live.Message)
