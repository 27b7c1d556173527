"""The importer: one job on something from a stranger, with limits on memory and time, then gone.

`python -m mos_appliance.app.importer VERB [TITLE]` reads standard input and writes standard output. It is a process
of its own so that neither the hub's loop nor its memory ever carries such a job.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mos_appliance.errors import BadInput, Corrupt
from mos_appliance.wire.imports import ImportedSong, Refused

MEMORY_BYTES: Final = 1 << 30
"""Address space; the libraries themselves reserve most of it."""
SECONDS: Final = 120
_NICE: Final = 5


def song(data: bytes, title: str) -> bytes:
    """A MIDI file or a score → `ImportedSong`."""
    from mos_appliance.music.formats import format_of_bytes
    from mos_appliance.wire.song import encode_song
    from mos_appliance.wire.song_from_smf import song_from, song_message

    arrangement = format_of_bytes(data).arrange(data)
    message = song_message(arrangement, title)
    return msgspec.msgpack.encode(ImportedSong(encode_song(song_from(arrangement)), message))


def practice(data: bytes, title: str) -> bytes:
    """A MIDI file or a score → `ImportedPractice`."""
    from mos_appliance.app.practice_import import imported_practice

    return msgspec.msgpack.encode(imported_practice(data, title))


def take_song(data: bytes, title: str) -> bytes:
    """The file of a take → `ImportedSong`."""
    return song(take_midi(data, title), title)


def take_midi(data: bytes, title: str) -> bytes:
    """The file of a take → a MIDI file."""
    from mos_appliance.store.take_export import export_take
    from mos_appliance.store.take_format import decode_take

    content = decode_take(data, title)
    return export_take(content)


def voice(data: bytes, _: str) -> bytes:
    """A WAV → S16 mono at 48 kHz."""
    from mos_appliance.companion.voice import voice_from_wav

    return voice_from_wav(data).tobytes()


VERBS: Final[dict[str, Callable[[bytes, str], bytes]]] = {
    "song": song,
    "practice": practice,
    "take-song": take_song,
    "take-midi": take_midi,
    "voice": voice,
}


def main(argv: Sequence[str]) -> int:
    """Do one job. Returns 0, or 1 with a `Refused` on standard output."""
    os.nice(_NICE)
    gc.disable()  # one job, then gone
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    verb, title = argv[0], argv[1] if len(argv) > 1 else ""
    try:
        answer, code = VERBS[verb](sys.stdin.buffer.read(), title), 0
    except BadInput as error:
        answer, code = _refusal(error.where, error.why), 1
    except Corrupt as error:
        answer, code = _refusal("take", str(error)), 1
    except MemoryError:
        answer, code = _refusal("body", "needs more memory than it may have"), 1
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return code


def _refusal(where: str, why: str) -> bytes:
    return msgspec.msgpack.encode(Refused(where, why))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
