"""The instrument as a whole: what is played, asked for and told, chunk by chunk."""

import numpy as np

from mos_appliance.engine.commands import HUB_PATIENCE, OWNER, Commands
from mos_appliance.engine.costs import BURST_SHARE, FEWEST_STARTS, MOST_STARTS, OFFLINE, CostTable
from mos_appliance.engine.instrument import MOST_WAITING, SONG_CHANNEL, TOLD_A_CHUNK, Engine
from mos_appliance.engine.keyboard import FIXED_AFTER
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.talk import TALK_RING_BYTES, Talk, lay_out_talk_ring
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.records import (
    DoneResult,
    Kind,
    Record,
    Source,
    TransportState,
    TransportVerb,
    decode,
    encode,
)
from mos_appliance.wire.rings import HEADER_BYTES, Word
from mos_appliance.wire.song import encode_song
from tests.engine.recording_synth import RecordingSynth
from tests.engine.songs import make_song

CHUNK = 64
CHUNK_NS = CHUNK * 1e9 / 48_000


class Bench:
    """An engine on a synthesiser that writes down what it is told, and the hub's end of its records."""

    def __init__(self, costs: CostTable = OFFLINE, **controls: list[float]) -> None:
        self.synth = RecordingSynth()
        self.talk_ring = memoryview(bytearray(TALK_RING_BYTES))
        lay_out_talk_ring(self.talk_ring)
        self.engine = Engine(self.synth, Panel(controls), costs, Talk(self.talk_ring, CHUNK))
        self.engine.play_into(CHUNK, 4)
        self.commands = Commands(self.engine, lambda: None)
        self.synth.messages.clear()
        self.out = np.zeros(2 * CHUNK, np.int32)
        self.told: list[Record] = []

    def chunks(self, count: int = 1) -> None:
        for _ in range(count):
            self.engine.chunk(self.out)
            self.collect()

    def collect(self) -> None:
        while datagram := self.engine.outbox.take():
            self.told += decode(datagram)

    def ask(self, kind: Kind, *values: float, index: int = 0, flags: int = 0) -> DoneResult:
        """Send a command; returns the engine's answer to it."""
        (record,) = decode(encode(kind, *values, index=index, flags=flags, sequence=7))
        self.commands.carry_out(record, 0)
        return self._answer()

    def load(self, song: object, handle: int = 5) -> DoneResult:
        block = encode_song(song)  # type: ignore[arg-type]
        (record,) = decode(encode(Kind.LOAD_SONG, len(block), handle, sequence=7))
        self.commands.load_song(record, memoryview(block))
        return self._answer()

    def _answer(self) -> DoneResult:
        self.collect()
        answer = [record for record in self.told if record.kind == Kind.COMMAND_DONE][-1]
        assert answer.value("command") == 7
        return DoneResult(answer.which)

    def of(self, kind: Kind) -> list[Record]:
        self.collect()
        return [record for record in self.told if record.kind == kind]

    def set(self, name: str, value: float, which: int = 0, flags: int = 0) -> DoneResult:
        return self.ask(Kind.SET_CONTROL, value, which, index=BY_NAME[name].number, flags=flags)


def test_a_key_is_told_with_its_frame_its_source_and_the_velocity_that_sounded() -> None:
    bench = Bench(velocity_curve=[3], fixed_velocity=[33])
    bench.chunks(10)
    bench.engine.live(Source.KEYBOARD, 0x90, 60, 100, 123)
    bench.chunks()
    (record,) = bench.of(Kind.MIDI_HAPPENED)
    assert (record.frame, record.flags) == (640, Source.KEYBOARD)
    assert record.as_dict() == {
        "status": 0x90, "data1": 60, "data2": 100, "velocity": 33, "tick": 0, "at_ns": 123,
    }  # fmt: skip


