"""How well takes are followed: writes docs/evidence/following.md. Resumable: what was measured lies in build/evidence.

`python -m tests.tutor.evidence [FOLDER]`: a checkout of github.com/CPJKU/asap-dataset, the note-aligned ASAP
set (CC BY-NC-SA 4.0, hence not part of this repository), else `ASAP` in the environment.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import statistics
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.performance import performance_of
from mos_appliance.tutor.report import report_of
from tests.tutor import asap, beside, hostile
from tests.tutor.beginner import KINDS, Key, beginner

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "build" / "evidence" / "following"
TABLE: Final = ROOT / "docs" / "evidence" / "following.md"
FIRST: Final = ("played", "errors")
_WHOLE: Final = ("played", "errors", "played, offline", "errors, offline")
FIGURES: Final = ("f", "f_unison", "extra_p", "extra_r", "missed_p", "missed_r", "missed_p_unison", "missed_r_unison")
OF_PEERS: Final = 4
"""So many of them there are for parangonar too."""
HOSTILE: Final = (*((name, False) for name in hostile.TAKES), ("any_keys", True), ("all_keys", True))
BOARD: Final = ROOT / "build" / "hardware"
"""What the bench's test wrote, by `pytest hw_tests/test_following_cost.py`."""
Report = dict[str, Any]


def assessed(piece: asap.Piece, keys: Iterable[Key], offline: bool) -> Report:
    """What `mos assess` says about a take: the same code, without the files."""
    take = performance_of(asap.midi(list(keys)))
    return report_of(piece.score, take, assess(piece.score, take, offline))


def share(found: set[Any], true: set[Any]) -> tuple[float, float]:
    """Precision and recall."""
    right = len(found & true)
    return right / len(found) if found else 1.0, right / len(true) if true else 1.0


def f_of(found: set[Any], true: set[Any]) -> float:
    precision, recall = share(found, true)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def measured(piece: asap.Piece, keys: list[Key], deleted: frozenset[str], offline: bool) -> dict[str, float]:
    """The figures of one take."""
    report = assessed(piece, keys, offline)
    found = {(f"{row['score_id']}-{row['pass']}", row["performance_index"]) for row in report["matches"]}
    true = {(f"{key.name}-{key.times}", place) for place, key in enumerate(keys) if key.name}
    same = asap.unison_names(piece.score.page, piece.score)
    extra = share(set(report["extra"]), {place for place, key in enumerate(keys) if not key.name})
    missing = {f"{row['score_id']}-{row['pass']}" for row in report["missed"]}
    missed = share(missing, set(deleted))
    struck = {_one_name(f"{key.name}-{key.times}", same) for key in keys if key.name}
    silent = {_one_name(f"{row['score_id']}-{row['pass']}", same) for row in report["missed"] if "unison" not in row}
    mute = share(silent, {_one_name(name, same) for name in deleted} - struck)
    told = told_true(report, keys)
    return {
        "f": f_of(found, true),
        "f_unison": f_of(_renamed(found, same), _renamed(true, same)),
        "extra_p": extra[0],
        "extra_r": extra[1],
        "missed_p": missed[0],
        "missed_r": missed[1],
        "missed_p_unison": mute[0],
        "missed_r_unison": mute[1],
        "notes": len(keys),
        "told": told[0],
        "told_true": told[1],
        "is_this_piece": report["is_this_piece"],
        "grade": report["grade"],
    }


def _renamed(pairs: set[tuple[str, int]], same: dict[str, str]) -> set[tuple[str, int]]:
    return {(_one_name(name, same), place) for name, place in pairs}


def _one_name(name: str, same: dict[str, str]) -> str:
    """An id with its pass, notes in unison by the first of them."""
    head, _, times = name.rpartition("-")
    return f"{same.get(head, head)}-{times}"


def of_peer(piece: asap.Piece) -> dict[str, Any]:
    """The figures of parangonar's matchers on the takes of `FIRST`, by take and matcher."""
    takes = list(piece.keys), asap.with_errors(piece, _draw(piece.name))[0]
    found = beside.matched(*piece.files, takes)
    return {
        f"{stage}, {way}": _of_peer(piece, keys, each[way])
        for stage, keys, each in zip(FIRST, takes, found, strict=True)
        for way in ("online", "offline")
    }


def _of_peer(piece: asap.Piece, keys: list[Key], found: dict[str, Any]) -> dict[str, Any]:
    if "failed" in found:
        return {"failed": found["failed"]}
    true = {(f"{key.name}-{key.times}", place) for place, key in enumerate(keys) if key.name}
    pairs = {(name, place) for name, place in found["pairs"]}
    same = asap.unison_names(piece.score.page, piece.score)
    everything = set(range(len(keys)))
    extra = share(everything - {place for _, place in pairs}, everything - {place for _, place in true})
    return {
        "f": f_of(pairs, true),
        "f_unison": f_of(_renamed(pairs, same), _renamed(true, same)),
        "extra_p": extra[0],
        "extra_r": extra[1],
        "ms": 1000.0 * found["cpu_s"] / max(1, len(keys)),
    }


