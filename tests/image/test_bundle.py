"""Bundles as boxes get them: made and signed by the real tools, and looked at by RAUC itself."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from drivers.rauc import Rauc
from image import bundle
from mos_appliance.errors import BadInput

SLOT = random.Random(5).randbytes(300_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key, a stranger's key, and `good.raucb`."""
    folder = tmp_path_factory.mktemp("bundle")
    bundle.require_host()
    for name in ("ours", "strangers"):
        bundle.make_key(folder / name)
    (folder / "slot.img").write_bytes(SLOT)
    bundle.sign(folder / "slot.img", "0.2.0", "mos-aarch64", folder / "ours", folder / "good.raucb")
    keyring = f"[keyring]\npath={folder}/ours/{bundle.CERTIFICATE}\nuse-bundle-signing-time=true\n"
    system = "[system]\ncompatible=mos-aarch64\nbootloader=noop\nbundle-formats=verity\n"
    (folder / "system.conf").write_text(system + keyring)
    return folder


def test_a_bundle_says_for_which_box_it_is_and_its_version(made: Path) -> None:
    assert Rauc(made / "system.conf").describe(made / "good.raucb") == ("mos-aarch64", "0.2.0")


def test_a_bundle_of_a_stranger_is_refused(made: Path) -> None:
    (made / "slot.img").write_bytes(SLOT)
    bundle.sign(made / "slot.img", "0.2.0", "mos-aarch64", made / "strangers", made / "strange.raucb")
    with pytest.raises(BadInput, match="was not signed by who may"):
        Rauc(made / "system.conf").describe(made / "strange.raucb")


def test_a_bundle_that_is_cut_off_is_refused(made: Path) -> None:
    content = (made / "good.raucb").read_bytes()
    for name, kept in (("end", content[:-100]), ("half", content[: len(content) // 2]), ("empty", b"")):
        (made / f"{name}.raucb").write_bytes(kept)
        with pytest.raises(BadInput, match=r"is no bundle, or is cut off|was not signed"):
            Rauc(made / "system.conf").describe(made / f"{name}.raucb")


def test_a_key_is_made_once_and_only_its_owner_may_read_it(made: Path) -> None:
    before = (made / "ours" / bundle.KEY).read_bytes()
    bundle.make_key(made / "ours")
    assert (made / "ours" / bundle.KEY).read_bytes() == before
    assert (made / "ours" / bundle.KEY).stat().st_mode & 0o077 == 0


def test_a_bundle_that_was_signed_later_than_the_box_believes_it_is_holds(made: Path) -> None:
    """A board without a clock believes that it is 1970: the time of the signature counts, not the board's."""
    told = subprocess.run(
        ["faketime", "1970-02-01", "rauc", f"--conf={made}/system.conf", "info", str(made / "good.raucb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
