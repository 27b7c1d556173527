"""The doors of scores: MNX and UMF files. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.formats import Format, format_of
from mos_appliance.music.json_text import read_json
from mos_appliance.music.smf import read_smf
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import judge, write_umf
from tests.fuzz.midi import nothing_hangs

SUITE: Final = Path(__file__).parents[2] / "docs" / "umf" / "valid"
MNX, UMF, MIDI = format_of("a.mnx"), format_of("a.umf"), format_of("a.mid")

_NASTY: Final[tuple[Any, ...]] = (
    None, True, 0, 1, -1, 3, 7, 12, 127, 128, 255, 1e9, 0.5, 2**53, "", "x", "event", "tuplet", "start", "crescendo",
    "n0", [], {}, [0, 1], [1, 0], [1, 999_983], [999_999, 1], [[]], {"fraction": [1, 7]}, {"base": "4096th", "dots": 8},
    {"base": "duplexMaxima"}, {"type": "dacapo"}, {"org.mos": {"length": [1, 13], "toCoda": {}, "coda": {}}},
    {"org.mos": {"jump": {"type": "dcalcoda"}}}, {"org.mos": {"jump": 1, "pedals": [1], "hairpins": [{}]}},
    {"org.mos": {"pedals": 1, "hairpins": {"type": "crescendo"}, "length": 3, "toCoda": 1, "coda": []}}, {"org.mos": 1},
    {"org.mos": {"velocity": 9, "arpeggio": 1, "bpm": 1e-9, "program": 300}}, {"numbers": [1], "duration": 99},
)  # fmt: skip
_NAMES: Final = (
    "type", "staff", "voice", "duration", "dots", "notes", "kitNotes", "ties", "markings", "multiple", "content", "_x",
    "repeatEnd", "repeatStart", "ending", "jump", "segno", "fine", "tempos", "time", "id", "score", "lyrics",
    "dynamics", "grace", "pitch", "fullMeasure", "umf", "performances",
)  # fmt: skip


def umf_seeds() -> list[bytes]:
    """The valid files of the conformance suite, without white space."""
    paths = sorted(SUITE.glob("*.umf"))
    return [json.dumps(json.loads(path.read_bytes()), separators=(",", ":")).encode() for path in paths]


def mnx_seeds() -> list[bytes]:
    """Their scores."""
    documents = [json.loads(seed) for seed in umf_seeds()]
    return [json.dumps(document["score"]).encode() for document in documents if "score" in document]


def fuzz_mnx(data: bytes) -> None:
    """Read, list, unfold, play, convert and read again."""
    _fuzz(MNX, data)


def fuzz_umf(data: bytes) -> None:
    """The same for UMF, and its canonical form."""
    _fuzz(UMF, data)
    tree = read_json(data)
    assert canonical(read_json(canonical(tree))) == canonical(tree)


def _fuzz(row: Format, data: bytes) -> None:
    document = row.load(data).document
    again = write_umf(document)
    assert UMF.load(again).document == document
    assert not judge(document).errors
    try:
        written = row.notes(data, False)
        sounding = row.notes(data, True)
        smf = row.smf(data)
    except BadInput as error:
        assert "\n" not in str(error)
        return
    assert (written.notes["duration"] >= 0).all()
    assert (sounding.notes["onset"][1:] >= sounding.notes["onset"][:-1]).all()
    assert nothing_hangs(arrange(smf).events)
    read_smf(MIDI.save(document).data)


def mend_score(generator: random.Random, data: bytes) -> bytes:
    """Damage that is still JSON, and often still a score: values replaced, removed, doubled."""
    try:
        tree = json.loads(data)
    except ValueError:
        tree = json.loads(generator.choice(umf_seeds() if b'"umf"' in data else mnx_seeds()))
    for _ in range(generator.randint(1, 4)):
        _wound(generator, tree)
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def _wound(generator: random.Random, tree: Any) -> None:
    """One change somewhere in the tree: as likely high up as far down."""
    holder = tree
    if not isinstance(holder, dict | list):
        return
    for _ in range(generator.randint(0, 14)):
        inside = [item for item in (holder.values() if isinstance(holder, dict) else holder) if item]
        deeper = [item for item in inside if isinstance(item, dict | list)]
        if not deeper:
            break
        holder = generator.choice(deeper)
    if isinstance(holder, list) and holder:
        place = generator.randrange(len(holder))
        if generator.random() < 0.5:
            holder.insert(place, copy.deepcopy(generator.choice(holder)))
        else:
            holder[place] = copy.deepcopy(generator.choice(_NASTY))
    elif isinstance(holder, dict):
        name = generator.choice((*holder, *_NAMES))
        if name in holder and generator.random() < 0.3:
            del holder[name]
        else:
            holder[name] = copy.deepcopy(generator.choice(_NASTY))
