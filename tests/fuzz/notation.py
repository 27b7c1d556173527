"""The door of MIDI files that are written down as scores. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

from mos_appliance.music.formats import format_of
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.umf.document import judge
from mos_appliance.music.wishes import Wishes

MIDI = format_of("a.mid")
_WISHES = (Wishes(), Wishes(played=True), Wishes(played=False), Wishes(played=True, metre=(6, 8), split=60))


def fuzz_notation(data: bytes) -> None:
    """Write down, as it seems and as it is told; the score is good and holds every note that was struck."""
    loaded = MIDI.load(data, _WISHES[len(data) % len(_WISHES)])
    assert not judge(loaded.document).errors
    if "score" not in loaded.document:
        return
    struck = {(row["part"], row["onset"], row["pitch"]) for row in MIDI.notes(data, False).notes}
    written = score_notes(loaded.document["score"]).notes
    assert len(written) <= len(struck)
    assert len(written) or not struck
    for performance in loaded.document.get("performances", ()):
        assert all(note["score"] for note in performance["notes"])
