"""Music to learn hearing from: textures of the piano, made up by chance, and Bach's chorales, played by nobody.

No recording and no set of performances goes into it. What matters is not that it is good music but that every key, at
every loudness, sounds together with every other, held, pedalled, repeated and fast.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.smf import EVENT, Smf, Track

DIVISION: Final = 1000
"""Ticks to a quarter of 500 ms: 0.5 ms a tick."""
_TICK_S: Final = 0.5 / DIVISION
LOWEST, HIGHEST = 21, 108
_SCALES: Final = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11), (0, 2, 3, 5, 7, 8, 10), tuple(range(12)))
_CHORDS: Final = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6, 9), (0, 4, 7, 11), (0, 5, 7), (0, 3, 7, 10))


class Played(NamedTuple):
    """A note as played. Units: seconds; `end_s` is when the key comes up."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int


class _Texture(NamedTuple):
    """What a layer of a section is made with. Units: seconds; `loud` a velocity."""

    begin: float
    length: float
    beat: float
    tonic: int
    scale: tuple[int, ...]
    loud: float


class Pedal(NamedTuple):
    """The pedal down from `start_s` to `end_s`."""

    start_s: float
    end_s: float


def improvise(random: np.random.Generator, seconds: float) -> tuple[list[Played], list[Pedal]]:
    """Sections of a few seconds, each of one texture, key, loudness and speed."""
    notes: list[Played] = []
    pedals: list[Pedal] = []
    now = 0.3
    while now < seconds:
        length = float(random.uniform(2.0, 6.0))
        pedalled = random.random() < 0.55
        section = _section(random, now, length)
        notes += section
        if pedalled and section:
            pedals += _pedals(random, now, length)
        now += length + (random.uniform(0.3, 1.2) if random.random() < 0.2 else 0.0)
    return _playable(notes), pedals


def _section(random: np.random.Generator, begin: float, length: float) -> list[Played]:
    tonic = int(random.integers(0, 12))
    scale = _SCALES[random.choice(4, p=(0.45, 0.25, 0.15, 0.15))]
    beat = float(np.exp(random.uniform(np.log(0.22), np.log(0.9))))
    loud = float(random.uniform(35, 105))
    makers = (_melody, _chords, _arpeggio, _run, _repeated, _octaves, _trill, _scatter)
    weights = np.array((0.22, 0.2, 0.19, 0.1, 0.06, 0.1, 0.03, 0.1))
    layers = int(random.choice((1, 2, 3), p=(0.25, 0.55, 0.2)))
    notes: list[Played] = []
    for _ in range(layers):
        maker = makers[random.choice(len(makers), p=weights)]
        balance = loud + random.uniform(-18, 18)
        notes += maker(random, _Texture(begin, length, beat, tonic, scale, balance))
    return notes


def _keys(tonic: int, scale: tuple[int, ...]) -> NDArray[np.int64]:
    return np.array([key for key in range(LOWEST, HIGHEST + 1) if (key - tonic) % 12 in scale])


def _note(random: np.random.Generator, at: float, held: float, pitch: int, loud: float) -> Played:
    velocity = int(np.clip(loud + random.normal(0, 7), 12, 125))
    start = max(0.0, at + random.normal(0, 0.008))
    return Played(start, start + max(0.04, held), int(np.clip(pitch, LOWEST, HIGHEST)), velocity)


def _register(random: np.random.Generator) -> float:
    return float(np.clip(random.normal(62, 15), 28, 100))


