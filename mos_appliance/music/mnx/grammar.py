"""MNX as a table: which objects there are and what each may hold.

Source: the W3C Music Notation Community Group's MNX specification, schema version `SCHEMA_VERSION` of February
2026. The table is ours; `docs/umf.md` says how the two are compared.

How a line is read: `music.shapes`; `colour` is a text such as `#00ff7f`.
"""

from __future__ import annotations

from typing import Final

from mos_appliance.music.shapes import members_of

SCHEMA_VERSION: Final = 4
SCHEMA_ID: Final = "https://w3c.github.io/mnx/docs/mnx-schema.json/version/4"
FORMAT_VERSION: Final = 1
"""What documents of that schema say in `mnx.version`."""

_ORNAMENTAL: Final = "color str, glyph str"
_LAYOUT_LABEL: Final = "label str, labelref str"

_TABLE: Final[dict[str, str]] = {
    "root": "mnx! header, global! global, parts! [part], layouts [systemLayout], scores [score]",
    "header": "version! int, support support",
    "support": "useAccidentalDisplay bool, useBeams bool",
    "global": "measures! [globalMeasure], lyrics globalLyrics, sounds {sound}",
    "globalLyrics": "lineMetadata {lyricLine}, lineOrder [str]",
    "lyricLine": "label str, lang str",
    "sound": "midiNumber int, name str",
    "globalMeasure": "barline barline, ending ending, fine fine, jump jump, key key, number int, repeatEnd repeatEnd, "
    "repeatStart repeatStart, segno segno, tempos [tempo], time time",
    "barline": "type! regular|dotted|dashed|heavy|double|final|heavyLight|heavyHeavy|tick|short|noBarline",
    "ending": "duration! int, numbers [int], open bool, color str",
    "fine": "location! position, color str",
    "jump": "type! dsalfine|segno, location! position",
    "key": "fifths! int, color str",
    "repeatEnd": "times int",
    "repeatStart": "",
    "segno": f"location! position, {_ORNAMENTAL}",
    "tempo": "bpm! int, value! noteValue, location position",
    "time": "count! int, unit! 1|2|4|8|16|32|64|128, display common|cut",
    "position": "fraction! [count], graceIndex count",
    "measurePosition": "measure! str, position! position",
    "noteValue": "base! duplexMaxima|maxima|longa|breve|whole|half|quarter|eighth|16th|32nd|64th|128th|256th|512th|"
    "1024th|2048th|4096th, dots int",
    "quantity": "duration! noteValue, multiple! int",
    "part": "measures! [partMeasure], kit {kitComponent}, name str, shortName str, smuflFont str, staves int, "
    "transposition transposition",
    "kitComponent": "staffPosition! int, name str, sound str",
    "transposition": "interval! interval, keyFifthsFlipAt int, prefersWrittenPitches bool",
    "interval": "halfSteps! int, staffDistance! int",
    "partMeasure": "sequences! [sequence], beams [beam], clefs [positionedClef], dynamics [dynamic], ottavas [ottava]",
    "beam": "events! [str], beams [beam], direction left|right|auto",
    "positionedClef": "clef! clef, position position, staff int",
    "clef": "sign! C|F|G, staffPosition! int, color colour, glyph str, octave 0|1|2|3|-1|-2|-3, showOctave bool",
    "dynamic": "position! position, value! str, glyph str, staff int, voice str",
    "ottava": "value! 1|2|3|-1|-2|-3, position! position, end! measurePosition, orient str, staff int, voice str",
    "sequence": "content! [content], fullMeasure fullMeasure, orient str, staff int, voice str",
    "fullMeasure": "staffPosition int, visualDuration noteValue",
    "event": "type =event, duration! noteValue, kitNotes [kitNote], lyrics lyrics, markings markings, notes [note], "
    "orient str, rest rest, slurs [slur], staff int, stemDirection up|down",
    "grace": "type! =grace, content! [event], graceType makeTime|stealFollowing|stealPrevious, slash bool, color str",
    "tuplet": "type! =tuplet, inner! quantity, outer! quantity, content! [content], bracket yes|no|auto, orient str, "
    "showNumber noNumber|inner|both, showValue noNumber|inner|both, staff int",
    "space": "type! =space, duration! [count]",
    "tremolo": "type! =tremolo, marks! int, outer! quantity, content! [event], individualDuration noteValue",
    "note": "pitch! pitch, accidentalDisplay accidentalDisplay, perform perform, staff int, ties [tie], "
    "written written",
    "kitNote": "kitComponent! str, perform perform, staff int, ties [tie]",
    "pitch": "step! A|B|C|D|E|F|G, octave! int, alter int",
    "accidentalDisplay": "show! bool, enclosure enclosure, force bool",
    "enclosure": "symbol! parentheses|brackets",
    "perform": "",
    "written": "diatonicDelta int",
    "tie": "lv bool, side up|down, target str, targetType nextNote|crossVoice|arpeggio|crossJump",
    "rest": "staffPosition int",
    "slur": "target! str, endNote str, lineType dashed|dotted|solid|wavy, side up|down, sideEnd up|down, startNote str",
    "lyrics": "lines {syllable}",
    "syllable": "text! str, type start|middle|end|whole",
    "markings": "accent pointed, breath breath, softAccent mark, spiccato mark, staccatissimo mark, staccato mark, "
    "stress mark, strongAccent pointed, tenuto mark, tremolo singleTremolo, unstress mark",
    "pointed": "pointing up|down",
    "mark": "",
    "breath": "symbol str",
    "singleTremolo": "marks! int",
    "systemLayout": "content! [layoutContent]",
    "staffGroup": "type! =group, content! [layoutContent], barlineStyle individual|instrument|unified|mensurstrich, "
    "label str, symbol bracket|brace|noSymbol",
    "staff": f"type! =staff, sources! [staffSource], symbol bracket|brace|noSymbol, {_LAYOUT_LABEL}",
    "staffSource": f"part! str, staff int, stem up|down, voice str, {_LAYOUT_LABEL}",
    "score": "name! str, layout str, multimeasureRests [multimeasureRest], pages [page], useWritten bool",
    "multimeasureRest": "duration! int, start! str, label str",
    "page": "systems! [system], layout str",
    "system": "measure! str, layout str, layoutChanges [layoutChange]",
    "layoutChange": "layout! str, location! measurePosition",
}

UNIONS: Final[dict[str, dict[str, str]]] = {
    "content": {kind: kind for kind in ("event", "grace", "tuplet", "space", "tremolo")},
    "layoutContent": {"group": "staffGroup", "staff": "staff"},
}
"""Lists of several objects, told apart by their `type`; an object of `content` without one is an event."""


OBJECTS: Final = {name: members_of(line) for name, line in _TABLE.items()}
"""Every object by our name for it. Any of them may besides hold `id` (a text), `_c` (a comment) and `_x`."""
