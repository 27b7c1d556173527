from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.music.cid import cid_of
from mos_appliance.store.model_files import FOLDER, MANIFEST, SIGNATURE, read_manifest, read_model
from mos_appliance.store.sodium import signer

NAMES = ("hearing", "harmony")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "models"))


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_model_is_what_was_signed(name: str) -> None:
    assert cid_of(read_model(name)) == read_manifest().models[name].cid


def test_every_model_in_the_folder_is_in_the_manifest() -> None:
    assert {path.name for path in FOLDER.glob("*.tflite")} == {entry.file for entry in read_manifest().models.values()}


def test_a_changed_model_is_refused(folder: Path) -> None:
    path = folder / read_manifest().models["hearing"].file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Corrupt, match="its CID is another"):
        read_model("hearing", folder)
    assert read_model("harmony", folder)


def test_a_changed_manifest_is_refused_and_one_that_a_stranger_signed(folder: Path) -> None:
    text = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(text.replace(b"Apache", b"apache"))
    with pytest.raises(Corrupt, match="signature"):
        read_model("hearing", folder)
    _, sign = signer(bytes(32))
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(sign(text))
    with pytest.raises(Corrupt, match="signature"):
        read_model("hearing", folder)


def test_a_signed_manifest_that_is_none_is_refused(folder: Path) -> None:
    key, sign = signer(bytes(32))
    for text in (b"[]", b"\xff", b'{"version": 1}', b'{"version": 1, "models": {"hearing": {"file": 3}}}'):
        (folder / MANIFEST).write_bytes(text)
        (folder / SIGNATURE).write_bytes(sign(text))
        with pytest.raises(Corrupt, match="no manifest"):
            read_model("hearing", folder, key)


def test_what_is_missing_is_said_with_what_to_do(folder: Path) -> None:
    with pytest.raises(Unavailable, match="no model singing"):
        read_model("singing", folder)
    (folder / read_manifest().models["hearing"].file).unlink()
    with pytest.raises(Unavailable, match="install the software anew"):
        read_model("hearing", folder)


def test_no_manifest_leads_out_of_its_folder(folder: Path) -> None:
    key, sign = signer(bytes(32))
    text = (folder / MANIFEST).read_bytes().replace(b'"hearing.tflite"', b'"../../etc/passwd"')
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(sign(text))
    with pytest.raises(Unavailable, match="passwd is missing"):
        read_model("hearing", folder, key)
