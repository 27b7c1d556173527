"""Damage: random bytes, and good bytes with a few things wrong. All from the generator given, so that it repeats."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_NASTY = (0x00, 0x01, 0x40, 0x7F, 0x80, 0x81, 0xF0, 0xF7, 0xF8, 0xFE, 0xFF)


def case(generator: random.Random, seeds: Sequence[bytes], most_bytes: int) -> bytes:
    """One input: one in eight is wholly random, the others are a seed with one to eight wounds."""
    if not seeds or generator.random() < 0.125:
        return generator.randbytes(generator.randint(0, most_bytes))
    data = bytearray(generator.choice(seeds))
    for _ in range(generator.choice((1, 1, 2, 3, 8))):
        generator.choice(_WOUNDS)(generator, data)
    return bytes(data[:most_bytes])


def _flip(generator: random.Random, data: bytearray) -> None:
    if data:
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)


def _replace(generator: random.Random, data: bytearray) -> None:
    if data:
        data[generator.randrange(len(data))] = generator.choice(_NASTY)


def _insert(generator: random.Random, data: bytearray) -> None:
    place = generator.randint(0, len(data))
    data[place:place] = bytes(generator.choices(_NASTY, k=generator.randint(1, 6)))


def _delete(generator: random.Random, data: bytearray) -> None:
    place = generator.randint(0, len(data))
    del data[place : place + generator.randint(1, 6)]


def _truncate(generator: random.Random, data: bytearray) -> None:
    del data[generator.randint(0, len(data)) :]


def _repeat(generator: random.Random, data: bytearray) -> None:
    place = generator.randint(0, len(data))
    data[place:place] = data[place : place + generator.randint(1, 64)] * generator.randint(1, 8)


def _swap(generator: random.Random, data: bytearray) -> None:
    if data:
        one, other = generator.randrange(len(data)), generator.randrange(len(data))
        data[one], data[other] = data[other], data[one]


_WOUNDS: Sequence[Callable[[random.Random, bytearray], None]] = (
    _flip,
    _flip,
    _replace,
    _replace,
    _insert,
    _delete,
    _truncate,
    _repeat,
    _swap,
)
