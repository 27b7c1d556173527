"""The door of MIDI files that are written down as scores. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

from mos_appliance.library.writing_down import write_down
from mos_appliance.music.formats import format_of
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.smf_write import write_smf
from mos_appliance.music.umf.document import judge
from mos_appliance.music.umf.performances import performance_smf
from mos_appliance.music.wishes import Wishes

MIDI, UMF = format_of("a.mid"), format_of("a.umf")
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


def written_down() -> list[bytes]:
    """Pieces that were played and written down."""
    notes = [{"startMs": 270 * n, "durationMs": 250, "pitch": 48 + 7 * n % 24, "velocity": 80} for n in range(12)]
    played = write_smf(performance_smf({"id": "x", "notes": notes}, "Played"))
    first = write_down(played, MIDI, {"title": "First"}).data
    return [first, write_down(first, UMF, {"bars": "2", "key": "G", "to_s": "2"}).data]


def fuzz_writing_down(data: bytes) -> None:
    """A piece of the library, written down again: what comes of it is good and can be written down once more."""
    written = write_down(data, UMF, {})
    assert not judge(written.document).errors
    assert score_notes(write_down(written.data, UMF, {}).document["score"]).notes.tobytes() == (
        score_notes(written.document["score"]).notes.tobytes()
    )
