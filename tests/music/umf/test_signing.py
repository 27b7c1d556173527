from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, write_json
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import judge, read_umf, write_umf
from mos_appliance.music.umf.signing import check_signatures, sign_umf, signed_bytes
from mos_appliance.store.sodium import signer
from mos_appliance.store.sodium import verify as ed25519
from tests.music.umf.test_document import whole
from tests.music.umf.test_files import scores

KEY = bytes(range(32))


def seal(message: bytes) -> bytes:
    """Stands in for Ed25519: 64 bytes that depend on the message."""
    return hashlib.sha512(KEY + message).digest()


def verify(key: bytes, message: bytes, value: bytes) -> bool:
    return hashlib.sha512(key + message).digest() == value


def verdicts(document: Json) -> list[bool]:
    return [row.good for row in check_signatures(document, verify)]


def test_a_signature_is_over_the_canonical_form_without_signatures() -> None:
    signed = sign_umf(whole(), KEY, seal, by="MOS", signed_at="2026-11-22T19:00:00Z")
    assert judge(signed).errors == ()
    assert signed_bytes(signed) == signed_bytes(whole())
    assert verdicts(signed) == [True]


def test_the_order_of_members_and_white_space_do_not_matter() -> None:
    signed = sign_umf(whole(), KEY, seal)
    shuffled = dict(reversed(signed.items()))
    assert verdicts(read_umf(write_json(shuffled))) == [True]
    assert verdicts(read_umf(write_umf(signed))) == [True]


def test_a_second_signature_leaves_the_first_good() -> None:
    assert verdicts(sign_umf(sign_umf(whole(), KEY, seal), KEY, seal)) == [True, True]


def test_a_document_without_provenance_can_be_signed() -> None:
    document = whole()
    del document["provenance"]
    assert verdicts(sign_umf(document, KEY, seal)) == [True]


def test_a_document_without_signatures_has_none_to_check() -> None:
    assert check_signatures(whole(), verify) == []


@given(st.sampled_from(["metadata.title", "score._c", "extensions.org.example", "umf"]), st.text(min_size=1))
def test_one_changed_value_breaks_it(path: str, text: str) -> None:
    signed = sign_umf(whole(), KEY, seal)
    room, _, name = path.partition(".")
    if name:
        signed[room] = {**signed[room], name: text + "!"}
    else:
        signed[room] = "1.5"
    assert verdicts(signed) == [False]


@pytest.mark.parametrize("place", [0, 31, 63])
def test_one_changed_byte_of_the_signature_breaks_it(place: int) -> None:
    signed = sign_umf(whole(), KEY, seal)
    (signature,) = signed["provenance"]["signatures"]
    value = bytearray(b64decode(signature["value"]))
    value[place] ^= 1
    signature["value"] = b64encode(value).decode()
    assert verdicts(signed) == [False]


@given(st.data())
@settings(deadline=None)
def test_whatever_byte_changes_the_file_is_refused_or_the_signature_breaks(data: st.DataObject) -> None:
    """By the real Ed25519. What means the same (white space) may change, and what no signature covers: its `by`."""
    key, sign = signer(KEY)
    document = data.draw(scores.map(lambda score: {**whole(), "score": score}))
    document["performances"] = []
    signed = sign_umf(document, key, sign)
    changed = bytearray(write_umf(signed))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = read_umf(bytes(changed))
    except BadInput:
        return
    if found.get("provenance", {}).get("signatures") != signed["provenance"]["signatures"]:
        rows = check_signatures(found, ed25519)
        assert not [row for row in rows if row.good and row.key != key]
    elif signed_bytes(found) != signed_bytes(signed):
        assert [row.good for row in check_signatures(found, ed25519)] == [False]
    else:
        assert [row.good for row in check_signatures(found, ed25519)] == [True]


@given(scores)
@settings(deadline=None)
def test_the_canonical_form_of_any_score_is_stable(score: Json) -> None:
    document = {**whole(), "score": score, "performances": []}
    once = canonical(document)
    assert canonical(read_umf(once)) == once == canonical(read_umf(write_umf(document)))
