"""What the writer knows of MNX, by the names of members; the others are told as lost."""

from __future__ import annotations

from typing import Final

_MNX: Final = """
mnx version id global measures parts
barline ending duration numbers open fine location fraction jump type key fifths number repeatEnd times repeatStart
segno tempos bpm value base dots time count unit display
name shortName staves transposition interval halfSteps staffDistance kit kitComponent staffPosition
sequences content clefs clef sign octave position staff dynamics ottavas end measure voice
fullMeasure visualDuration kitNotes notes lyrics lines text markings accent breath softAccent spiccato staccatissimo
staccato stress strongAccent tenuto unstress tremolo pointing symbol marks individualDuration
rest slurs target side lineType startNote endNote stemDirection grace slash inner outer multiple bracket showNumber
showValue pitch step alter ties lv
"""
_OURS: Final = """
length label coda toCoda texts mode shown program drums chords pedals hairpins transpositions without
fermata shape arpeggio direction ornaments fingering cents tieStop instrument anywhere untyped timeless wholeBar
plain ratio timeModification
"""
WRITTEN: Final = frozenset(_MNX.split()) | frozenset(_OURS.split())
WHOLE: Final = frozenset(("musicxml", "musicxmlEnd", "attributes", "partGroups", "leftLine", "rightLine"))
"""Members of ours that hold MusicXML and are written with all that is in them."""
