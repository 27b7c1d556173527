"""The doors through which MIDI comes: files and live bytes. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

import random

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.midi import DATA_BYTES, NOTE_ON, StreamParser
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import Smf, read_smf
from mos_appliance.music.smf_write import write_smf
from mos_appliance.wire.song import decode_song, encode_song
from mos_appliance.wire.song_from_smf import song_from, song_message


def fuzz_smf(data: bytes) -> None:
    """Read in both ways to the same end, list, arrange, put on the wire, write and read again."""
    quick, smf = (_outcome(data, careful) for careful in (False, True))
    if isinstance(smf, BadInput):
        assert str(quick) == str(smf)
        raise smf
    assert isinstance(quick, Smf)
    assert same_music(quick, smf)
    assert (quick.sysex, quick.warnings) == (smf.sysex, smf.warnings)
    piece = read_notes(smf)
    starts = (smf.events["status"] & 0xF0 == NOTE_ON) & (smf.events["data2"] > 0)
    assert len(piece.notes) == np.count_nonzero(starts)
    assert np.all(piece.notes["duration"] >= 0)
    assert np.all(np.diff(piece.notes["onset"]) >= 0)
    again = read_smf(write_smf(smf))
    assert same_music(smf, again)
    arrangement = arrange(smf)
    song = song_from(arrangement)
    decoded = decode_song(encode_song(song))
    assert np.array_equal(decoded.events, song.events)
    song_message(arrangement)
    assert nothing_hangs(song.events)


def _outcome(data: bytes, careful: bool) -> Smf | BadInput:
    try:
        return read_smf(data, careful=careful)
    except BadInput as error:
        return error


def mend_smf(generator: random.Random, data: bytes) -> bytes:
    """Make the lengths and the number of tracks of a damaged file true again, so that damage reaches deeper; and
    sometimes put a stretch of random events into a track.
    """
    head, *bodies = data.split(b"MTrk")
    bodies = [body[4:] for body in bodies]
    if bodies and generator.random() < 0.3:
        number = generator.randrange(len(bodies))
        bodies[number] = _random_events(generator) + bodies[number]
    chunks = [b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies]
    if len(head) >= 12:
        place = head.find(b"MThd") + 10
        head = head[:place] + len(bodies).to_bytes(2, "big") + head[place + 2 :]
    return head + b"".join(chunks)


def _random_events(generator: random.Random) -> bytes:
    """Valid events on few keys and channels, so that notes overlap, repeat, and lack their ends."""
    out = bytearray()
    for _ in range(generator.randint(1, 60)):
        delta = generator.choice((0, 0, 0, 1, 48, 127))
        status = generator.choice((0x80, 0x90, 0x90, 0x91, 0x99, 0xB0, 0xC0, 0xE1))
        data = (generator.choice((60, 61, 64, 7)), generator.choice((0, 0, 1, 64, 127)))
        out += bytes((delta, status, *data[: DATA_BYTES[status]]))
    return bytes(out)


def same_music(one: Smf, other: Smf) -> bool:
    """Whether two files hold the same, apart from what only the bytes of a file have."""
    facts = [(smf.kind, smf.division, smf.smpte, smf.tracks) for smf in (one, other)]
    return facts[0] == facts[1] and np.array_equal(one.events, other.events)


def nothing_hangs(events: np.ndarray) -> bool:
    """Whether every key that a song presses is let go before it is pressed again, and in the end."""
    key = events["part"].astype(np.int64) << 7 | events["data1"]
    step = (events["status"] == 0x90).astype(np.int64) - (events["status"] == 0x80)
    notes = np.flatnonzero(step)
    notes = notes[np.argsort(key[notes], kind="stable")]
    key, step = key[notes], step[notes]
    return bool(np.all(step[0::2] == 1) and np.all(step[1::2] == -1) and np.array_equal(key[0::2], key[1::2]))


def fuzz_midi_stream(data: bytes) -> None:
    """Feed live bytes whole and in pieces: only whole channel messages come out, the same both times."""
    whole = StreamParser()
    messages = list(whole.feed(data))
    for status, first, second in messages:
        assert 0x80 <= status < 0xF0
        assert first < 128
        assert second < 128
        assert DATA_BYTES[status] == 2 or second == 0
    pieces, parser = [], StreamParser()
    generator = random.Random(len(data))
    place = 0
    while place < len(data):
        length = generator.randint(1, 8)
        pieces += parser.feed(data[place : place + length])
        place += length
    assert pieces == messages
    assert (parser.cut_off, parser.stray, parser.sysex) == (whole.cut_off, whole.stray, whole.sysex)
    settled = parser.feed(b"\xf7\x90\x3c\x40")
    assert list(settled) == [(0x90, 60, 64)], "after any garbage the next whole message is heard"