def _melody(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, beat, tonic, scale, loud = (
        texture.begin,
        texture.length,
        texture.beat,
        texture.tonic,
        texture.scale,
        texture.loud,
    )
    keys = _keys(tonic, scale)
    place = int(np.searchsorted(keys, _register(random)))
    legato = random.uniform(0.3, 1.1)
    notes, now = [], begin
    while now < begin + length:
        span = beat * random.choice((0.25, 0.5, 1.0, 1.5, 2.0), p=(0.2, 0.35, 0.3, 0.1, 0.05))
        span = max(span, 0.07)
        place = int(
            np.clip(
                place + random.choice((-4, -2, -1, 0, 1, 2, 4), p=(0.08, 0.15, 0.24, 0.06, 0.24, 0.15, 0.08)),
                0,
                len(keys) - 1,
            )
        )
        notes.append(_note(random, now, span * legato, int(keys[place]), loud))
        if random.random() < 0.12:
            notes.append(_note(random, now, span * legato, int(keys[max(0, place - 2)]), loud))
        now += span
    return notes


def _chord_at(random: np.random.Generator, register: float) -> list[int]:
    chord = _CHORDS[random.integers(0, len(_CHORDS))]
    root = int(register) + int(random.integers(-6, 7))
    tones = [root + interval + 12 * octave for octave in (-1, 0, 1) for interval in chord]
    count = int(random.integers(2, 7))
    first = int(random.integers(0, max(1, len(tones) - count)))
    return tones[first : first + count]


def _chords(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, beat, loud = texture.begin, texture.length, texture.beat, texture.loud
    register = _register(random)
    legato = random.uniform(0.2, 1.05)
    notes, now = [], begin
    while now < begin + length:
        span = beat * random.choice((0.5, 1.0, 2.0), p=(0.3, 0.5, 0.2))
        spread = random.uniform(0, 0.05) if random.random() < 0.15 else 0.0
        again = 1 + int(random.random() < 0.3) * int(random.integers(1, 4))
        tones = _chord_at(random, register)
        for _ in range(again):
            notes += [_note(random, now + i * spread, span * legato, tone, loud) for i, tone in enumerate(tones)]
            now += span
    return notes


def _arpeggio(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, beat, loud = texture.begin, texture.length, texture.beat, texture.loud
    step = max(0.06, beat / random.choice((2, 3, 4, 6)))
    legato = random.uniform(0.5, 2.5)
    register = _register(random)
    notes, now = [], begin
    while now < begin + length:
        chord = _CHORDS[random.integers(0, len(_CHORDS))]
        root = int(register) + int(random.integers(-8, 5))
        tones = [root + interval + 12 * octave for octave in range(random.integers(1, 4)) for interval in chord]
        if random.random() < 0.5:
            tones += tones[-2:0:-1]
        for tone in tones * int(random.integers(1, 3)):
            if now < begin + length and LOWEST <= tone <= HIGHEST:
                notes.append(_note(random, now, step * legato, tone, loud))
                now += step
    return notes


def _run(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, beat, tonic, scale, loud = (
        texture.begin,
        texture.length,
        texture.beat,
        texture.tonic,
        texture.scale,
        texture.loud,
    )
    keys = _keys(tonic, scale)
    place, way = int(random.integers(0, len(keys))), int(random.choice((-1, 1)))
    step = max(0.055, beat / random.choice((3, 4, 6)))
    notes, now = [], begin
    while now < begin + length * random.uniform(0.4, 1.0):
        if not 0 <= place + way < len(keys) or random.random() < 0.06:
            way = -way
        place = int(np.clip(place + way, 0, len(keys) - 1))
        notes.append(_note(random, now, step * 1.1, int(keys[place]), loud))
        now += step
    return notes


def _repeated(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, beat, loud = texture.begin, texture.length, texture.beat, texture.loud
    step = max(0.09, beat / random.choice((1, 2, 3)))
    notes, now = [], begin
    tones = _chord_at(random, _register(random))[: int(random.integers(1, 4))]
    while now < begin + length:
        notes += [_note(random, now, step * random.uniform(0.4, 0.9), tone, loud) for tone in tones]
        if random.random() < 0.15:
            tones = _chord_at(random, _register(random))[: int(random.integers(1, 4))]
        now += step
    return notes


def _octaves(random: np.random.Generator, texture: _Texture) -> list[Played]:
    single = _melody(random, texture)
    apart = int(random.choice((12, 12, 12, 24)))
    double = [
        note._replace(pitch=note.pitch + apart, velocity=int(np.clip(note.velocity + random.normal(0, 6), 12, 125)))
        for note in single
    ]
    return single + [note for note in double if note.pitch <= HIGHEST]


def _trill(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length, loud = texture.begin, texture.length, texture.loud
    low = int(_register(random))
    step, apart = float(random.uniform(0.06, 0.11)), int(random.choice((1, 2, 3, 12)))
    count = int(min(length, random.uniform(0.6, 2.5)) / step)
    return [_note(random, begin + i * step, step * 0.95, low + apart * (i % 2), loud) for i in range(count)]


def _scatter(random: np.random.Generator, texture: _Texture) -> list[Played]:
    begin, length = texture.begin, texture.length
    count = int(length * random.uniform(2, 9))
    return [
        _note(
            random,
            begin + random.uniform(0, length),
            float(random.exponential(0.4)),
            int(random.integers(LOWEST, HIGHEST + 1)),
            random.uniform(20, 118),
        )
        for _ in range(count)
    ]


def _pedals(random: np.random.Generator, begin: float, length: float) -> list[Pedal]:
    pedals, now = [], begin + random.uniform(-0.05, 0.15)
    while now < begin + length:
        span = float(random.uniform(0.4, 2.2))
        pedals.append(Pedal(max(0.0, now), now + span))
        now += span + random.uniform(0.05, 0.2)
    return pedals


def _playable(notes: list[Played]) -> list[Played]:
    """A key that is struck again was let go before; two strikes within 40 ms are one."""
    by_pitch: dict[int, list[Played]] = {}
    for note in sorted(notes):
        row = by_pitch.setdefault(note.pitch, [])
        if row and note.start_s - row[-1].start_s < 0.04:
            continue
        if row and row[-1].end_s > note.start_s - 0.01:
            row[-1] = row[-1]._replace(end_s=max(row[-1].start_s + 0.02, note.start_s - 0.01))
        row.append(note)
    return sorted(note for row in by_pitch.values() for note in row)


def sounding(notes: list[Played], pedals: list[Pedal]) -> list[Played]:
    """The notes with their ends where the sound is damped: at the pedal's, or where the key is struck again."""
    starts = np.array([pedal.start_s for pedal in pedals])
    out: dict[int, list[Played]] = {}
    for note in sorted(notes):
        end = note.end_s
        place = int(np.searchsorted(starts, end, "right")) - 1
        if place >= 0 and pedals[place].end_s > end:
            end = pedals[place].end_s
        row = out.setdefault(note.pitch, [])
        if row and row[-1].end_s > note.start_s:
            row[-1] = row[-1]._replace(end_s=note.start_s)
        row.append(note._replace(end_s=end))
    return sorted(note for row in out.values() for note in row)


def as_smf(notes: list[Played], pedals: list[Pedal], program: int) -> Smf:
    """The performance as a MIDI file."""
    rows: list[tuple[float, int, int, int, int]] = [(0.0, 0, 0xC0, program, 0)]
    rows += [(note.start_s, 2, 0x90, note.pitch, note.velocity) for note in notes]
    rows += [(note.end_s, 1, 0x80, note.pitch, 64) for note in notes]
    rows += [(pedal.start_s, 3, 0xB0, 64, 127) for pedal in pedals]
    rows += [(pedal.end_s, 0, 0xB0, 64, 0) for pedal in pedals]
    rows.sort()
    events = np.zeros(len(rows), EVENT)
    events["tick"] = [round(at / _TICK_S) for at, *_ in rows]
    for place, name in enumerate(("status", "data1", "data2"), 2):
        events[name] = [row[place] for row in rows]
    return Smf(0, DIVISION, (Track((), int(events["tick"][-1])),), events)
