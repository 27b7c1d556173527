"""The doors of small things: JSON and its canonical form, CIDs, signatures, corrections, documents, messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from mos_appliance.library.corrections import CORRECTIONS
from mos_appliance.library.engraved import Engraved, PageMap, decode
from mos_appliance.library.writing_down import checked
from mos_appliance.music.cid import binary_of, cid_of, text_of
from mos_appliance.music.json_text import read_json, write_json
from mos_appliance.music.midi import decode as decode_midi
from mos_appliance.music.midi import encode as encode_midi
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import read_umf
from mos_appliance.music.umf.signing import check_signatures, signed_bytes
from mos_appliance.store.sodium import verify
from mos_appliance.wire.files import HubSettings, Keyboards, Process, Remembered, Sound, decode_file, encode_file

SUITE: Final = Path(__file__).parents[2] / "docs" / "umf" / "valid"
SIGNED: Final = (SUITE / "signed.umf").read_bytes()
_MESSAGE: Final = signed_bytes(read_umf(SIGNED))
_KINDS: Final = (HubSettings, Keyboards, Remembered, Sound, dict[str, Process])


def fuzz_json(data: bytes) -> None:
    """Read, write, canonical form: each leads back to the same value, and the canonical form to itself."""
    value = read_json(data)
    assert read_json(write_json(value)) == value
    form = canonical(value)
    assert canonical(read_json(form)) == form
    assert json.loads(form, parse_int=float) == json.loads(write_json(value), parse_int=float)


def jsons() -> list[bytes]:
    """Objects with something of everything."""
    return [
        b'{"b":1,"a":[1.5e300,-0.0,1e-7,9007199254740991,true,null,"\\u20ac\\ud83d\\ude00\\n"],"":{"\xc3\xa9":{}}}',
        b'{"numbers":[0.1,1E21,123456789012345680000,5e-324,100,1.0],"text":"\\"\\\\\\/\\b\\f\\u001f"}',
        (SUITE / "numbers.umf").read_bytes(),
    ]


def fuzz_cid(data: bytes) -> None:
    """A text that may be a CID; and the bytes, which have one that leads back."""
    cid = cid_of(data)
    assert text_of(binary_of(cid)) == cid
    text = data.decode("utf-8", "surrogateescape")
    assert text_of(binary_of(text)) == text


def cids() -> list[bytes]:
    """Of both kinds."""
    return [cid_of(b"").encode(), cid_of(bytes(3 << 20)).encode()]


def fuzz_signature(data: bytes) -> None:
    """A document that was signed, changed: its signature holds only where what is signed has not changed."""
    document = read_umf(data)
    for checked_one in check_signatures(document, verify):
        same = signed_bytes(document) == _MESSAGE
        assert not checked_one.good or same


def signed_files() -> list[bytes]:
    """Signed documents, without white space."""
    names = ("signed.umf", "signed_changed.umf")
    return [json.dumps(json.loads((SUITE / name).read_bytes())).encode() for name in names]


def fuzz_corrections(data: bytes) -> None:
    """Lines of NAME=TEXT: what is said about a piece that is written down."""
    lines = data.decode("utf-8", "replace").split("\n")
    checked({name: text for name, _, text in (line.partition("=") for line in lines)})


def corrections() -> list[bytes]:
    """Good ones."""
    said = {
        "title": "Four bars", "metre": "6/8", "bars": "4", "tempo": "92.5", "pickup": "1/4", "key": "F# minor",
        "split": "C4", "grid": "1/16", "tuplets": "no", "played": "yes", "from_s": "1.5", "to_s": "12",
    }  # fmt: skip
    assert said.keys() == CORRECTIONS.keys()
    return [f"{name}={text}".encode() for name, text in said.items()]


def fuzz_midi_message(data: bytes) -> None:
    """One MIDI message: what is decoded is encoded to the same bytes."""
    assert encode_midi(decode_midi(data)) == data


def midi_messages() -> list[bytes]:
    """One of each kind."""
    texts = "903c40 803c00 a03c10 b0407f c005 d020 e00040 f07e7f0901f7 f122 f20102 f303 f6 f8 fa fb fc fe ff"
    return [bytes.fromhex(text) for text in texts.split()]


def fuzz_documents(data: bytes) -> None:
    """The small files of run and data directory, as each kind that there is."""
    kind = _KINDS[len(data) % len(_KINDS)]
    value: Any = decode_file(data, kind, "file")
    assert decode_file(encode_file(value), kind, "file") == value


def documents() -> list[bytes]:
    """Good ones, each of a length at which it is taken for what it is."""
    values = (HubSettings(), Keyboards(["A"]), Remembered({"volume": [1.0]}), Sound("x"), {"hub": Process(1, True)})
    made = []
    for number, value in enumerate(values):
        text = encode_file(value)
        made.append(text + b" " * ((number - len(text)) % len(_KINDS)))
    return made


def fuzz_pages_kept(data: bytes) -> None:
    """What was kept of engraved pages: good, or engraved again."""
    found = decode(data)
    assert found is None or isinstance(found, Engraved)


def pages_kept() -> list[bytes]:
    """As the library keeps them."""
    return [msgspec.msgpack.encode(Engraved(1, [b"page"], PageMap("phone", "Verovio")))]
