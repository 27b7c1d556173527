"""partitura on the takes of `evidence`, run in an environment that has it: `PYTHON peer.py FOLDER [TAKES]`."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")


def main(folder: str, most: str = "1000") -> None:
    import numpy as np  # noqa: PLC0415
    import partitura as pt  # noqa: PLC0415
    from partitura.musicanalysis import (  # noqa: PLC0415
        estimate_key,
        estimate_spelling,
        estimate_time,
        estimate_voices,
    )

    spelling, metre, keys, links, failed = [], [], [], [], 0
    for path in sorted(Path(folder).glob("usual-*.mid"))[: int(most)]:
        truth = json.loads(path.with_suffix(".json").read_text())
        array = pt.load_performance_midi(str(path)).note_array()
        array = array[np.lexsort((array["pitch"], array["onset_tick"]))]
        try:
            names = estimate_spelling(array)
            spelling.append(
                np.mean(
                    [(a["step"], int(a["alter"])) == (b[0], b[1]) for a, b in zip(names, truth["notes"], strict=True)]
                )
            )
            keys.append(_key(estimate_key(array)) == truth["key"])
            voices = estimate_voices(array, monophonic_voices=True)
            links.append(_links(voices, [row[2] for row in truth["notes"]]))
            metre.append(int(estimate_time(array)["meter_numerator"]) == truth["metre"][0])
        except Exception:  # noqa: BLE001 - a peer may fail; it is counted
            failed += 1
    print(  # noqa: T201
        "| what | partitura |\n|---|---|\n"
        f"| spelling | {np.mean(spelling):.1%} of notes |\n"
        f"| voices, F measure of pairs, all four lines at once | {np.mean(links):.1%} |\n"
        f"| numerator of the metre | {np.mean(metre):.1%} of pieces |\n"
        f"| the same key as ours | {np.mean(keys):.1%} of pieces |\n"
        f"| takes that it failed on | {failed} |"
    )


def _key(name: str) -> str:
    return f"{name.rstrip('m')} {'minor' if name.endswith('m') else 'major'}"


def _links(ours: object, theirs: list[str]) -> float:
    found = []
    for labels in (list(ours), theirs):  # type: ignore[call-overload]
        last: dict[object, int] = {}
        pairs = set()
        for number, label in enumerate(labels):
            if label in last:
                pairs.add((last[label], number))
            last[label] = number
        found.append(pairs)
    return 2 * len(found[0] & found[1]) / max(1, len(found[0]) + len(found[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
