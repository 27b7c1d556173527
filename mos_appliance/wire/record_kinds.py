"""Kinds of the 32-byte records, and the numbers that stand in them."""

from __future__ import annotations

import enum
from typing import Final


class Kind(enum.IntEnum):
    """What a record is. 1–63 flow from the engine, 64–127 towards it; 128–159 to the tutor, 160–191 from it."""

    ENGINE_HELLO = 1
    MIDI_HAPPENED = 2
    TRANSPORT_CHANGED = 3
    LOAD_MEASURED = 4
    LEVEL_MEASURED = 5
    CLOCK_PAIRED = 6
    CONTROL_CHANGED = 7
    SOUND_DEVICE_CHANGED = 8
    COMMAND_DONE = 9
    KEYBOARD_LEARNT = 10
    SONG_LOADED = 11
    NOTES_RELEASED = 12
    SONG_ENDED = 13
    LOOP_CHANGED = 14

    HUB_HELLO = 64
    HEARTBEAT = 65
    PLAY_MIDI = 66
    SET_CONTROL = 67
    MOVE_TRANSPORT = 68
    SET_LOOP = 69
    LOAD_SONG = 70
    PANIC = 71
    DESCRIBE_STATE = 72
    KEYBOARD_GONE = 73

    BEGIN_PRACTICE = 128
    END_PRACTICE = 129
    RESUME_PRACTICE = 130

    TUTOR_HELLO = 160
    PLACE_MOVED = 161
    NOTE_ANSWERED = 162
    NOTE_MISSED = 163
    TRANSPORT_LED = 164
    PRACTICE_JUDGED = 165


class Source(enum.IntEnum):
    """Who made a MIDI event; carried in the flags of MIDI_HAPPENED."""

    KEYBOARD = 0
    DIN = 1
    HUB = 2
    SONG = 3
    MICROPHONE = 4
    """Heard by the tutor, some 0.15 s later: it comes from the tutor, and makes no sound."""


class TransportState(enum.IntEnum):
    """State of the transport."""

    STOPPED = 0
    COUNTING_IN = 1
    PLAYING = 2


class TransportVerb(enum.IntEnum):
    """What MOVE_TRANSPORT asks for; carried in its index."""

    PLAY = 1
    STOP = 2
    SEEK = 3


class DoneResult(enum.IntEnum):
    """Outcome of a command; carried in the index of COMMAND_DONE."""

    DONE = 0
    OUT_OF_RANGE = 1
    UNKNOWN = 2
    NO_SONG = 3
    BAD_SONG = 4


class DeviceState(enum.IntEnum):
    """State of the sound device; carried in the index of SOUND_DEVICE_CHANGED."""

    LOST = 0
    PLAYING = 1
    SIMULATED = 2
    PROBING = 3


class MicrophoneState(enum.IntEnum):
    """State of the microphone; carried in SOUND_DEVICE_CHANGED."""

    NONE = 0
    OPEN = 1
    LOST = 2


class Verdict(enum.IntEnum):
    """What the tutor says of a note that was struck; carried in the flags of NOTE_ANSWERED."""

    UNSURE = 0
    RIGHT = 1
    WRONG = 2
    """None of those that are expected; in wait mode it is refused."""
    EARLY = 3
    LATE = 4
    EXTRA = 5
    """A bounced key, an ornament: nothing to tell anybody of."""
    APART = 6
    """In wait mode: of a chord whose other notes did not come soon enough. It has to be struck again."""


class Lead(enum.IntEnum):
    """What TRANSPORT_LED wants; carried in its flags."""

    PLAY = 1
    STOP = 2
    SEEK = 3
    TEMPO = 4


FINAL: Final = 128
"""Added to the flags of NOTE_ANSWERED when the tutor will not think otherwise any more."""
NO_NOTE: Final = 2**32 - 1
"""In place of the number of a note of the score."""
