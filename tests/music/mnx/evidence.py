"""What W3C's own MNX examples and schema say about our reader; writes docs/evidence/mnx.md.

`python -m tests.music.mnx.evidence FOLDER`: a checkout of the MNX repository of the W3C Music Notation Community Group.
It has no licence that would let its files be shipped here.
"""

from __future__ import annotations

import copy
import datetime
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import read_json
from mos_appliance.music.mnx.document import judge
from tests.fuzz.score import MNX, UMF

ROOT: Final = Path(__file__).parents[3]
CASES: Final = 3_000
_VALUES: Final[tuple[Any, ...]] = (
    None, True, "x", "C", 1, 3, -1, 0.5, {}, [], [1, 4], "start", "event", "tuplet", {"duration": {"base": "half"}},
    {"fraction": [1, 2]},
)  # fmt: skip
_NAMES: Final = (
    "type", "staff", "staves", "voice", "duration", "dots", "notes", "rest", "x", "ties", "slurs", "kit", "name", "bpm",
    "time", "marks", "orient", "open", "id",
)  # fmt: skip


def survives(data: bytes) -> bool:
    """Whether an example is good, comes back equal from UMF, and can be listed and played."""
    umf = UMF.save(MNX.load(data).document).data
    again = MNX.save(UMF.load(umf).document).data
    MNX.notes(data, True)
    MNX.arrange(data).bars()
    return not MNX.judge(data).errors and not UMF.judge(umf).errors and json.loads(again) == json.loads(data)


def places(tree: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value but those that vendors put into `_x`."""
    yield way
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in inside:
        if name != "_x":
            yield from places(value, (*way, name))


def damaged(generator: random.Random, tree: Any) -> Any:
    """The document with one value replaced, removed or added."""
    tree = copy.deepcopy(tree)
    *way, last = generator.choice(list(places(tree))[1:])
    holder = tree
    for name in way:
        holder = holder[name]
    kind = generator.random()
    if kind < 0.35:
        holder[last] = generator.choice(_VALUES)
    elif kind < 0.6:
        del holder[last]
    elif isinstance(holder[last], dict):
        holder[last][generator.choice(_NAMES)] = generator.choice(_VALUES)
    else:
        holder[last] = generator.choice(_VALUES)
    return tree


def ours(tree: Any) -> str:
    """Why we refuse a document, empty when we do not."""
    try:
        errors = judge(read_json(json.dumps(tree).encode()), strict=True).errors
    except BadInput as error:
        return error.why
    return errors[0].why if errors else ""


def main(folder: Path) -> int:
    """Judge the examples, whole and damaged. Returns 1 when the W3C schema refuses what we take."""
    files = sorted((folder / "docs" / "static" / "examples" / "json").glob("*.json"))
    schema = jsonschema.Draft202012Validator(json.loads((folder / "docs" / "mnx-schema.json").read_text()))
    good = sum(survives(path.read_bytes()) for path in files)
    generator = random.Random(1)
    trees = [json.loads(path.read_bytes()) for path in files]
    outcomes = Counter[str]()
    for _ in range(CASES):
        tree = damaged(generator, generator.choice(trees))
        theirs, mine = schema.is_valid(tree), not ours(tree)
        outcomes["alike" if theirs == mine else "only ours refuses" if theirs else "only W3C's refuses"] += 1
    commit = subprocess.run(
        ["git", "-C", folder, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    version = (ROOT / "image" / "version").read_text().strip()
    rows = [
        ("examples of the W3C repository", len(files)),
        ("good, equal after MNX → UMF → MNX, listed and played", good),
        ("damaged examples judged by W3C's schema and by us", CASES),
        *((f"– {word}", outcomes[word]) for word in ("alike", "only ours refuses", "only W3C's refuses")),
    ]
    lines = [
        "# MNX beside W3C's own examples and schema",
        "",
        f"Schema `{schema.schema['$id']}`, repository w3c/mnx at {commit or 'an unknown commit'}; MOS {version}, "
        f"{datetime.date.today()}. Made by `python -m tests.music.mnx.evidence FOLDER`.",
        "",
        "Ours refuses more where a document contradicts itself: a part with more bars than the score, a fraction of "
        "n/0, numbers that no music has.",
        "",
        "| what | number |",
        "|---|---|",
        *(f"| {what} | {number:,} |" for what, number in rows),
    ]
    (ROOT / "docs" / "evidence" / "mnx.md").write_text("\n".join(lines) + "\n")
    return int(outcomes["only W3C's refuses"] > 0 or good < len(files))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
