"""The tokens of a line of music, one function each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.abc import symbols
from mos_appliance.music.abc.events import Event, Grace, Tuplet
from mos_appliance.music.abc.fields import ALTERS
from mos_appliance.music.abc.scanner import Token, length_of
from mos_appliance.music.abc.text import plain
from mos_appliance.music.abc.voice import Voice
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own, set_own

_PARTNERS: Final = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
"""`(p`: p notes in the time of; the others follow the metre."""
MAX_SILENT: Final = 2_000


def note(voice: Voice, token: Token) -> None:
    """A letter."""
    step, marks = token.group("step"), token.group("octave")
    octave = (5 if step.islower() else 4) + marks.count("'") - marks.count(",")
    sign = ALTERS[token.group("sign")] if token.group("sign") else None
    length = length_of(token.group("length"), token.where)
    found: Json = {"pitch": voice.place(step.upper(), octave, sign, token.where)}
    if sign is not None:
        found["accidentalDisplay"] = {"show": True}
    if token.group("micro"):
        _bend(found, sign or 0, token, voice)
    _finger(voice, found)
    if voice.chord is None:
        event = Event(length, token.where, [found])
        decorate(voice, event)
        voice.add(event)
    else:
        voice.add_note(found, length, token.where)


def _bend(found: Json, sign: int, token: Token, voice: Voice) -> None:
    """A microtone: the pitch without its accidental, and how many cents more."""
    over, _, under = token.group("micro").partition("/")
    share = Fraction(int(over or 1), max(int(under or 2), 1))
    if share > 4:
        voice.shared.report.add(token.where, "microtone beyond two whole tones")
        return
    found["pitch"] = {name: value for name, value in found["pitch"].items() if name != "alter"}
    cents = round(float(100 * sign * share), 3)
    if cents:
        set_own(found, "cents", cents)


def _finger(voice: Voice, found: Json) -> None:
    """The digits among the decorations are fingers of this note."""
    fingers = [mark for mark in voice.marks if mark in ("0", "1", "2", "3", "4", "5")]
    if fingers:
        set_own(found, "fingering", fingers)
        voice.marks = [mark for mark in voice.marks if mark not in fingers]


def rest(voice: Voice, token: Token) -> None:
    """`z`, or `x`, which is not printed."""
    kind = "rest" if token.group("rest").startswith("z") else "space"
    event = Event(length_of(token.group("rest_length"), token.where), token.where, [], kind)
    if voice.chord is not None:
        voice.shared.report.add(token.where, "rest in a chord")
        return
    decorate(voice, event)
    voice.add(event)


def bars(voice: Voice, token: Token) -> None:
    """`Z4`: whole bars of rest."""
    number = int(token.group("count") or 1)
    if not 1 <= number <= MAX_SILENT:
        raise BadInput(token.where, f"{number} bars of rest; at most {MAX_SILENT:,} are read")
    for place in range(number):
        if place:
            voice.end_bar(token.where)
        voice.bar.silent = True


def chord(voice: Voice, token: Token) -> None:
    """`[`. Errors: `BadInput` for a chord in a chord."""
    if voice.chord is not None:
        raise BadInput(token.where, "a chord begins in a chord")
    voice.chord = []


def chord_end(voice: Voice, token: Token) -> None:
    """`]`: the chord lasts as long as its first note says."""
    notes, voice.chord = voice.chord, None
    if notes is None:
        raise BadInput(token.where, "a chord ends that has not begun")
    if not notes:
        voice.shared.report.add(token.where, "chord without notes")
        return
    if len({length for _, length in notes}) > 1:
        voice.shared.report.add(token.where, "chord whose notes last differently: taken as long as the first")
    length = notes[0][1] * length_of(token.group("chord_length"), token.where)
    event = Event(length, token.where, [found for found, _ in notes])
    decorate(voice, event)
    voice.add(event)


def grace(voice: Voice, token: Token) -> None:
    """`{`, or `{/` for one with a slash."""
    if voice.grace is not None:
        raise BadInput(token.where, "grace notes begin among grace notes")
    voice.grace = Grace([], token.match[0].endswith("/"))


def grace_end(voice: Voice, token: Token) -> None:
    """`}`."""
    if voice.grace is None:
        raise BadInput(token.where, "grace notes end that have not begun")
    voice.close_grace()


def tuplet(voice: Voice, token: Token) -> None:
    """`(p:q:r`: p in the time of q for the next r events."""
    p = int(token.group("p"))
    compound = voice.metre is not None and voice.metre[0] % 3 == 0 and voice.metre[0] > 3
    q = int(token.group("q") or 0) or _PARTNERS.get(p, 3 if compound else 2)
    r = int(token.group("r") or 0) or p
    if p < 2 and not token.group("q"):
        raise BadInput(token.where, "a tuplet of one note")
    voice.open_tuplet(Tuplet(p, q, r, token.where))


def text(voice: Voice, token: Token) -> None:
    """A chord symbol, or words where `^`, `_`, `<`, `>` or `@` says so."""
    said = plain(token.match[0][1:-1])
    if said[:1] in ("^", "_", "<", ">", "@"):
        voice.rows.append(("texts", said[1:].lstrip("0123456789.,- ") if said[0] == "@" else said[1:]))
        return
    label = symbols.label_of(said)
    if label is None and said:
        voice.shared.report.add(token.where, f"chord symbol {said[:20]}: kept as words")
        voice.rows.append(("texts", said))
    elif label is not None:
        voice.rows.append(("chords", (label, said)))


def decoration(voice: Voice, token: Token) -> None:
    """`!trill!`: it waits for its note."""
    _mark(voice, token.group("name") or token.group("old_name"), token.where)


def user(voice: Voice, token: Token) -> None:
    """A letter that stands for a decoration."""
    letter = token.match[0]
    _mark(voice, letter if letter == "." else voice.shared.user.get(letter, ""), token.where)


def _mark(voice: Voice, name: str, where: str) -> None:
    known = (symbols.MARKINGS, symbols.ORNAMENTS, symbols.FERMATAS, symbols.DYNAMICS, symbols.SIGNS, symbols.JUMPS)
    if name in symbols.HAIRPINS:
        voice.rows.append(("hairpins", symbols.HAIRPINS[name]))
    elif name in symbols.DYNAMICS:
        voice.rows.append(("dynamics", name))
    elif name in symbols.JUMPS or name in symbols.SIGNS:
        voice.rows.append(("sign", symbols.JUMPS.get(name) or symbols.SIGNS[name]))
    elif any(name in table for table in known) or name in ("arpeggio", "0", "1", "2", "3", "4", "5"):
        voice.marks.append(name)
    elif name not in ("nil", "none"):
        voice.shared.report.add(where, f"decoration {name[:30] or 'that is not defined'}")


def decorate(voice: Voice, event: Event) -> None:
    """The decorations that wait belong to this event."""
    for mark in voice.marks:
        if mark in symbols.MARKINGS:
            event.members.setdefault("markings", {})[symbols.MARKINGS[mark]] = {}
        elif mark in symbols.ORNAMENTS:
            ornaments = [*own(event.members).get("ornaments", []), symbols.ORNAMENTS[mark]]
            voice.own(event, "ornaments", ornaments)
        elif mark in symbols.FERMATAS:
            shape = symbols.FERMATAS[mark]
            voice.own(event, "fermata", {"shape": shape} if shape else {})
        elif mark == "arpeggio":
            voice.own(event, "arpeggio", {})
        else:
            voice.shared.report.add(event.where, f"decoration {mark} here")
    voice.marks.clear()


def tie(voice: Voice, token: Token) -> None:
    """`-`."""
    voice.tie(token.where)


def broken(voice: Voice, token: Token) -> None:
    """`>` and `<`."""
    signs = token.match[0]
    voice.break_rhythm(len(signs) if signs[0] == ">" else -len(signs), token.where)


def slur(voice: Voice, token: Token) -> None:
    """`(`."""
    voice.open_slur(token.where)


def slur_end(voice: Voice, token: Token) -> None:
    """`)`."""
    voice.close_slur(token.where)


def space(voice: Voice, _: Token) -> None:
    """A space ends a beam; a back quote does not."""
    if _.match[0].strip("`"):
        voice.spaced = True


def overlay(voice: Voice, _: Token) -> None:
    """`&`."""
    voice.overlay()


def nothing(_: Voice, __: Token) -> None:
    """Where lines of the page end, and spacers."""


HANDLERS: Final[dict[str, Callable[[Voice, Token], Any]]] = {
    "note": note, "rest": rest, "bars": bars, "chord": chord, "chord_end": chord_end, "grace": grace,
    "grace_end": grace_end, "tuplet": tuplet, "text": text, "decoration": decoration, "user": user, "tie": tie,
    "broken": broken, "slur": slur, "slur_end": slur_end, "space": space, "overlay": overlay, "newline": nothing,
    "spacer": nothing,
}  # fmt: skip
