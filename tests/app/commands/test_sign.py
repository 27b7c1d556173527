from __future__ import annotations

import json
import shutil
import stat
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.umf.document import write_umf
from tests.music.umf.test_document import whole


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "me.pem"
    assert main(["key", "new", str(path)]) == 0
    capsys.readouterr()
    return path


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    path = tmp_path / "piece.umf"
    path.write_bytes(write_umf(whole()))
    return path


def public(key: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["key", "show", str(key), "--json"]) == 0
    told: str = json.loads(capsys.readouterr().out)["key"]
    return told


def test_a_signed_document_is_good_and_tells_who_signed_it(
    key: Path, piece: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = public(key, capsys)
    words = ["sign", str(piece), "--key", str(key), "--by", "A. Teacher", "--at", "2026-11-22T19:00:00Z"]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{piece}: signed with {name}; it has 1 now\n"
    assert main(["validate", str(piece)]) == 0
    assert f"  signed: {name} says it is A. Teacher\n" in capsys.readouterr().out


def test_whoever_signs_after_another_leaves_both_good(
    key: Path, piece: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, twice = tmp_path / "other.pem", tmp_path / "twice.umf"
    assert main(["key", "new", str(other)]) == 0
    assert main(["sign", str(piece), "--key", str(key)]) == 0
    assert main(["sign", str(piece), "--key", str(other), "-o", str(twice)]) == 0
    capsys.readouterr()
    assert main(["validate", str(twice), "--json"]) == 0
    signatures = json.loads(capsys.readouterr().out)["signatures"]
    assert [row["good"] for row in signatures] == [True, True]
    assert [row["key"] for row in signatures] == [public(key, capsys), public(other, capsys)]


def test_a_changed_document_is_told_with_whose_signature_broke(
    key: Path, piece: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign", str(piece), "--key", str(key)]) == 0
    piece.write_bytes(piece.read_bytes().replace(b'"Scale"', b'"Scald"'))
    capsys.readouterr()
    assert main(["validate", str(piece), "--json"]) == 1
    out, err = capsys.readouterr()
    assert [row["good"] for row in json.loads(out)["signatures"]] == [False]
    assert err.startswith(f"{piece}: provenance.signatures[0]: is not good")


def test_a_key_is_for_its_owner_alone_and_never_overwritten(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert main(["key", "new", str(key)]) == 1
    assert capsys.readouterr().err == f"key {key}: is there already; a key is never overwritten\n"
    assert key.read_bytes() == before


def test_a_key_is_one_that_openssl_reads(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl is part of every Debian that has ca-certificates"
    told = subprocess.run(
        (openssl, "pkey", "-in", str(key), "-pubout", "-outform", "DER"), capture_output=True, check=True
    ).stdout

    assert b64encode(told[-32:]).decode() == public(key, capsys)


@pytest.mark.parametrize(
    "text", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff" * 9000]
)
def test_what_is_no_key_is_refused_and_nothing_is_written(
    text: bytes, piece: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, before = tmp_path / "bad.pem", piece.read_bytes()
    bad.write_bytes(text)
    assert main(["sign", str(piece), "--key", str(bad)]) == 1
    assert capsys.readouterr().err == (f"{piece}: key {bad}: is no secret Ed25519 key in PEM; mos key new makes one\n")
    assert piece.read_bytes() == before


def test_a_key_that_is_not_there_and_a_file_that_is_no_umf_are_told(
    key: Path, piece: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign", str(piece), "--key", str(tmp_path / "none.pem")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none.pem'}: file: No such file or directory\n"
    assert main(["sign", "song.mid", "--key", str(key)]) == 1
    assert "UMF is what is signed, mos convert makes it" in capsys.readouterr().err
    assert main(["sign", str(piece), "--key", str(key), "--at", "yesterday"]) == 1
    assert "signatures[0].signedAt" in capsys.readouterr().err
