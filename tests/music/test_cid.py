"""Figures of npm's `@helia/unixfs` 8.0.5 (`addBytes`) and `ipfs-car` 3.1.0 (`pack --no-wrap`), which agree.

Byte i of a file is the third byte, counted from the lowest, of i times 2,654,435,761.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.cid import LEAF_BYTES, binary_of, cid_of, cid_of_chunks

HELIA = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu",
    LEAF_BYTES - 1: "bafkreier2yx5dueo7mav2tptofagkmdc5pfv55jeeer76ne36uhaxstila",
    LEAF_BYTES: "bafkreigkmbztslxhdw6ruljvnq6kuiz7r6bivyl7r6f2qvyo4nerxyjivm",
    LEAF_BYTES + 1: "bafybeicazqphgjf4g4qf4skxzdrp4q4ggibd5eun436hnrf7iftnvy4pde",
    5_000_000: "bafybeiftro5iamxnlgeoi5jn5ljtbl3mgtf7oqilzfjk7c4oiv3aykceva",
    5 * LEAF_BYTES: "bafybeial6znjs3dmjk3q7xiij5hqggc4co5yujqr2nu5bcfg6v3kr5czna",
}
HELIA_LEAVES_OF_A_BYTE = {
    1024: "bafybeihv243dvwhoko23nhct4h6pm5yhcw36dtlyrpoicullp5mszrtzn4",
    1025: "bafybeiaqicvcvkr4uh5hfrluk3gczryzoccsbe47hz65jfugqweb2rwiw4",
    1026: "bafybeiavjxyse32cjcg2lnse7moenelb4tzirhpqd5ncbsa2utzuemlske",
    2050: "bafybeidgqcegrhvdf2gxen7y7j3td6vvnodl62dmyibxzrbdprwkymnbxq",
}
"""Helia with `fixedSize({chunkSize: 1})`, byte i being i modulo 256: trees of more than one level."""


def file_of(length: int) -> bytes:
    return (np.arange(length, dtype=np.uint64) * 2_654_435_761 >> 24 & 255).astype(np.uint8).tobytes()


@pytest.mark.parametrize("length", HELIA)
def test_a_file_is_called_as_helia_and_ipfs_car_call_it(length: int) -> None:
    assert cid_of(file_of(length)) == HELIA[length]


@pytest.mark.parametrize("length", HELIA_LEAVES_OF_A_BYTE)
def test_a_tree_of_several_levels_is_helia_s_too(length: int) -> None:
    assert cid_of_chunks(bytes((place & 255,)) for place in range(length)) == HELIA_LEAVES_OF_A_BYTE[length]


def test_a_cid_comes_back_from_its_text() -> None:
    for text in HELIA.values():
        assert len(binary_of(text)) == 36


@given(st.text(max_size=70) | st.sampled_from(sorted(HELIA.values())).map(lambda text: text[:-1] + "b"))
def test_what_is_no_cid_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        binary_of(text)
