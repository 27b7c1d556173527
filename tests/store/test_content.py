from __future__ import annotations

from pathlib import Path

import pytest

from mos_appliance.errors import BadInput, Corrupt
from mos_appliance.music.cid import cid_of
from mos_appliance.store.content import ContentStore


def test_a_file_comes_back_by_its_cid(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    files = {cid_of(data): data for data in (b"", b"a", b"x" * 3_000_000)}
    store.put(files.items())
    assert {cid: store.read(cid) for cid in files} == files
    assert sorted(store.cids()) == sorted(files)


def test_what_lies_there_under_a_wrong_name_is_put_aside_and_never_deleted(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    cid = cid_of(b"good")
    store.put([(cid, b"good")])
    (file,) = tmp_path.glob(f"??/{cid}")
    file.write_bytes(b"rotten")
    with pytest.raises(Corrupt, match="damaged"):
        store.read(cid)
    assert (tmp_path / "damaged" / cid).read_bytes() == b"rotten"
    assert not store.holds(cid)


def test_what_an_interrupted_write_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".new").mkdir()
    (tmp_path / ".new" / "half").write_bytes(b"ha")
    ContentStore(tmp_path).sweep()
    assert list((tmp_path / ".new").iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "b" + "a" * 58, "/etc/passwd"])
def test_a_name_that_is_no_cid_leads_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="CID"):
        ContentStore(tmp_path).read(name)
