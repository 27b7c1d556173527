"""Sources of pieces and lessons, in TOML, as UMF documents."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import new_umf, read_umf
from shelf.compare.repositories import address
from shelf.fingering import Played, awkward, fingered
from shelf.notation import Bar, Mistake, read_hand
from shelf.score import Frame, score

HERE: Final = Path(__file__).parent
SHELF: Final = HERE.parent / "mos_appliance" / "shelf"
EXTENSION: Final = "org.mos.shelf"
LICENCE: Final = "CC0-1.0"
ARRANGER: Final = "MOS"
_FIFTHS: Final = {
    "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7,
    "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5, "Gb": -6,
}  # fmt: skip
_MODES: Final = {
    "major": 0, "minor": -3, "dorian": -2, "phrygian": -4, "lydian": 1, "mixolydian": -1, "locrian": -5,
}  # fmt: skip
_INSTRUMENTS: Final = (
    ("C", "flute, violin, recorder, voice", 0),
    ("Bb", "trumpet, clarinet, soprano saxophone", 2),
    ("Eb", "alto saxophone", 9),
    ("F", "horn, English horn", 7),
)
"""Tuned in, which, how many semitones higher than it sounds they read."""


class Piece(NamedTuple):
    """A compiled piece."""

    name: str
    document: Json
    fingers: dict[str, list[Played]]
    """By hand."""


def fifths_of(key: str) -> int:
    """The key signature of a key such as `E phrygian`."""
    tonic, mode = key.split()
    return _FIFTHS[tonic] + _MODES[mode]


def sources(kind: str) -> Iterator[dict[str, Any]]:
    """The tables of `pieces` or `lessons`, in the order of their files. Errors: `Mistake`."""
    for path in sorted((HERE / kind).glob("*.toml")):
        try:
            yield from tomllib.loads(path.read_text("utf-8")).get(kind.removesuffix("s"), [])
        except tomllib.TOMLDecodeError as error:
            raise Mistake(f"{path.name}: {error}") from None


def pieces() -> list[Piece]:
    """All pieces, in order. Errors: `Mistake` with the piece's id."""
    return [_named(source) for source in sources("pieces")]


def _named(source: dict[str, Any]) -> Piece:
    try:
        return piece(source)
    except (Mistake, KeyError) as error:
        raise Mistake(f"{source.get('id')}: {error}") from error


def piece(source: dict[str, Any]) -> Piece:
    """One piece. Errors: `Mistake`."""
    fifths = source.get("signature", fifths_of(source["key"]))
    frame = Frame(source["metre"], fifths, source["key"].split()[1], source["tempo"], source.get("beat", "quarter"))
    hands: dict[str, list[Bar]] = {}
    for hand in ("right", "left"):
        if hand in source:
            hands[hand] = read_hand(source[hand], fifths)
    fingers: dict[str, list[Played]] = {hand: list(fingered(bars, hand)) for hand, bars in hands.items()}
    told = [f"{hand}: {one}" for hand, notes in fingers.items() for one in awkward(notes, hand)]
    told += [f"{hand}: {one}" for hand, bars in hands.items() for one in _unfingered(bars, fingers[hand])]
    if told:
        raise Mistake("; ".join(told))
    document = new_umf(source["title"], score(hands, frame, source.get("words", "").split()))
    document["metadata"] = _metadata(source, frame)
    document["learning"] = _learning(source, document, hands)
    document["provenance"] = _provenance(source)
    document["extensions"] = {EXTENSION: _extension(source, document)}
    return Piece(source["id"], read_umf(canonical(document)), fingers)


def _unfingered(bars: list[Bar], notes: list[Played]) -> Iterator[str]:
    """Notes of the first voice that nobody has a finger for; what a tie leads to has that of its beginning."""
    known = {id(note.event) for note in notes}
    tied = False
    for number, bar in enumerate(bars, 1):
        for event in bar.voices[0]:
            if event.pitches:
                if id(event) not in known and not tied:
                    yield f"bar {number}: no finger"
                tied = event.tied


