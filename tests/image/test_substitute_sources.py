"""What stands in for Buildroot's sources and is not Debian's source."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest

from hw_tests.bench.packages import NotAvailable
from image import configure, substitute_sources, substitutes

TABLE = tomllib.loads(substitutes.TABLE.read_text())


def test_a_repositorys_archive_is_the_one_that_our_package_asks_for() -> None:
    for package, row in TABLE["repository"].items():
        folder = configure.EXTERNAL / "package" / package
        assert f"  {row['archive']}\n" in (folder / f"{package}.hash").read_text()
        owner, _, name = row["of"].partition("/")
        assert f"$(call github,{owner},{name}," in (folder / f"{package}.mk").read_text()
        assert row["archive"].endswith(f"-{row['tag'].removeprefix('v')}.tar.gz")


def test_a_repository_is_packed_with_its_name_in_front_and_the_same_each_time(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b"]
    (repository / "file").write_text("inside")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    archives = [tmp_path / name / "thing-1.tar.gz" for name in ("a", "b")]
    for archive in archives:
        substitute_sources.pack_repository(repository, "v1", archive)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archives[0].read_bytes())) as packed:
        assert "thing-1/file" in packed.getnames()
    with pytest.raises(NotAvailable, match="git -C"):
        substitute_sources.pack_repository(repository, "v2", archives[0])


def test_what_no_clone_was_named_for_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"--repository gcem=DIR makes it of a clone of kthohr/gcem"):
        substitutes.fetch_others(TABLE, tmp_path, fetch=False, repositories={})


def test_a_fetch_that_fails_leaves_no_folder_that_looks_fetched(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable):
        substitute_sources.fetch_from_npm({"x": {"package": "./no-such-folder", "folder": "package"}}, tmp_path)
    assert not (tmp_path / "x").exists()


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    for package in (*TABLE["pypi"], *TABLE["npm"], *TABLE["files"]):
        (tmp_path / package).mkdir()
    substitute_sources.fetch_sdists(TABLE["pypi"], tmp_path)
    substitute_sources.fetch_from_npm(TABLE["npm"], tmp_path)
    substitute_sources.fetch_from_debian(TABLE["files"], tmp_path, TABLE["files_suite"])
    assert not any(any(path.iterdir()) for path in tmp_path.iterdir())