def told_true(report: Report, keys: list[Key]) -> tuple[int, int]:
    """How many wrong and silent notes were told, and how many of them are so by the truth."""
    played = {key.name for key in keys}
    passes: dict[str, int] = {}
    for key in keys:
        passes[key.name] = passes.get(key.name, 0) + 1
    told = right = 0
    for statement in report["feedback"]:
        if statement["kind"] != "notes" or "score_id" not in statement["evidence"]:
            continue
        told += 1
        evidence = statement["evidence"]
        extra = all(not keys[place].name for place in evidence["performance_indices"])
        silent = evidence["score_id"] not in played or passes[evidence["score_id"]] < evidence["passes"]
        right += extra and silent
    return told, right


def of_beginner(piece: asap.Piece, kind: str) -> dict[str, float]:
    """The figures of a take of a beginner of that kind."""
    take = beginner(piece.keys, piece.bar_times, kind, _draw(piece.name, kind))
    keys, passes, order = asap.in_file_order(take)
    report = assessed(piece, keys, offline=False)
    true = {
        (f"{key.name}-{times}", place) for place, (key, times) in enumerate(zip(keys, passes, strict=True)) if key.name
    }
    found = {(f"{row['score_id']}-{row['pass']}", row["performance_index"]) for row in report["matches"]}
    same = asap.unison_names(piece.score.page, piece.score)
    true, found = _renamed(true, same), _renamed(found, same)
    right = {place for name, place in true & found}
    at = {place: now for now, place in enumerate(order)}
    bars = [[at[first + step] for step in range(count)] for first, count in take.landings]
    again = sum(_found_again(bar, right, keys) for bar in bars)
    other = [bar for bar in bars if not _found_again(bar, right, keys)]
    alike = sum(_found_alike(piece, bar, dict(_places(piece, found)), keys) for bar in other)
    figures = {"jumps": len(take.landings), "found": again, "alike": alike, "notes": len(keys)}
    return {"f_unison": f_of(found, true)} | figures


def _found_again(bar: list[int], right: set[int], keys: list[Key]) -> bool:
    """Whether of the last three notes of the first bar after a jump two are right."""
    meant = [place for place in bar if keys[place].name][-3:]
    return sum(place in right for place in meant) >= min(2, len(meant))


def _places(piece: asap.Piece, found: set[tuple[str, int]]) -> Iterable[tuple[int, int]]:
    """Index of each note played that was matched, and the moment to which."""
    number = {name: note for note, name in enumerate(piece.score.page.ids)}
    return ((place, piece.score.moment_of[number[name.rpartition("-")[0]]]) for name, place in found)


def _found_alike(piece: asap.Piece, bar: list[int], places: dict[int, int], keys: list[Key]) -> bool:
    """Whether the last notes of the first bar were followed where that bar stands a second time, note for note."""
    number = {name: note for note, name in enumerate(piece.score.page.ids)}
    meant = [place for place in bar if keys[place].name in number][-3:]
    quarters, shifts = piece.score.quarters, Counter[float]()
    for place in meant:
        true = piece.score.moment_of[number[keys[place].name]]
        if place in places and asap.alike(piece.score, true, places[place]):
            shifts[round(quarters[places[place]] - quarters[true], 6)] += 1
    return bool(shifts) and shifts.most_common(1)[0][1] >= min(2, len(meant))


def _draw(*names: str) -> random.Random:
    return random.Random(zlib.crc32("|".join(names).encode()))


STAGES: Final[dict[str, Callable[[asap.Piece], dict[str, Any]]]] = {
    "played": lambda piece: measured(piece, list(piece.keys), piece.deleted, False),
    "errors": lambda piece: measured(piece, *asap.with_errors(piece, _draw(piece.name)), False),
    "errors, offline": lambda piece: measured(piece, *asap.with_errors(piece, _draw(piece.name)), True),
    "played, offline": lambda piece: measured(piece, list(piece.keys), piece.deleted, True),
    **{kind: (lambda piece, kind=kind: of_beginner(piece, kind)) for kind in KINDS},
    "parangonar": of_peer,
}
PEERS: Final = ("parangonar",)


