"""What RAUC says, in the words of this box; and the tools of the loader, by programs that stand in for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.loader_state import LoaderState
from drivers.rauc import Rauc, meaning
from mos_appliance.errors import BadInput, Unavailable


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_what_a_bundle_says_of_itself_is_read_as_a_shell_would(tmp_path: Path) -> None:
    fake = program(tmp_path / "rauc", "echo \"RAUC_MF_COMPATIBLE='mos-aarch64'\"; echo \"RAUC_MF_VERSION='0.2.0'\"")
    assert Rauc(tmp_path / "system.conf", fake).describe(tmp_path / "x.raucb") == ("mos-aarch64", "0.2.0")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("signature verification failed: Verify error: self-signed certificate", "was not signed by who may"),
        ("Failed to read signature size: unexpected", "is no bundle, or is cut off"),
        ("Installing failed: read error: Input/output error", "is damaged, or its medium is"),
        ("LastError: Installation error: something new", "LastError: Installation error: something new"),
        ("", "was refused"),
    ],
)
def test_a_refusal_is_one_line_that_a_teacher_understands(said: str, meant: str) -> None:
    assert meaning(said).startswith(meant)


DAMAGED = """rauc-Message: 00:00:07.030: Reading bundle: /tmp/stick/tampered.raucb
rauc-Message: 00:00:07.052: Verifying bundle signature...
 10% Verifying signature
 20% Verifying signature done.
rauc-event-Message: 00:00:09.794: Installation 2249d93a failed: Check /dev/dm-0 device failed: Input/output error
(rauc:482): rauc-WARNING **: 00:00:09.794: Check /dev/dm-0 device failed: Input/output error
Check /dev/dm-0 device failed: Input/output error
Installing `/tmp/stick/tampered.raucb` failed
"""


def test_what_it_tells_of_its_work_is_not_taken_for_the_reason() -> None:
    assert meaning(DAMAGED) == "is damaged, or its medium is"


def test_a_refused_bundle_is_named(tmp_path: Path) -> None:
    fake = program(tmp_path / "rauc", "echo 'signature verification failed: x' >&2; exit 1")
    with pytest.raises(BadInput, match=r"^x\.raucb: was not signed"):
        Rauc(tmp_path / "system.conf", fake).install(tmp_path / "x.raucb")


def test_the_loaders_variables_are_read_and_written_in_one_piece(tmp_path: Path) -> None:
    reader = program(tmp_path / "read", "echo BOOT_ORDER=A B; echo bootcmd=run a=b")
    writer = program(tmp_path / "write", f"cat > {tmp_path}/written")
    state = LoaderState(reader, writer)
    assert state.read() == {"BOOT_ORDER": "A B", "bootcmd": "run a=b"}
    state.write({"BOOT_ORDER": "B A", "mos_trial": ""})
    assert (tmp_path / "written").read_text() == "BOOT_ORDER B A\nmos_trial\n"


def test_a_value_cannot_become_a_second_variable(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="mos_sound"):
        LoaderState("true", "true").write({"mos_sound": "a card\nbootcmd evil"})


def test_a_box_without_such_a_loader_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="the loader's memory"):
        LoaderState(str(tmp_path / "nothing")).read()