def _metadata(source: dict[str, Any], frame: Frame) -> Json:
    quarters = frame.tempo * (1.5 if frame.beat == "quarter." else 2 if frame.beat == "half" else 1)
    optional: Json = {name: source[name] for name in ("subtitle", "titles", "year", "lyricist") if name in source}
    return {
        "title": source["title"],
        **optional,
        "composer": source["composer"],
        "arranger": ARRANGER,
        "key": source["key"],
        "tempo": quarters if quarters % 1 else int(quarters),
        "metre": source["metre"],
        "language": source.get("language", "und"),
        "difficulty": source["difficulty"],
        "licence": LICENCE,
        "tradition": source["tradition"],
        "tags": source.get("tags", []),
    }


def _learning(source: dict[str, Any], document: Json, hands: dict[str, list[Bar]]) -> Json:
    pitches = [int(pitch) for pitch in score_notes(document["score"]).notes["pitch"]]
    low, high = min(pitches), max(pitches)
    return {
        "skills": source["skills"],
        "points": [_point(row) for row in source["points"]],
        "hands": [{"part": 0, "staff": number, "hand": hand} for number, hand in enumerate(hands, 1)],
        "steps": [dict(step) for step in source.get("steps", _steps(source, hands))],
        "range": {"lowest": low, "highest": high},
        "needs": {
            "reading": source["reading"] == "staff",
            "pedal": source.get("pedal", False),
            "hands": len(hands),
            "keys": high - low + 1,
        },
    }


def _point(row: list[Any]) -> Json:
    """`[bar, text, skill]` or `[bar, last bar, text, skill]`."""
    point: Json = {"bar": row[0], "text": row[-2], "skill": row[-1]}
    return {**point, "toBar": row[1]} if len(row) == 4 else point


def _steps(source: dict[str, Any], hands: dict[str, list[Bar]]) -> list[Json]:
    """How a piece is learnt where its source says nothing else."""
    listen: Json = {"title": "Listen", "text": "Hear it once and tap the beat.", "times": 1}
    if len(hands) == 1:
        hand = next(iter(hands))
        return [
            listen,
            {"title": "Slowly", "hand": hand, "tempo": 0.6, "times": 3},
            {"title": "In tempo", "hand": hand, "tempo": 1, "times": 2},
        ]
    slow = 0.5 if source["difficulty"] > 2 else 0.6
    return [
        listen,
        {"title": "Right hand", "hand": "right", "tempo": 0.7, "times": 2},
        {"title": "Left hand", "hand": "left", "tempo": 0.7, "times": 2},
        {"title": "Together, slowly", "hand": "both", "tempo": slow, "times": 3},
        {"title": "Together, in tempo", "hand": "both", "tempo": 1, "times": 2},
    ]


def _provenance(source: dict[str, Any]) -> Json:
    told: Json = {
        "creators": [
            {"name": source["composer"], "role": "composer"},
            {"name": ARRANGER, "role": "arrangement, fingering and remarks"},
        ],
        "licence": LICENCE,
        "rights": "The melody is in the public domain; what we added is dedicated to it too.",
        "tool": "shelf",
    }
    origin = source.get("source")
    if origin:
        compared = source["compare"] if isinstance(source["compare"], list) else [source["compare"]]
        told["derivedFrom"] = [
            {"title": origin["book"], "url": address(one["repo"], one["path"]), "relation": "compared note by note"}
            for one in compared[:1]
        ]
    else:
        told["creators"] = [{"name": ARRANGER, "role": "composer"}]
        told["rights"] = "Our own, dedicated to the public domain."
    return told


def _extension(source: dict[str, Any], document: Json) -> Json:
    """What UMF has no word for: the piece's name on the shelf, how much reading it needs, who else can play it."""
    told: Json = {"id": source["id"], "kind": source["kind"], "reading": source["reading"]}
    if source.get("melody"):
        notes = score_notes(document["score"]).notes
        upper = [int(note["pitch"]) for note in notes if note["staff"] == 1 and note["voice"] == notes["voice"].min()]
        low, high = min(upper), max(upper)
        told["melody"] = {
            "part": 0,
            "staff": 1,
            "range": {"lowest": low, "highest": high},
            "instruments": [
                {"tuned": tuned, "such as": such, "reads": _moved(source["key"], by), "semitones": by}
                for tuned, such, by in _INSTRUMENTS
            ],
        }
    return told


def _moved(key: str, semitones: int) -> str:
    """The key that a transposing instrument reads."""
    fifths = (_FIFTHS[key.split(maxsplit=1)[0]] + 7 * semitones + 5) % 12 - 5
    names = {value: name for name, value in _FIFTHS.items()}
    return f"{names[fifths]} {key.split()[1]}"
