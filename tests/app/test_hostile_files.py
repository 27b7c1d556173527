"""Files that want to do harm, through the command line in a process of its own: one line, little memory, little time.

Time is CPU time, which a busy machine does not change: a second is wanted of a quiet one, three are allowed to a
process together with its start. Memory is the most that was resident, Python, NumPy and all.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.music.musicxml.test_hostile import LAUGHS, NOTE, deflated, zip_of
from tests.music.musicxml.test_score import score

CPU_S = 3
MOST_KB = 200 << 10


def nested_tuplets(levels: int) -> bytes:
    """MNX of tuplets in tuplets."""
    value = '{"multiple":3,"duration":{"base":"eighth"}}'
    front = '{"type":"tuplet","inner":' + value + ',"outer":' + value.replace("3", "2", 1) + ',"content":['
    note = '{"duration":{"base":"eighth"},"rest":{}}'
    content = front * levels + note + "]}" * levels
    return (
        '{"mnx":{"version":4},"global":{"measures":[{}]},"parts":[{"measures":[{"sequences":[{"content":['
        + content
        + "]}]}]}]}"
    ).encode()


def cyclic_ties() -> bytes:
    """MNX whose notes are tied in a ring, and one to itself."""

    def event(name: str, target: str) -> dict[str, object]:
        note = {"id": name, "pitch": {"step": "C", "octave": 4}, "ties": [{"target": target}]}
        return {"duration": {"base": "quarter"}, "notes": [note]}

    content = [event("a", "b"), event("b", "a"), event("c", "c"), event("d", "nowhere")]
    sequences = [{"sequences": [{"content": content}]}]
    return json.dumps(
        {"mnx": {"version": 4}, "global": {"measures": [{}]}, "parts": [{"measures": sequences}]}
    ).encode()


def endless_repeats() -> bytes:
    """MNX of a thousand repeats of a million times."""
    bars = [{"repeatStart": {}, "repeatEnd": {"times": 1_000_000}}] * 1000
    return json.dumps({"mnx": {"version": 4}, "global": {"measures": bars}, "parts": []}).encode()


def in_umf(mnx: bytes) -> bytes:
    return b'{"umf":"1.0","metadata":{"title":""},"score":' + mnx + b"}"


def midi(track: bytes, length: int | None = None, division: int = 480) -> bytes:
    size = len(track) if length is None else length
    return b"MThd" + struct.pack(">LHHH", 6, 0, 1, division) + b"MTrk" + struct.pack(">L", size) + track


def xml_tuplets() -> bytes:
    """MusicXML whose 10,000 notes each open six tuplets, and none ends."""
    ratio = "<time-modification><actual-notes>9973</actual-notes><normal-notes>9967</normal-notes></time-modification>"
    marks = "".join(f'<tuplet type="start" number="{n}"/>' for n in range(1, 7))
    end = f"<type>quarter</type>{ratio}<notations>{marks}</notations></note>"
    return score(NOTE.format(1).replace("</note>", end) * 10_000)


def zip_bomb() -> bytes:
    zeros = bytes(200 << 20)
    return zip_of(b"a.xml", deflated(zeros), len(zeros), zlib.crc32(zeros))


class Harm(NamedTuple):
    """A file, and whether it may be read after all (then as little as anything else)."""

    suffix: str
    make: Callable[[], bytes]
    readable: bool = False


GOOD = Path(__file__).parents[1] / "data"
HARMS = {
    "laughs": Harm(".musicxml", lambda: LAUGHS),
    "a zip bomb": Harm(".mxl", zip_bomb),
    "a million tags": Harm(".musicxml", lambda: b"<score-partwise>" + b"<a/>" * 1_000_001 + b"</score-partwise>"),
    "XML as deep as a file can be": Harm(".musicxml", lambda: b"<a>" * 400_000 + b"</a>" * 400_000),
    "10,000 tuplets without end": Harm(".musicxml", xml_tuplets, readable=True),
    "a tempo of 1e99": Harm(".musicxml", lambda: score('<sound tempo="1e99"/>')),
    "MusicXML cut off": Harm(".musicxml", lambda: (GOOD / "musicxml" / "two_hands.musicxml").read_bytes()[:-200]),
    "an archive cut off": Harm(".mxl", lambda: (GOOD / "musicxml" / "two_hands.mxl").read_bytes()[:-30]),
    "10,000 nested tuplets": Harm(".mnx", lambda: nested_tuplets(10_000)),
    "tuplets nested just so deep": Harm(".mnx", lambda: nested_tuplets(20)),
    "ties in a ring": Harm(".mnx", cyclic_ties, readable=True),
    "repeats without end": Harm(".mnx", endless_repeats, readable=True),
    "JSON as deep as a file can be": Harm(".mnx", lambda: b"[" * 5_000_000),
    "a number of a million digits": Harm(".mnx", lambda: b'{"mnx":' + b"9" * 1_000_000 + b"}"),
    "10,000 nested tuplets in UMF": Harm(".umf", lambda: in_umf(nested_tuplets(10_000))),
    "repeats without end in UMF": Harm(".umf", lambda: in_umf(endless_repeats()), readable=True),
    "UMF cut off": Harm(".umf", lambda: in_umf(cyclic_ties())[:-9]),
    "a tempo of no time at all": Harm(
        ".mid", lambda: midi(b"\x00\xff\x51\x03\x00\x00\x00\x00\xff\x2f\x00"), readable=True
    ),
    "a track that says it has 4 GB": Harm(".mid", lambda: midi(b"\x00\x90\x3c\x40", 0xFFFFFFFF)),
    "a system message without end": Harm(".mid", lambda: midi(b"\x00\xf0\xff\xff\xff\x7f" + bytes(1000))),
    "MIDI of no division": Harm(".mid", lambda: midi(b"\x00\xff\x2f\x00", division=0)),
    "a note at the end of time": Harm(
        ".mid", lambda: midi(b"\xff\xff\xff\x7f\x90\x3c\x40" * 200 + b"\x00\xff\x2f\x00"), readable=True
    ),
    "ABC of brackets": Harm(".abc", lambda: b"X:1\nT:x\nM:4/4\nL:1/8\nK:C\n" + b"(9" * 100_000 + b"[" * 100_000),
    "ABC with a note of all time": Harm(".abc", lambda: b"X:1\nK:C\nC" + b"9" * 100_000 + b"|\n"),
}


LIMITED = f"""
import resource, runpy
resource.setrlimit(resource.RLIMIT_CPU, ({4 * CPU_S}, {4 * CPU_S}))
try:
    runpy.run_module("mos_appliance", run_name="__main__", alter_sys=True)
