"""The door of ABC. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

import random
from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.umf.document import judge

ABC = format_of("a.abc")
_PIECES: Final = (
    "|", "||", "|:", ":|", "::", "[1", "|2", "[CEG]2", "{/g}", "(3abc", "(", ")", "-", ">", "<<", '"Am7/G"', "!trill!",
    "!crescendo(!", "!<)!", "Z3", "x/", "&", "\\\n", "\n", "\nw: la-la_* |\n", "\nV:2 clef=bass\n", "[K:Bb]", "[M:7/8]",
    "[L:1/32]", "[Q:1/4=90]", "\nK:D exp ^f\n", "\nP:A\n", "^/c", "__B,,", "c''3/8", "!D.S.alfine!", "[V:1]", ".", "T",
    "%%score {1 2}\n", "\nX:2\nK:C\n", "\nU:T=!turn!\n", "[CE", "}", "]", "A/3", "(9:8:7",
)  # fmt: skip


def abc_seeds() -> list[bytes]:
    """Two tunes with something of everything."""
    one = (
        '%abc-2.1\nM:C\n\nX:1\nT:One \\\'e\nC:Trad.\nR:reel\nM:6/8\nL:1/8\nQ:"Gay" 3/8=80\nK:D dor\n'
        '|: D>E F | "Dm"(A2 B) {g}A3- | A3 !f![DFA]2 ^c\' | (3abc def |1 z6 :|2 D6 |]\n'
        "w: one two three | fo-ur _ *\nW:x\n"
    )
    two = (
        'X:2\nT:Two\nM:4/4\nL:1/4\nQ:1/4=100\n%%score {RH LH}\nV:RH clef=treble name="Piano"\nV:LH clef=bass\nK:G\n'
        "[V:RH] GABc | d4 & B2 G2 | [M:3/4] !fine! z3 | Z2 |]\n"
        "[V:LH] G,2 D,2 | G,,5/4 z/4 G,,3/2 z | G,3 | B,,3- | B,,3 |]\n"
    )
    return [one.encode(), two.encode(), (one + "\n" + two).encode()]


def fuzz_abc(data: bytes) -> None:
    """Read, judge, list, unfold, play."""
    document = ABC.load(data).document
    assert not judge(document).errors
    ABC.judge(data)
    try:
        written, sounding = ABC.notes(data, False), ABC.notes(data, True)
        ABC.arrange(data)
    except BadInput as error:
        assert "\n" not in str(error)
        return
    assert (written.notes["duration"] >= 0).all()
    assert (sounding.notes["onset"][1:] >= sounding.notes["onset"][:-1]).all()


def mend_abc(generator: random.Random, data: bytes) -> bytes:
    """Pieces of ABC put between what is left of a tune with a good head."""
    text = data.decode("latin-1")
    _, _, body = text.partition("K:")
    words = body.split(" ")
    for _ in range(generator.randint(1, 12)):
        words.insert(generator.randint(0, len(words)), generator.choice(_PIECES))
    return ("X:1\nL:1/8\nK:" + generator.choice(("G", "F#m", "none")) + "\n" + " ".join(words)).encode(
        "latin-1", "replace"
    )
