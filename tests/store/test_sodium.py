from __future__ import annotations

import json
from pathlib import Path

import pytest

from mos_appliance.music.umf.document import new_umf, read_umf
from mos_appliance.music.umf.signing import check_signatures, sign_umf
from mos_appliance.store.sodium import signer, verify

SUITE = Path(__file__).parents[2] / "docs" / "umf"
FILES = json.loads((SUITE / "expected.json").read_text())["files"]

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def test_the_first_vector_of_rfc_8032_comes_out() -> None:
    key, sign = signer(SEED)
    assert (key, sign(b"")) == (KEY, SIGNATURE)
    assert verify(KEY, b"", SIGNATURE)


def test_another_message_key_or_signature_is_bad() -> None:
    assert not verify(KEY, b"x", SIGNATURE)
    assert not verify(bytes(32), b"", SIGNATURE)
    assert not verify(KEY, b"", SIGNATURE[:-1] + b"\x00")
    assert not verify(KEY[:-1], b"", SIGNATURE)


@pytest.mark.parametrize("name", [name for name, verdict in FILES.items() if "signatures" in verdict])
def test_signed_files_of_the_suite_are_judged_as_expected(name: str) -> None:
    document = read_umf((SUITE / name).read_bytes())
    assert [row.good for row in check_signatures(document, verify)] == FILES[name]["signatures"]


def test_every_changed_byte_of_the_signed_content_breaks_the_signature() -> None:
    signed = sign_umf(new_umf("Scale", tempo=1), *signer(SEED))
    assert check_signatures(signed, verify)[0].good
    for place in range(len("Scale")):
        changed = "Scale"[:place] + "x" + "Scale"[place + 1 :]
        assert not check_signatures({**signed, "metadata": {"title": changed}}, verify)[0].good
