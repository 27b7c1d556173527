"""Names of General MIDI: instruments, their families, drums.

Source: General MIDI System Level 1; of the drums, 27 to 34 and 82 to 87 are from Level 2.
"""

from __future__ import annotations

from typing import Final

from mos_appliance.errors import BadInput

DRUM_BANK: Final = 128
"""Bank under which soundfonts keep drums."""

_FAMILIES: Final[tuple[tuple[str, str], ...]] = (
    (
        "Piano",
        "Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano, "
        "Electric Piano 1, Electric Piano 2, Harpsichord, Clavinet",
    ),
    (
        "Chromatic Percussion",
        "Celesta, Glockenspiel, Music Box, Vibraphone, Marimba, Xylophone, Tubular Bells, Dulcimer",
    ),
    (
        "Organ",
        "Drawbar Organ, Percussive Organ, Rock Organ, Church Organ, Reed Organ, Accordion, Harmonica, Tango Accordion",
    ),
    (
        "Guitar",
        "Nylon Guitar, Steel Guitar, Jazz Guitar, Clean Electric Guitar, Muted Electric Guitar, "
        "Overdriven Guitar, Distortion Guitar, Guitar Harmonics",
    ),
    (
        "Bass",
        "Acoustic Bass, Fingered Bass, Picked Bass, Fretless Bass, Slap Bass 1, Slap Bass 2, "
        "Synth Bass 1, Synth Bass 2",
    ),
    (
        "Strings",
        "Violin, Viola, Cello, Contrabass, Tremolo Strings, Pizzicato Strings, Orchestral Harp, Timpani",
    ),
    (
        "Ensemble",
        "String Ensemble 1, String Ensemble 2, Synth Strings 1, Synth Strings 2, Choir Aahs, "
        "Voice Oohs, Synth Voice, Orchestra Hit",
    ),
    (
        "Brass",
        "Trumpet, Trombone, Tuba, Muted Trumpet, French Horn, Brass Section, Synth Brass 1, Synth Brass 2",
    ),
    (
        "Reed",
        "Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax, Oboe, English Horn, Bassoon, Clarinet",
    ),
    (
        "Pipe",
        "Piccolo, Flute, Recorder, Pan Flute, Blown Bottle, Shakuhachi, Whistle, Ocarina",
    ),
    (
        "Synth Lead",
        "Square Lead, Sawtooth Lead, Calliope Lead, Chiff Lead, Charang Lead, Voice Lead, Fifths Lead, Bass and Lead",
    ),
    (
        "Synth Pad",
        "New Age Pad, Warm Pad, Polysynth Pad, Choir Pad, Bowed Pad, Metallic Pad, Halo Pad, Sweep Pad",
    ),
    (
        "Synth Effects",
        "Rain, Soundtrack, Crystal, Atmosphere, Brightness, Goblins, Echoes, Sci-fi",
    ),
    (
        "Ethnic",
        "Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai",
    ),
    (
        "Percussive",
        "Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, Melodic Tom, Synth Drum, Reverse Cymbal",
    ),
    (
        "Sound Effects",
        "Guitar Fret Noise, Breath Noise, Seashore, Bird Tweet, Telephone Ring, Helicopter, Applause, Gunshot",
    ),
)

FAMILIES: Final = tuple(family for family, _ in _FAMILIES)
"""16 families of eight instruments each."""
INSTRUMENTS: Final = tuple(name for _, names in _FAMILIES for name in names.split(", "))
"""128 names, by program counted from 0."""

LOWEST_DRUM: Final = 27
_DRUM_NAMES: Final = (
    "High Q, Slap, Scratch Push, Scratch Pull, Sticks, Square Click, Metronome Click, "
    "Metronome Bell, Acoustic Bass Drum, Bass Drum 1, Side Stick, Acoustic Snare, Hand Clap, "
    "Electric Snare, Low Floor Tom, Closed Hi-hat, High Floor Tom, Pedal Hi-hat, Low Tom, "
    "Open Hi-hat, Low-mid Tom, High-mid Tom, Crash Cymbal 1, High Tom, Ride Cymbal 1, "
    "Chinese Cymbal, Ride Bell, Tambourine, Splash Cymbal, Cowbell, Crash Cymbal 2, Vibraslap, "
    "Ride Cymbal 2, High Bongo, Low Bongo, Mute High Conga, Open High Conga, Low Conga, "
    "High Timbale, Low Timbale, High Agogo, Low Agogo, Cabasa, Maracas, Short Whistle, "
    "Long Whistle, Short Guiro, Long Guiro, Claves, High Woodblock, Low Woodblock, Mute Cuica, "
    "Open Cuica, Mute Triangle, Open Triangle, Shaker, Jingle Bell, Bell Tree, Castanets, "
    "Mute Surdo, Open Surdo"
)
DRUMS: Final = tuple(_DRUM_NAMES.split(", "))
"""Names of the MIDI notes 27 to 87 on the drum channel."""


def instrument_name(program: int) -> str:
    """Errors: `BadInput` unless 0 to 127."""
    if not 0 <= program < len(INSTRUMENTS):
        raise BadInput("program", "must be 0 to 127")
    return INSTRUMENTS[program]


def family_name(program: int) -> str:
    """Errors: `BadInput` unless 0 to 127."""
    instrument_name(program)
    return FAMILIES[program // 8]


def drum_name(pitch: int) -> str | None:
    """The drum on that key, None where General MIDI names none."""
    place = pitch - LOWEST_DRUM
    return DRUMS[place] if 0 <= place < len(DRUMS) else None