def test_300_note_ons_at_once_are_spread_over_chunks_by_the_cost_table_and_none_is_lost() -> None:
    bench = Bench(CostTable(base_ns=0, voice_ns=1000, start_ns=50_000, fade_ns=0, extra_ns=0))
    for number in range(300):
        bench.engine.live(Source.KEYBOARD, 0x90 | number % 3 + 1, number % 100, 100, 0)
    a_chunk = []
    for _ in range(110):
        before = len(bench.synth.notes())
        bench.chunks()
        a_chunk.append(sum(message[1] == 0x90 for message in bench.synth.notes()[before:]))
    assert max(a_chunk) == -(-BURST_SHARE * CHUNK_NS // 51_000), "as many as fill their share of a block, and one begun"
    assert len(bench.of(Kind.MIDI_HAPPENED)) == 300
    assert bench.engine.shed == 0


def test_the_more_sounds_the_fewer_notes_start_in_one_chunk_but_never_none() -> None:
    bench = Bench(CostTable(base_ns=0, voice_ns=5_000, start_ns=50_000, fade_ns=0, extra_ns=0))
    started = []
    for sounding in (0, 40, 120):
        bench.synth.sounding = sounding
        bench.engine.count_voices()
        bench.chunks()
        before = len(bench.synth.notes())
        for key in range(20):
            bench.engine.live(Source.KEYBOARD, 0x91, key, 100, 0)
        started.append(len(bench.synth.notes()) - before)
        bench.engine.panic()
    assert started[0] > started[1] > started[2] == FEWEST_STARTS
    assert bench.engine.shed == 0


def test_a_burst_beyond_all_bounds_loses_note_ons_which_are_counted_but_no_note_off() -> None:
    bench = Bench(CostTable(base_ns=0, voice_ns=1000, start_ns=300_000, fade_ns=0, extra_ns=0))
    for _ in range(4):
        for key in range(128):
            for channel in range(1, 4):
                bench.engine.live(Source.KEYBOARD, 0x90 | channel, key, 100, 0)
    for key in range(128):
        for channel in range(1, 4):
            bench.engine.live(Source.KEYBOARD, 0x80 | channel, key, 0, 0)
    assert bench.engine.shed >= 4 * 3 * 128 - MOST_WAITING - MOST_STARTS
    bench.chunks(MOST_WAITING + 400)
    assert bench.synth.unclosed() == set()


def test_what_waits_keeps_its_order() -> None:
    bench = Bench(CostTable(base_ns=0, voice_ns=1000, start_ns=300_000, fade_ns=0, extra_ns=0))
    bench.engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    bench.engine.live(Source.KEYBOARD, 0x90, 62, 100, 0)
    bench.engine.live(Source.KEYBOARD, 0x80, 62, 0, 0)
    bench.chunks(3)
    assert [message[1:3] for message in bench.synth.notes()] == [(0x90, 60), (0x90, 62), (0x80, 62)]


def test_a_control_out_of_range_changes_nothing_and_says_so() -> None:
    bench = Bench()
    assert bench.set("volume", 101) == DoneResult.OUT_OF_RANGE
    assert bench.set("volume", float("nan")) == DoneResult.OUT_OF_RANGE
    assert bench.of(Kind.CONTROL_CHANGED)[-1].value("value") == 70
    assert bench.ask(Kind.SET_CONTROL, 1, 0, index=9999) == DoneResult.UNKNOWN


def test_only_the_owner_can_raise_the_volume_cap() -> None:
    bench = Bench()
    assert bench.set("volume_cap", 0) == DoneResult.OUT_OF_RANGE
    assert bench.engine.mixer.ceiling < 0.3
    assert bench.set("volume_cap", 0, flags=OWNER) == DoneResult.DONE
    assert bench.engine.mixer.ceiling == 1.0


def test_what_the_hub_holds_is_released_after_a_second_without_a_word_from_it() -> None:
    bench = Bench()
    bench.ask(Kind.PLAY_MIDI, 0x90, 60, 100)
    bench.engine.live(Source.KEYBOARD, 0x90, 72, 100, 0)
    bench.chunks(HUB_PATIENCE // CHUNK)
    bench.commands.watch_hub()
    assert bench.synth.unclosed() == {(0, 60), (0, 72)}
    bench.chunks(2)
    bench.commands.watch_hub()
    assert bench.synth.unclosed() == {(0, 72)}
    assert bench.of(Kind.NOTES_RELEASED)[-1].which == 2


def test_a_pedal_that_only_the_hub_holds_is_released_too() -> None:
    bench = Bench()
    bench.ask(Kind.PLAY_MIDI, 0xB0, 64, 127)
    bench.chunks(HUB_PATIENCE // CHUNK + 2)
    bench.commands.watch_hub()
    assert bench.synth.messages[-1][1:] == (0xB0, 64, 0)


def test_another_hub_however_soon_it_comes_finds_nothing_held_by_the_one_before() -> None:
    bench = Bench()
    bench.ask(Kind.HUB_HELLO, 100)
    bench.ask(Kind.PLAY_MIDI, 0x90, 60, 100)
    bench.ask(Kind.HUB_HELLO, 100)
    assert bench.synth.unclosed() == {(0, 60)}
    bench.ask(Kind.HUB_HELLO, 101)
    assert bench.synth.unclosed() == set()


def test_a_source_that_is_no_keyboard_cannot_be_unplugged() -> None:
    bench = Bench()
    for source in (Source.HUB, Source.SONG, 200):
        assert bench.ask(Kind.KEYBOARD_GONE, flags=source) == DoneResult.OUT_OF_RANGE


def test_a_keyboard_taken_for_one_that_does_not_feel_is_believed_as_soon_as_it_shows_that_it_does() -> None:
    bench = Bench(fixed_velocity=[90])
    for key in range(FIXED_AFTER):
        bench.engine.live(Source.KEYBOARD, 0x90, 30 + key, 64, 0)
        bench.chunks()
    for velocity in (64, 65, 20):
        bench.engine.live(Source.KEYBOARD, 0x90, 40, velocity, 0)
        bench.chunks()
    assert [message[3] for message in bench.synth.notes() if message[1] == 0x90][-3:] == [90, 90, 20]


def test_a_chunk_of_48_frames_may_hold_fewer_voices_for_it_has_less_time() -> None:
    bench = Bench(CostTable(base_ns=100_000, voice_ns=10_000, start_ns=20_000, fade_ns=0, extra_ns=60_000))
    at_64 = bench.synth.polyphony
    bench.engine.play_into(48, 2)
    at_48 = bench.synth.polyphony
    assert 16 < at_48 < at_64
    bench.engine.play_into(64, 2)
    assert bench.synth.polyphony == at_64


def test_speech_is_mixed_in_whatever_the_length_of_a_chunk() -> None:
    for frames in (48, 64):
        bench = Bench()
        bench.engine.play_into(frames, 4)
        words = bench.talk_ring[:HEADER_BYTES].cast("Q")
        np.frombuffer(bench.talk_ring, np.int16, offset=HEADER_BYTES)[:] = 8000
        words[Word.HEAD] = 100
        out = np.zeros(2 * frames, np.int32)
        for _ in range(99):
            bench.engine.chunk(out)
        assert abs(int(out[0])) > 1 << 24


def test_speech_is_as_loud_as_it_is_set_whatever_the_volume_of_the_music_is_or_becomes() -> None:
    heard = []
    for volume, later in ((100, 100), (0, 0), (100, 1)):
        bench = Bench(volume=[volume], talk_volume=[50])
        bench.chunks(200)
        np.frombuffer(bench.talk_ring, np.int16, offset=HEADER_BYTES)[:] = 8000
        bench.talk_ring[:HEADER_BYTES].cast("Q")[Word.HEAD] = 100
        bench.chunks(20)
        bench.set("volume", later)
        for _ in range(70):
            bench.chunks()
            heard.append(bench.out / 2**31)
    cap = 10 ** (-12 / 20)
    np.testing.assert_allclose(heard, 8000 / 32768 * 0.25 * cap, rtol=0.02)


def test_a_metronome_may_be_left_running_for_more_bars_than_a_record_can_count() -> None:
    bench = Bench(beats=[1], tempo=[300], beat_unit=[32])
    bench.set("metronome", 1)
    bench.chunks()
    bench.engine.transport.beat_now = (70_000, 1)
    bench.engine.tell_transport()
    assert bench.of(Kind.TRANSPORT_CHANGED)[-1].value("bar") == 65_535


def test_an_unplugged_keyboard_lets_go_of_its_notes_and_is_learnt_anew() -> None:
    bench = Bench()
    bench.engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    bench.ask(Kind.KEYBOARD_GONE, flags=Source.KEYBOARD)
    assert bench.synth.unclosed() == set()
    assert bench.engine.keyboard.facts.notes == 0


def test_panic_ends_everything_and_the_instrument_plays_on() -> None:
    bench = Bench(program=[40])
    bench.engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    bench.load(make_song([(0, 0, 0x90, 64, 90)], end_tick=9600))
    bench.ask(Kind.MOVE_TRANSPORT, 0, index=TransportVerb.PLAY)
    bench.chunks(3)
    bench.synth.messages.clear()
    bench.ask(Kind.PANIC)
    assert bench.synth.resets == 1
    assert bench.engine.transport.state == TransportState.STOPPED
    assert (0, 0xC0, 40, 0) in bench.synth.messages
    bench.engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    assert bench.synth.notes()[-1] == (0, 0x90, 60, 100)


def test_system_messages_and_data_bytes_over_127_are_refused() -> None:
    bench = Bench()
    assert bench.ask(Kind.PLAY_MIDI, 0xF0, 1, 2) == DoneResult.OUT_OF_RANGE
    assert bench.ask(Kind.PLAY_MIDI, 0x90, 200, 2) == DoneResult.OUT_OF_RANGE
    assert bench.ask(Kind.PLAY_MIDI, 0x20, 20, 2) == DoneResult.OUT_OF_RANGE
    assert bench.synth.messages == []


def test_a_song_plays_on_the_channels_of_its_parts_and_its_drums_stay_drums() -> None:
    bench = Bench()
    song = make_song([(0, 0, 0x90, 64, 90), (0, 9, 0xB0, 0, 5), (0, 9, 0x90, 38, 90)], end_tick=960)
    parts = song.parts.copy()
    parts["drums"][9] = 1
    drummed = type(song)(song.tempi, song.metres, parts, song.events, song.end_tick)
    assert bench.load(drummed) == DoneResult.DONE
    bench.chunks()
    assert (SONG_CHANNEL + 9, 0xB0, 0, 120) in bench.synth.messages
    assert bench.ask(Kind.MOVE_TRANSPORT, 0, index=TransportVerb.PLAY) == DoneResult.DONE
    bench.chunks(2)
    assert {(SONG_CHANNEL, 0x90, 64, 90), (SONG_CHANNEL + 9, 0x90, 38, 90)} <= set(bench.synth.notes())
    assert (SONG_CHANNEL + 9, 0xB0, 0, 5) not in bench.synth.messages
    assert [record.flags for record in bench.of(Kind.MIDI_HAPPENED)] == [Source.SONG] * len(
        bench.of(Kind.MIDI_HAPPENED)
    )


def test_a_new_song_begins_with_all_its_parts_sounding() -> None:
    bench = Bench()
    bench.set("muted", 1, which=0)
    bench.set("solo", 1, which=3)
    bench.load(make_song([(0, 0, 0x90, 64, 90)], end_tick=960))
    bench.chunks()
    assert bench.engine.panel.get("muted", 0) == bench.engine.panel.get("solo", 3) == 0
    bench.ask(Kind.MOVE_TRANSPORT, 0, index=TransportVerb.PLAY)
    bench.chunks(2)
    assert bench.synth.notes() == [(SONG_CHANNEL, 0x90, 64, 90)]


def test_an_engine_that_holds_no_song_says_so_when_it_says_hello() -> None:
    bench = Bench()
    bench.engine.tell_everything()
    (told,) = bench.of(Kind.SONG_LOADED)
    assert told.as_dict() == {"end_tick": 0, "events": 0, "song": 0}


def test_a_song_that_is_none_is_refused_and_the_engine_plays_on() -> None:
    bench = Bench()
    (record,) = decode(encode(Kind.LOAD_SONG, 10, 5, sequence=7))
    bench.commands.load_song(record, memoryview(b"nonsense!!"))
    assert bench._answer() == DoneResult.BAD_SONG
    assert bench.ask(Kind.MOVE_TRANSPORT, 0, index=TransportVerb.PLAY) == DoneResult.NO_SONG
    bench.chunks()


def test_a_song_with_a_bad_event_far_inside_is_put_away_before_it_plays() -> None:
    bench = Bench()
    song = make_song([(tick, 0, 0x90, 64, 90) for tick in range(5000)])
    block = bytearray(encode_song(song))
    block[-3] = 0xF0
    (record,) = decode(encode(Kind.LOAD_SONG, len(block), 5, sequence=7))
    bench.commands.load_song(record, memoryview(bytes(block)))
    assert bench._answer() == DoneResult.DONE
    bench.chunks(5)
    assert bench.of(Kind.SONG_LOADED)[-1].value("events") == 0


def test_a_description_tells_every_control_and_the_transport() -> None:
    bench = Bench(volume=[33])
    every = len(list(bench.engine.panel.everything()))
    bench.ask(Kind.DESCRIBE_STATE)
    bench.chunks(every // TOLD_A_CHUNK + 1)
    told = {(record.which, record.value("which")): record.value("value") for record in bench.of(Kind.CONTROL_CHANGED)}
    assert told[BY_NAME["volume"].number, 0] == 33
    assert len(told) == every
    assert bench.of(Kind.TRANSPORT_CHANGED)
    assert bench.of(Kind.SONG_LOADED)


def test_no_chunk_has_to_tell_more_than_a_few_controls() -> None:
    bench = Bench()
    bench.ask(Kind.DESCRIBE_STATE)
    told = len(bench.of(Kind.CONTROL_CHANGED))
    for _ in range(5):
        bench.chunks()
        now = len(bench.of(Kind.CONTROL_CHANGED))
        assert now - told == TOLD_A_CHUNK
        told = now


def test_the_metronome_clicks_at_its_exact_frames() -> None:
    bench = Bench(volume=[100], volume_cap=[0], metronome_volume=[100])
    bench.engine.mixer.gain = bench.engine.mixer.target
    bench.set("tempo", 120)
    bench.set("metronome", 1)
    sound = []
    for _ in range(48_000 * 2 // CHUNK):
        bench.chunks()
        sound.append(bench.out.copy())
    left = np.abs(np.concatenate(sound)[::2]) > 2**31 * 0.0005
    starts = [place for place in np.flatnonzero(left) if not left[max(0, place - 4000) : place].any()]
    assert len(starts) == 4
    assert np.all(np.abs(np.diff(starts) - 24_000) <= 2)


def test_the_level_that_a_keyboard_sends_is_the_panels_too() -> None:
    bench = Bench(layer_on=[1.0, 1.0, 0.0, 0.0])
    bench.engine.live(Source.KEYBOARD, 0xB0, 7, 64, 0)
    bench.engine.live(Source.KEYBOARD, 0xB0, 10, 20, 0)
    told = [(record.which, record.values) for record in bench.of(Kind.CONTROL_CHANGED)]
    level, place = BY_NAME["layer_volume"].number, BY_NAME["layer_pan"].number
    assert told == [(level, (64.0, 0)), (level, (64.0, 1)), (place, (20.0, 0)), (place, (20.0, 1))]
    assert [bench.engine.panel.get("layer_volume", layer) for layer in range(4)] == [64, 64, 100, 100]


def test_a_bank_that_a_keyboard_selects_changes_no_layer() -> None:
    bench = Bench()
    for controller in (0, 32):
        bench.engine.live(Source.KEYBOARD, 0xB0, controller, 8, 0)
    assert not [message for message in bench.synth.messages if message[1] == 0xB0 and message[2] in (0, 32)]


def test_one_of_two_keyboards_that_goes_leaves_what_the_other_has_shown() -> None:
    bench = Bench()
    for velocity in (30, 90):
        bench.engine.live(Source.KEYBOARD, 0x90, 60, velocity, 0)
    assert bench.ask(Kind.KEYBOARD_GONE, flags=Source.KEYBOARD, index=1) == DoneResult.DONE
    assert (bench.engine.keyboard.facts.notes, bench.engine.keyboard.holds(Source.KEYBOARD)) == (2, False)
    bench.ask(Kind.KEYBOARD_GONE, flags=Source.KEYBOARD)
    assert bench.engine.keyboard.facts.notes == 0


def test_a_keyboard_that_goes_is_no_sign_of_life_of_the_hub() -> None:
    bench = Bench()
    bench.ask(Kind.PLAY_MIDI, 0x90, 60, 80)
    for _ in range(HUB_PATIENCE // CHUNK // 10 + 2):
        bench.chunks(10)
        bench.ask(Kind.KEYBOARD_GONE, flags=Source.KEYBOARD)
    bench.commands.watch_hub()
    assert not bench.engine.keyboard.holds(Source.HUB)


def test_the_loop_is_told_when_it_is_asked_for_and_with_the_whole_state() -> None:
    bench = Bench()
    bench.load(make_song([(0, 0, 0x90, 60, 80), (3840, 0, 0x80, 60, 0)]))
    bench.chunks(100)
    assert bench.ask(Kind.SET_LOOP, 960, 1920) == DoneResult.DONE
    assert bench.of(Kind.LOOP_CHANGED)[-1].values == (960, 1920)
    bench.told.clear()
    bench.ask(Kind.DESCRIBE_STATE)
    assert bench.of(Kind.LOOP_CHANGED)[-1].values == (960, 1920)
    bench.ask(Kind.SET_LOOP, 0, 0)
    assert bench.of(Kind.LOOP_CHANGED)[-1].values == (0, 0)