def main(words: list[str]) -> int:
    """Measure what is not measured yet, then write the table. Returns the exit code."""
    folder = Path(next((word for word in words if not word.startswith("-")), os.environ.get("ASAP", "")))
    if not (folder / "metadata.csv").is_file():
        sys.stderr.write(
            "following: needs the (n)ASAP set: git clone https://github.com/CPJKU/asap-dataset, then"
            " make evidence NAME=following ASAP=FOLDER\n"
        )
        return 3
    KEPT.mkdir(parents=True, exist_ok=True)
    rows = asap.chosen(folder)
    ours = tuple(stage for stage in STAGES if stage not in PEERS)
    if not beside.is_there():
        sys.stderr.write("following: parangonar is not there (make peers): its rows stay as they are\n")
    for stages in (FIRST, ours, *([PEERS] if beside.is_there() else [])):
        for place, row in enumerate(rows):
            _measure(folder, row, stages)
            sys.stderr.write(f"following: {', '.join(stages)}: {place + 1} of {len(rows)}: {row['midi_performance']}\n")
            if place % 10 == 9:
                write_table(rows)
    _measure_hostile()
    write_table(rows)
    return 0


def _measure_hostile() -> dict[str, Any]:
    """The answers to takes that nobody plays, each in a process of its own; those that are there are kept."""
    path = KEPT / "hostile.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    for name, offline in HOSTILE:
        words = [name, *["--offline"][:offline]]
        if " ".join(words) not in done:
            command = [sys.executable, "-m", "tests.tutor.hostile", *words]
            told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
            done[" ".join(words)] = json.loads(told)
            path.write_text(json.dumps(done))
            sys.stderr.write(f"following: {' '.join(words)}: {told}")
    return done


def _hostile_lines() -> list[str]:
    path = KEPT / "hostile.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    names = ("notes", "is_this_piece", "says", "grade", "accounted", "cpu_s", "ms_a_note", "most_mb")
    lines = ["", "| take that nobody plays | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    return lines + [
        f"| {take} | " + " | ".join(str(told[name]) for name in names) + " |" for take, told in done.items()
    ]


def _board_lines() -> list[str]:
    """Instructions a note on the bench's Cortex-A53, where its test has left them."""
    files = [path for path in (BOARD / "following.json", BOARD / "short" / "following.json") if path.is_file()]
    if not files:
        how = "`pytest hw_tests/test_following_cost.py`"
        return ["", f"Instructions a note on the bench's Cortex-A53 were not counted ({how})."]
    told = json.loads(files[0].read_text())
    return [
        "",
        f"On the bench's Cortex-A53, the sonata of 500 bars of `mos bench following`, its first {told['notes']} notes,"
        f" nothing else running: {told['p50'] / 1e6:.2f} million instructions a note (p50), {told['p99'] / 1e6:.2f}"
        f" (p99), {told['max'] / 1e6:.2f} at most; the place kept: {'yes' if told['place_kept'] else 'no'}.",
    ]


def _kept(row: dict[str, str]) -> tuple[Path, dict[str, Any]]:
    """Where a performance's figures lie, and those that are there."""
    path = KEPT / f"{row['midi_performance'].replace('/', '_')}.json"
    return path, json.loads(path.read_text()) if path.is_file() else {}


def _measure(folder: Path, row: dict[str, str], stages: Iterable[str]) -> None:
    """Measure those stages of a performance that were not."""
    path, done = _kept(row)
    todo = [stage for stage in stages if stage not in done]
    if not todo:
        return
    piece = asap.load(folder, row)
    for stage in todo:
        began = time.process_time()
        done[stage] = STAGES[stage](piece) | {"cpu_s": time.process_time() - began}
    path.write_text(json.dumps(done))


