"""The doors: one row each. A new door needs a function that takes bytes, and good examples to damage."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.abc import abc_seeds, fuzz_abc, mend_abc
from tests.fuzz.hub import (
    fuzz_live,
    fuzz_take,
    fuzz_told,
    fuzz_voice,
    live_frames,
    mend_take,
    takes,
    voices,
)
from tests.fuzz.keeper import cards, fuzz_card, fuzz_keeper, keeper_requests
from tests.fuzz.library import fuzz_query, queries
from tests.fuzz.midi import fuzz_midi_stream, fuzz_smf, mend_smf
from tests.fuzz.musicxml import fuzz_musicxml, fuzz_mxl, mend_musicxml, mend_mxl, musicxml_seeds, mxl_seeds
from tests.fuzz.notation import fuzz_notation, fuzz_writing_down, written_down
from tests.fuzz.recording import fuzz_harmony, fuzz_recording, recordings
from tests.fuzz.requests import fuzz_requests, requests
from tests.fuzz.score import fuzz_mnx, fuzz_umf, mend_score, mnx_seeds, umf_seeds
from tests.fuzz.song import fuzz_song_played, mend_song, song_seeds
from tests.fuzz.students import (
    fuzz_skills,
    fuzz_student_event,
    fuzz_student_log,
    mend_student_log,
    skill_graphs,
    student_events,
    student_logs,
)
from tests.fuzz.texts import (
    cids,
    corrections,
    documents,
    fuzz_cid,
    fuzz_corrections,
    fuzz_documents,
    fuzz_json,
    fuzz_midi_message,
    fuzz_pages_kept,
    fuzz_signature,
    jsons,
    midi_messages,
    pages_kept,
    signed_files,
)
from tests.fuzz.wire import datagrams, fuzz_records

DATA: Final = Path(__file__).parents[1] / "data"


class Door(NamedTuple):
    """One row. `enter` may raise `MosError` only; `seeds` are good inputs; inputs are cut to `most_bytes`."""

    name: str
    enter: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    most_bytes: int
    doc: str
    mend: Callable[[random.Random, bytes], bytes] | None = None
    """Makes damaged input pass the first checks, for half of the cases."""


def files(folder: str, pattern: str) -> list[bytes]:
    """The golden files to damage, in order of their names; their damaged twins are left out."""
    paths = sorted((DATA / folder).glob(pattern))
    return [path.read_bytes() for path in paths if not path.stem.endswith(("_invalid", "_truncated"))]


def _live_bytes() -> list[bytes]:
    return [
        bytes.fromhex("90 3c 40 3e 40 f8 3c 00 3e 00 b0 40 7f c0 05 e0 00 40"),
        bytes.fromhex("f0 7e 7f 09 01 f7 91 30 fe 7f d1 22 f2 01 02 33 f6 a3 3c 11"),
        bytes.fromhex("fe 90 3c f8 40 80 3c fa 00 f3 01 f1 22 b3 7b 00 ff 99 26 64"),
    ]


DOORS: Final[tuple[Door, ...]] = (
    Door(
        "smf",
        fuzz_smf,
        lambda: files("midi", "*.mid"),
        4096,
        "MIDI files: read, listed, arranged, written again",
        mend_smf,
    ),
    Door("midi_stream", fuzz_midi_stream, _live_bytes, 512, "live MIDI bytes of a keyboard or a serial line"),
    Door("records", fuzz_records, datagrams, 2048, "datagrams between engine, hub and patchbay"),
    Door(
        "song_played",
        fuzz_song_played,
        song_seeds,
        2048,
        "songs for the engine: decoded, then played, looped, sought and stopped",
        mend_song,
    ),
    Door("live", fuzz_live, live_frames, 1024, "frames of a page on the WebSocket"),
    Door("take", fuzz_take, takes, 1024, "files of takes: read, cut, exported", mend_take),
    Door("voice", fuzz_voice, voices, 1024, "WAVs of phones and of the speech engine"),
    Door("told", fuzz_told, datagrams, 2048, "what an engine tells the hub: folded and recorded"),
    Door("mnx", fuzz_mnx, mnx_seeds, 16_384, "MNX files: read, unfolded, played, converted", mend_score),
    Door("umf", fuzz_umf, umf_seeds, 16_384, "UMF files: the same, and their canonical form", mend_score),
    Door(
        "musicxml",
        fuzz_musicxml,
        musicxml_seeds,
        16_384,
        "MusicXML, plain and packed: read, listed, written, read again",
        mend_musicxml,
    ),
    Door("mxl", fuzz_mxl, mxl_seeds, 8192, "packed MusicXML: its table of contents, its files, its notes", mend_mxl),
    Door("abc", fuzz_abc, abc_seeds, 4096, "ABC files: read, judged, unfolded, played", mend_abc),
    Door(
        "notation",
        fuzz_notation,
        lambda: files("midi", "*.mid"),
        4096,
        "MIDI files written down as scores",
        mend_smf,
    ),
    Door("recording", fuzz_recording, recordings, 4096, "WAVs to be transcribed: read, resampled, analysed"),
    Door(
        "harmony",
        fuzz_harmony,
        lambda: files("midi", "*.mid"),
        4096,
        "MIDI files whose chords are named, and whose melody is harmonised",
        mend_smf,
    ),
    Door("writing_down", fuzz_writing_down, written_down, 16_384, "pieces that are written down again", mend_score),
    Door("json", fuzz_json, jsons, 2048, "JSON and its canonical form", mend_score),
    Door("cid", fuzz_cid, cids, 200, "texts that are meant as CIDs, and bytes that get one"),
    Door("signature", fuzz_signature, signed_files, 4096, "signed UMF: whether it still holds", mend_score),
    Door("corrections", fuzz_corrections, corrections, 200, "what is said about a piece that is written down"),
    Door("midi_message", fuzz_midi_message, midi_messages, 64, "single MIDI messages"),
    Door("documents", fuzz_documents, documents, 512, "small files of the run and the data directory"),
    Door("pages_kept", fuzz_pages_kept, pages_kept, 1024, "engraved pages as the library keeps them"),
    Door("requests", fuzz_requests, requests, 512, "requests to the API: paths, queries, headers, bodies"),
    Door("student_event", fuzz_student_event, student_events, 2048, "events of a student: decoded, folded, a lesson"),
    Door(
        "student_log",
        fuzz_student_log,
        student_logs,
        4096,
        "logs of students as a bad card gives them",
        mend_student_log,
    ),
    Door("skills", fuzz_skills, skill_graphs, 16_384, "graphs of skills"),
    Door("keeper", fuzz_keeper, keeper_requests, 512, "requests to keeper, the one process of ours that is root"),
    Door("card", fuzz_card, cards, 2048, "settings files on the card: read, taken in, passwords struck out"),
    Door("query", fuzz_query, queries, 200, "what is typed into the library's search, then asked of SQLite"),
)
