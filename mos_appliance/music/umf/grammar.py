"""UMF as a table: which objects there are, what each may hold and what it means.

Every object may hold members that stand here in none: a reader keeps them. How a line is read: `music.shapes`; `mnx` is
a complete MNX document.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from mos_appliance.music.json_number import LARGEST_INTEGER
from mos_appliance.music.shapes import members_of

VERSION: Final = "1.0"
MEDIA_TYPE: Final = "application/vnd.mos.umf+json"
MAX_EMBEDDED: Final = 1 << 20
"""Bytes of audio that may stand in the document itself."""
_BASE64: Final = "^[A-Za-z0-9+/]*={0,2}$"
_NAME: Final = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"


class Scalar(NamedTuple):
    """A kind that holds no others: what is wanted, in words, and its JSON Schema."""

    wanted: str
    schema: dict[str, Any]


class Row(NamedTuple):
    """An object: its members, and what it is."""

    members: str
    doc: str


SCALARS: Final[dict[str, Scalar]] = {
    "version": Scalar("a version such as 1.0", {"type": "string", "pattern": "^[0-9]{1,4}\\.[0-9]{1,4}$"}),
    "id": Scalar("a name of 1 to 200 characters", {"type": "string", "minLength": 1, "maxLength": 200}),
    "text": Scalar("a text", {"type": "string"}),
    "ms": Scalar("milliseconds from 0 on", {"type": "number", "minimum": 0, "maximum": 1e12}),
    "midi": Scalar("a MIDI number, 0 to 127", {"type": "integer", "minimum": 0, "maximum": 127}),
    "velocity": Scalar("a velocity, 1 to 127", {"type": "integer", "minimum": 1, "maximum": 127}),
    "ordinal": Scalar("an integer from 1 on", {"type": "integer", "minimum": 1, "maximum": LARGEST_INTEGER}),
    "index": Scalar("an integer from 0 on", {"type": "integer", "minimum": 0, "maximum": LARGEST_INTEGER}),
    "share": Scalar("a number from 0 to 1", {"type": "number", "minimum": 0, "maximum": 1}),
    "difficulty": Scalar("a number from 0 to 10", {"type": "number", "minimum": 0, "maximum": 10}),
    "bpm": Scalar("quarter notes a minute, 1 to 10000", {"type": "number", "minimum": 1, "maximum": 10_000}),
    "key": Scalar(
        "a key such as F# minor",
        {"type": "string", "pattern": "^[A-G](#|b)? (major|minor|dorian|phrygian|lydian|mixolydian|locrian)$"},
    ),
    "metre": Scalar("a metre such as 6/8", {"type": "string", "pattern": "^[1-9][0-9]{0,2}/(1|2|4|8|16|32|64|128)$"}),
    "language": Scalar(
        "a language tag such as pt-BR (BCP 47)",
        {"type": "string", "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}$"},
    ),
    "licence": Scalar(
        "an SPDX expression such as CC0-1.0",
        {"type": "string", "pattern": "^[A-Za-z0-9(][A-Za-z0-9.+() :-]{0,199}$"},
    ),
    "cid": Scalar("a CIDv1 in base32", {"type": "string", "pattern": "^b[a-z2-7]{58}$"}),
    "uri": Scalar("a URI with https, http or ipfs", {"type": "string", "pattern": "^(https?|ipfs)://[!-~]{1,2000}$"}),
    "date": Scalar(
        "a date such as 2026-11-22 or 2026-11-22T19:30:00Z",
        {
            "type": "string",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
            "(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        },
    ),
    "mediaType": Scalar(
        "a media type such as audio/flac",
        {"type": "string", "pattern": "^[a-z0-9]+/[A-Za-z0-9.+-]{1,100}$"},
    ),
    "embedded": Scalar(
        "at most 1 MiB in base64",
        {"type": "string", "pattern": _BASE64, "maxLength": (MAX_EMBEDDED + 2) // 3 * 4},
    ),
    "key32": Scalar("32 bytes in base64", {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"}),
    "bytes64": Scalar("64 bytes in base64", {"type": "string", "pattern": "^[A-Za-z0-9+/]{86}==$"}),
}

DOMAIN: Final = f"^{_NAME}(\\.{_NAME})+$"
"""Names in `extensions`: a domain that its author holds, backwards."""

ROWS: Final[dict[str, Row]] = {
    "umf": Row(
        "umf! version, metadata! metadata, score mnx, performances [performance], audio [audio], learning learning, "
        "provenance provenance, extensions extensions",
        "A document. `umf` is the version of this specification that it was written for.",
    ),
    "metadata": Row(
        "title! text, subtitle text, titles {text}, composer text, lyricist text, arranger text, key key, tempo bpm, "
        "metre metre, language language, difficulty difficulty, licence licence, tradition text, year int, tags [text]",
        "What a shelf says about the piece. `titles` are by language tag; `difficulty` 0 is the very first tune.",
    ),
    "performance": Row(
        "id! id, kind played|made|listened, title text, performer text, instrument text, startedAt date, audio id, "
        "parts [playedPart], notes! [playedNote], controls [controlMove], marks [mark]",
        "One time that the piece was played: `played` by a person, `made` by a program, `listened` to in a recording. "
        "`audio` is the id of its recording.",
    ),
    "playedNote": Row(
        "startMs! ms, durationMs! ms, pitch! midi, velocity velocity, score id, pass ordinal, hand left|right, "
        "confidence share, part index",
        "A note as it sounded, from the beginning of the performance. `score` is the id of the MNX note that it plays, "
        "at the `pass`th time that this place is played; `part` counts `parts` from 0.",
    ),
    "playedPart": Row("name text, program midi, drums bool", "Who plays in a performance: a General MIDI instrument."),
    "controlMove": Row(
        "atMs! ms, controller! midi, value! midi, part index",
        "A MIDI controller that moved: 64 is the sustain pedal.",
    ),
    "mark": Row(
        "by! machine|teacher|learner|peer, author text, kind! text, text text, value number, "
        "confidence share, fromMs ms, toMs ms, notes [index], score [id], bar ordinal, madeAt date, evidence any",
        "What was noticed in a performance, by whom. `notes` count this performance's notes from 0, `score` names notes"
        " of the score; `kind` is one of the kinds below or a name with a dot.",
    ),
    "audio": Row(
        "id! id, cid cid, url uri, data embedded, mediaType! mediaType, durationMs ms, performance id, offsetMs ms, "
        "title text",
        "A recording: exactly one of `cid`, `url` and `data`. `offsetMs` is where in it the piece begins.",
    ),
    "learning": Row(
        "skills [text], points [point], annotations [annotation], hands [handSpan], steps [step], range pitchRange, "
        "needs needs",
        "What there is to learn.",
    ),
    "point": Row(
        "bar! ordinal, toBar ordinal, notes [id], kind text, text! text, skill text",
        "A place that deserves a look.",
    ),
    "annotation": Row(
        "by! machine|teacher|learner|peer, author text, bar ordinal, toBar ordinal, notes [id], text! text, "
        "madeAt date",
        "A remark in the score.",
    ),
    "handSpan": Row(
        "part! index, staff! ordinal, hand! left|right, bar ordinal, toBar ordinal",
        "Which hand plays a staff; `part` counts from 0, `staff` from 1.",
    ),
    "step": Row(
        "title! text, text text, bar ordinal, toBar ordinal, hand left|right|both, tempo share, times ordinal, "
        "minutes number, skill text",
        "A step of a lesson, in order. `tempo` is the share of the piece's own.",
    ),
    "pitchRange": Row("lowest! midi, highest! midi", "The keys that the piece needs."),
    "needs": Row("reading bool, pedal bool, hands ordinal, keys ordinal", "What one must have or be able to do first."),
    "provenance": Row(
        "creators [creator], derivedFrom [source], licence licence, rights text, createdAt date, changedAt date, "
        "tool text, signatures [signature]",
        "Where it all comes from. `licence` is for what this document adds.",
    ),
    "creator": Row("name! text, role text, key key32", "Somebody who made it; `key` is their Ed25519 key."),
    "source": Row(
        "cid cid, url uri, title text, licence licence, relation text",
        "What it was made from; at least one of `cid`, `url` and `title`.",
    ),
    "signature": Row(
        "algorithm! =Ed25519, key! key32, value! bytes64, by text, signedAt date",
        "A signature over the canonical form of the document without `provenance.signatures`.",
    ),
}

OBJECTS: Final = {name: members_of(row.members) for name, row in ROWS.items()}
MARK_KINDS: Final = (
    "wrongNote", "missingNote", "extraNote", "early", "late", "tempo", "rhythm", "dynamics", "articulation", "pedal",
    "balance", "hesitation", "fingering", "expression", "praise", "comment",
)  # fmt: skip
