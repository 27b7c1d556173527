"""The layouts that scores are engraved in: one row each."""

from __future__ import annotations

from typing import Final, NamedTuple

from mos_appliance.errors import BadInput


class Layout(NamedTuple):
    """How big the page is and what is on it. Units: CSS pixels; `scale` is Verovio's, 40 makes staves of 29 px."""

    name: str
    width: int
    height: int
    scale: int
    names: bool
    """Whether every note head carries the name of its note."""
    doc: str


LAYOUTS: Final[dict[str, Layout]] = {
    row.name: row
    for row in (
        Layout("phone", 390, 760, 40, False, "A phone held upright: two or three bars a line."),
        Layout("tablet", 820, 1080, 45, False, "A tablet or a laptop: a page as it is printed."),
        Layout("large", 820, 1080, 80, False, "Large print, for weak eyes or a music stand far away."),
        Layout("names", 820, 1080, 80, True, "With the names of the notes, for whom reading is new."),
    )
}


def layouts_named(text: str) -> tuple[str, ...]:
    """`phone,large` → their names; `none` → nothing. Errors: `BadInput`."""
    names = [name.strip() for name in text.split(",") if name.strip() and name.strip() != "none"]
    for name in names:
        if name not in LAYOUTS:
            raise BadInput("layouts", f"there is no layout {name[:40]!r}; there are {', '.join(LAYOUTS)}")
    return tuple(dict.fromkeys(names))
