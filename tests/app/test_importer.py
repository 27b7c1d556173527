from __future__ import annotations

import msgspec
import pytest

from mos_appliance.app.importer import song
from mos_appliance.errors import BadInput
from mos_appliance.music.mnx.document import write_mnx
from mos_appliance.music.umf.document import new_umf, write_umf
from mos_appliance.wire.imports import ImportedSong
from mos_appliance.wire.song import decode_song
from tests.music.mnx.scores import scale_bar, score


def test_a_score_without_a_name_is_imported_as_the_song_it_is() -> None:
    tree = score(scale_bar("C4", "D4", "E4", "F4"), measures=[{"repeatEnd": {}}], name="Flute")
    for data, title in ((write_mnx(tree), "given"), (write_umf(new_umf("Scale", tree)), "Scale")):
        imported = msgspec.msgpack.decode(song(data, "given" if title == "given" else ""), type=ImportedSong)
        assert (imported.song.title, imported.song.end_tick) == (title, 2 * 3840)
        assert [(part.name, part.notes) for part in imported.song.parts] == [("Flute", 8)]
        events = decode_song(imported.block).events
        assert (events["status"] == 0x90).sum() == 8


def test_what_is_no_music_is_refused_with_its_place() -> None:
    with pytest.raises(BadInput, match="lacks 'mnx'"):
        song(b'{"a":1}', "")
