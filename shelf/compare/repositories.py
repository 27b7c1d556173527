"""The public repositories that hold the sources, each at the commit that was compared."""

from __future__ import annotations

from typing import Final

COMMITS: Final = {
    "MTG/SymbTr": "246bbe362ef17cf9d200b5296e06473f29768be3",
    "MutopiaProject/MutopiaProject": "2144afd6f52d56c5b6995b8b589ef1268b3139f0",
    "alter-kaker/liderbukh": "dbc8ea96529a366a7bf1ed5e4cb563a5400aef16",
    "balcantare/lily": "283a9acd7abf377f88b8494af13d134618351d3a",
    "bbloomf/lilypond-songs": "947527c1fb3c488e0dcf2e59385c13c3a673fe62",
    "ccarh/essen-folksong-collection": "2d0ca75e87dc7a725556c8090e3681c1fa3a0452",
    "cuthbertLab/music21": "3146cb08762979cd6aae7dc95f246144026eb3cd",
    "gcidra/dacapo-criatividade-V2": "50b89b80ea576634c9202666d15e2c220c594f38",
    "hsweet/world": "41ae3d0500b79f1a17966a4e74ff5aee4e77da46",
    "shanahdt/densmore": "163cc3cbae1ed14552d96a76873722788cefe5d5",
    "violin-music/violin-music.github.io": "bf7da5476c34ba1368250b449e5378536de8d2d7",
}
"""By `owner/name` on GitHub."""


def address(repo: str, path: str) -> str:
    """Where a source can be read."""
    return f"https://github.com/{repo}/blob/{COMMITS[repo]}/{path.replace(' ', '%20')}"


def folder(repo: str) -> str:
    """What the checkout of a repository is called in the folder of sources."""
    return repo.replace("/", "+")