def write_table(rows: list[dict[str, str]]) -> None:
    """docs/evidence/following.md from all that was measured."""
    results = {row["midi_performance"]: _kept(row)[1] for row in rows}
    lines = [_HEAD.format(date=datetime.datetime.now(tz=datetime.UTC).date()), ""]
    lines += ["| take | performances | " + " | ".join(FIGURES) + " |", "|---|---|" + "---|" * len(FIGURES)]
    for stage in ("played", "played, offline", "errors", "errors, offline"):
        rows_of = [result[stage] for result in results.values() if stage in result]
        mean = [statistics.mean(row[figure] for row in rows_of) for figure in FIGURES] if rows_of else []
        lines.append(f"| {stage} | {len(rows_of)} | " + " | ".join(f"{value:.4f}" for value in mean) + " |")
    beside_us = [result["parangonar"] for result in results.values() if "parangonar" in result]
    both = [result for result in results.values() if "parangonar" in result]
    for stage in FIRST:
        for way in ("online", "offline"):
            lines.append(_peer_line(f"{stage}, {way}", beside_us))
            lines.append(_same_line(stage if way == "online" else f"{stage}, offline", both))
    online = [result[stage] for result in results.values() for stage in FIRST if stage in result]
    told, right = (sum(row[name] for row in online) for name in ("told", "told_true"))
    lines += [
        "",
        f"Told faults (wrong and silent keys, online): {right} of {told} true, {right / max(1, told):.4f}.",
        "",
    ]
    lines += [
        "| beginner | performances | F, mean | jumps | found again within a bar | or in a bar that is the same |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        lines.append(_beginner_line(kind, [result[kind] for result in results.values() if kind in result]))
    lines += ["", "| performance | " + " | ".join(_WHOLE) + " |", "|---|" + "---|" * len(_WHOLE)]
    for name, result in sorted(results.items()):
        figures = (f"{result[stage]['f']:.4f}" if stage in result else "" for stage in _WHOLE)
        lines.append(f"| {name.removesuffix('.mid')} | " + " | ".join(figures) + " |")
    lines[-len(results) - 3 : -len(results) - 3] = _hostile_lines() + _board_lines()
    TABLE.write_text("\n".join(lines) + "\n")


def _beginner_line(kind: str, rows: list[dict[str, float]]) -> str:
    jumps, found = sum(row["jumps"] for row in rows), sum(row["found"] for row in rows)
    alike = found + sum(row["alike"] for row in rows)
    mean = f"{statistics.mean(row['f_unison'] for row in rows):.4f}" if rows else ""
    shares = [f"{count / jumps:.4f}" if jumps else "" for count in (found, alike)]
    return f"| {kind} | {len(rows)} | {mean} | {jumps:.0f} | {' | '.join(shares)} |"


def _same_line(stage: str, results: list[dict[str, Any]]) -> str:
    """Our figures on the performances that parangonar was run on."""
    rows = [result[stage] for result in results if stage in result]
    cells = [f"{statistics.mean(row[figure] for row in rows):.4f}" if rows else "" for figure in FIGURES]
    return f"| ours, on those: {stage} | {len(rows)} | {' | '.join(cells)} |"


def _peer_line(take: str, results: list[dict[str, Any]]) -> str:
    rows = [result[take] for result in results]
    good = [row for row in rows if "failed" not in row]
    cells = [f"{statistics.mean(row[figure] for row in good):.4f}" if good else "" for figure in FIGURES[:4]]
    count = f"{len(good)}" + (f" ({len(rows) - len(good)} failed)" if len(good) < len(rows) else "")
    return f"| parangonar 3.4: {take} | {count} | {' | '.join(cells)} |{' |' * (len(FIGURES) - OF_PEERS)}"


_HEAD: Final = """# Following, measured

`make evidence NAME=following ASAP=FOLDER`, {date}, 60 performances of the (n)ASAP set (CC BY-NC-SA 4.0, for
measuring only; pieces by title with a robust alignment, drawn by a fixed seed), through the code of `mos assess`.
Costs were set on other pieces of the set: at first 18 to 24, since then 50 of other titles. The worst of the 60 were
looked at too, to find out why: that led to the rule that a take begins at the beginning, to keys struck again while
they sound (tremolos that the set's scores abbreviate), to cheap steps back, to notes in unison that no longer count as
left out, and to trills that keep no time; what did not do better on the 50 was not kept.
F is over matches (note of the score, pass, note played), mean over performances. `…_unison` takes notes in unison for
one: a key plays them all. The set names one of them, mostly the same in every performance of a piece (1616 of 1674
pairs of performances), but by no rule of voice, length, staff or order that was found; that alone is half a hundredth
of F, and three hundredths of the missed notes. Among grace notes the set often has the order turned round.
Errors: 5 % of the notes missed, 4 % wrong by one or two semitones, 3 % extra. Beginners:
`tests/tutor/beginner.py` says how they play; their F is as `f_unison`. Found again: of the last three notes of the
first bar after a jump two are right, pass and all; in the last column also when they are right in a bar elsewhere that
is the same from its beginning to its end, note for note: there nobody could tell, and the nearest such place is shown.
In a bar of one or two notes they are all there is to be found by; those bars count too.

parangonar 3.4.0 (offline `DualDTWNoteMatcher`, online `TOLTWMatcher`; its transformers need PyTorch and were not run)
gets the same takes and, unlike ours, a score with the repeats written out as they were played, by the set's alignment.
The set's own alignments were made by methods of the same authors, which may favour it. It was run on the shorter pieces
first, as its time grows with the square of the notes; the eleven longest are missing (one took more than 15 minutes on
a busy machine). Of the literature (Peter, ISMIR 2023; Peter & Widmer, ISMIR 2024; Peter et al., TISMIR 2023) only
abstracts could be read here, which give no figure on this set: none is repeated from memory.

Takes that nobody plays (`tests/tutor/hostile.py`) are held against a score of 500 bars; `most_mb` is the whole process.

Asked for: F at least 0.985 as played and 0.96 with errors; precision and recall of extra and missed notes, with errors,
at least 0.87 online and 0.92 offline; told faults at least 0.98 true; beginners 0.95, found again within a bar in 0.95
of the cases. What stays below is not reached."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