finally:
    status = open("/proc/self/status").read()
    print(status.split("VmHWM:")[1].split()[0])
"""
"""What the child runs: more CPU time than this ends it. Its last line is the most memory that it had, in kB.

`ru_maxrss` would be no less than what this process has: a child begins as a copy of it.
"""


def run(path: Path, unfold: bool) -> tuple[int, str, float, int]:
    """Exit code, what was said on stderr, CPU seconds, and the most memory resident in kB."""
    words = [sys.executable, "-c", LIMITED, "notes", str(path), *["--unfold"] * unfold, "--json"]
    surroundings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(words, stdout=out, stderr=subprocess.PIPE, env=surroundings) as child,
    ):
        assert child.stderr is not None
        told = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        peak_kb = int(out.read().splitlines()[-1])
    return child.returncode, told, usage.ru_utime + usage.ru_stime, peak_kb


@pytest.mark.parametrize("name", HARMS)
def test_harm_gets_one_line_soon_and_little_memory(name: str, tmp_path: Path) -> None:
    harm = HARMS[name]
    path = tmp_path / f"harm{harm.suffix}"
    path.write_bytes(harm.make())
    code, told, cpu_s, peak_kb = run(path, unfold=True)
    assert code in ((0, 1) if harm.readable else (1,)), told
    assert code == 0 or (told.count("\n") == 1 and told.startswith(f"{path}: ") and len(told) < 600), told
    assert cpu_s < CPU_S
    assert peak_kb < MOST_KB
