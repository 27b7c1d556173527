"""A tune of an ABC file: its fields and its lines of music, in order."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.abc import symbols
from mos_appliance.music.abc.events import MAX_VOICES, Event, Item, Report, Tuplet
from mos_appliance.music.abc.fields import (
    Key,
    Staffing,
    Tempo,
    default_unit,
    key_of,
    metre_of,
    staffing_of,
    tempo_of,
    unit_of,
)
from mos_appliance.music.abc.lyrics import sing
from mos_appliance.music.abc.music import HANDLERS
from mos_appliance.music.abc.scanner import Stray, Token, tokens_of
from mos_appliance.music.abc.text import Book, Line, Tune, plain
from mos_appliance.music.abc.voice import SHARING, Shared, Voice
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import value
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.rhythm import note_value

INFORMATION: Final = frozenset("ABCDFGHNORSTWZ")
_SKIPPED: Final = frozenset("rEX")
_MIDI: Final = re.compile(r"MIDI\s+(program|channel)\s+(?:\d+\s+)?(\d{1,3})\s*$")
_BARLINES: Final = {"||": "double", "|]": "final", ".|": "dotted", "[|]": "noBarline"}


class TuneReader:
    """One tune being read. `measures` are those of `global`, perhaps more than there are bars."""

    def __init__(self, book: Book, tune: Tune) -> None:
        self.tune = tune
        self.shared = Shared(user=dict(symbols.USER))
        self.voices: dict[str, Voice] = {}
        self.measures: list[Json] = []
        self.information: dict[str, list[str]] = {}
        self.grouping = ""
        self.tempo: Tempo | None = None
        self.metre: tuple[int, int] | None = (4, 4)
        self.key = Key()
        self._unit: Fraction | None = None
        self._staffing = Staffing()
        self._tempo: tuple[str, str] | None = None
        self._voice: Voice | None = None
        self._said: dict[tuple[int, str], str | None] = {}
        self._head([*book.head, *tune.head])
        for line in tune.body:
            self._line(line)
        for voice in self.voices.values():
            voice.finish()

    @property
    def report(self) -> Report:
        """What was not understood."""
        return self.shared.report

    @property
    def voice(self) -> Voice:
        """The one that is being read."""
        if self._voice is None:
            self._voice = next(iter(self.voices.values()), None) or self._new_voice("1", "")
        return self._voice

    def _head(self, lines: list[Line]) -> None:
        described: list[Line] = []
        keyed = False
        for line in lines:
            where = f"line {line.number}"
            match line.field:
                case "M":
                    self.metre = metre_of(line.value, where)
                case "L":
                    self._unit = unit_of(line.value, where)
                case "Q":
                    self._tempo = line.value, where
                case "K":
                    self.key, self._staffing = self._read_key(line.value, where)
                    keyed = True
                case "V":
                    described.append(line)
                case "":
                    self.report.add(where, "a line of no field before the key")
                case _:
                    self._common(line, where)
        if not keyed:
            raise BadInput(f"line {self.tune.line}", "the tune has no key: K: is missing")
        if self._tempo:
            self._set_tempo(*self._tempo, 0, Fraction(0))
        for line in described:
            self._choose(line.value, f"line {line.number}")
        self._voice = None
        self.say(0, "time", _time(self.metre), "")
        self._say_key(0, self.key, "")

    def _read_key(self, text: str, where: str) -> tuple[Key, Staffing]:
        key, staffing = key_of(text, where)
        for what in staffing.unread:
            self.report.add(where, what)
        return key or self.key, staffing

    def _common(self, line: Line, where: str) -> None:
        """Fields that stand before the key as well as after it."""
        letter, text = line.field, line.value
        if letter in INFORMATION:
            self.information.setdefault(letter, []).append(plain(text))
        elif letter in ("I", "%"):
            self._instruct(text if letter == "I" else line.text[2:], where)
        elif letter == "U":
            self._define(text, where)
        elif letter == "P" and self._voice is None and not self.voices:
            self.report.add(where, "order of parts (P:)")
        elif letter not in _SKIPPED:
            self.report.add(where, f"field {letter}:")

    def _instruct(self, text: str, where: str) -> None:
        """I: and %%: what is not for typesetters only."""
        name, _, rest = text.strip().partition(" ")
        midi = _MIDI.match(text.strip())
        if midi and int(midi[2]) < 128:
            if midi[1] == "program":
                self.voice.program = int(midi[2])
            else:
                self.voice.drums = int(midi[2]) == 10
        elif name in ("score", "staves"):
            self.grouping = rest
        elif name == "propagate-accidentals" and rest.strip() in SHARING:
            self.shared.sharing = rest.strip()
        elif name and not name.startswith("abc-"):
            self.report.add(where, f"instruction {name[:40]}")

    def _define(self, text: str, where: str) -> None:
        """U: a letter for a decoration."""
        match = re.match(r"([~H-Wh-w])\s*=\s*[!+]?([^!+]+)[!+]?$", text)
        if match:
            self.shared.user[match[1]] = match[2].strip()
        else:
            self.report.add(where, "definition that is none (U:)")

    def _line(self, line: Line) -> None:
        letter, where = line.field, f"line {line.number}"
        if not letter:
            self._music(line)
        elif letter == "w":
            sing(self.voice, line, self.report)
        elif letter == "K" or letter in "LMPQV":
            self._change(letter, line.value, where)
        else:
            self._common(line, where)

    def _change(self, letter: str, text: str, where: str) -> None:
        """A field in the tune, on a line of its own or in brackets."""
        voice = self.voice if letter != "V" else None
        if letter == "V":
            self._choose(text, where)
        elif voice is None:
            return
        elif letter == "L":
            voice.unit = unit_of(text, where)
        elif letter == "M":
            voice.metre = metre_of(text, where)
            self.say(self._next(voice, where, "metre"), "time", _time(voice.metre), where)
        elif letter == "K":
            voice.key, staffing = self._read_key(text, where)
            self._dress(voice, staffing)
            self._say_key(self._next(voice, where, "key signature"), voice.key, where)
        elif letter == "Q":
            at = sum((_length(item) for item in voice.bar.layers[-1]), Fraction(0))
            self._set_tempo(text, where, voice.number, at)
        elif plain(text):
            self._put_text(voice.number, plain(text))

    def _next(self, voice: Voice, where: str, what: str) -> int:
        """The bar that a signature stands in: the next when this one has begun."""
        if voice.bar.empty:
            return voice.number
        self.report.add(where, f"{what} inside a bar: it stands in the next")
        return voice.number + 1

    def _put_text(self, bar: int, text: str) -> None:
        measure = self.measure(bar)
        row = {"position": {"fraction": [0, 1]}, "text": text}
        texts = measure.get("_x", {}).get("org.mos", {}).get("texts", [])
        if row not in texts:
            set_own(measure, "texts", [*texts, row])

    def _choose(self, text: str, where: str) -> None:
        """V: the voice that what follows belongs to."""
        name, _, rest = text.strip().partition(" ")
        if not name or len(name) > 80:
            raise BadInput(where, "a voice without a name")
        self._voice = self.voices.get(name) or self._new_voice(name, where)
        staffing, words = staffing_of(rest)
        for what in (
            *staffing.unread,
            *(f"{word[:40]} in V:" for word in words if word not in ("up", "down", "merge")),
        ):
            self.report.add(where, what)
        self._dress(self._voice, staffing)

    def _new_voice(self, name: str, where: str) -> Voice:
        if len(self.voices) >= MAX_VOICES:
            raise BadInput(where, f"more than {MAX_VOICES} voices")
        voice = self.voices[name] = Voice(name, self.shared)
        voice.key, voice.metre = self.key, self.metre
        voice.unit = self._unit or default_unit(self.metre)
        self._dress(voice, self._staffing)
        return voice

    def _dress(self, voice: Voice, staffing: Staffing) -> None:
        if staffing.clef is not None:
            voice.clefs.append((voice.number, staffing.clef))
            voice.octave = staffing.octave
        elif staffing.octave:
            voice.octave = staffing.octave
        voice.name = plain(staffing.name) or voice.name

    def _music(self, line: Line) -> None:
        """A line of music."""
        voice, begun = self.voice, False
        for token in tokens_of(line.text, line.number, line.column):
            if isinstance(token, Stray):
                self.report.add(token.where, f"character {token.character!r}")
            elif token.kind == "inline":
                self._inline(token)
            else:
                if self.voice is not voice or not begun:
                    voice, begun = self.voice, True
                    self._begin_line(voice)
                handler = HANDLERS.get(token.kind)
                if handler:
                    handler(voice, token)
                elif token.kind == "bar":
                    self._bar(voice, token)
                else:
                    self._ending(voice, token.group("numbers"), token.where)
        self._closed(self.voice, f"line {line.number}, column {len(line.text)}")
        self.voice.spaced = True
        self._continued = line.text.endswith("\\")

    _continued = False

    def _begin_line(self, voice: Voice) -> None:
        """Words that follow are for the notes from here on, unless the line before goes on."""
        if not self._continued or voice.verses:
            voice.line, voice.verses = [], 0

    def _inline(self, token: Token) -> None:
        letter, text = token.group("letter"), token.group("value").strip()
        self._closed(self.voice, token.where)
        if letter in "KLMPQV":
            self._change(letter, text, token.where)
        elif letter in "IUN":
            self._common(Line(token.line, f"{letter}:{text}"), token.where)
        elif letter not in "rR":
            self.report.add(token.where, f"field {letter}: in brackets")

    def _closed(self, voice: Voice, where: str) -> None:
        """Errors: `BadInput` when a chord or grace notes have not ended."""
        if voice.chord is not None or voice.grace is not None:
            raise BadInput(where, f"{'a chord' if voice.chord is not None else 'grace notes'} without an end")

    def _bar(self, voice: Voice, token: Token) -> None:
        """A bar line, plain or with repeats, perhaps with the number of an ending."""
        self._closed(voice, token.where)
        line = token.match["bar"].removesuffix(token.group("first"))
        if not voice.bar.empty:
            voice.end_bar(token.where)
        core = line.strip(":")
        before = len(line) - len(line.lstrip(":"))
        after = len(line) - len(line.rstrip(":")) if core else before // 2
        before = before if core else (before + 1) // 2
        if voice.number:
            if before:
                self.say(voice.number - 1, "repeatEnd", {"times": before + 1} if before > 1 else {}, token.where)
            elif core in _BARLINES:
                self.say(voice.number - 1, "barline", {"type": _BARLINES[core]}, token.where)
        if after:
            self.say(voice.number, "repeatStart", {}, token.where)
        if token.group("first"):
            self._ending(voice, token.group("first"), token.where)

    def _ending(self, voice: Voice, text: str, where: str) -> None:
        """`[1`, `[1,3`, `[1-3`."""
        if not voice.bar.empty:
            voice.end_bar(where)
        numbers: list[int] = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            if first.isdigit() and (last.isdigit() or not last):
                numbers += range(int(first), min(int(last or first), int(first) + 20) + 1)
        if not numbers or max(numbers) > 100:
            raise BadInput(where, f"{text[:20]!r} are no numbers of an ending")
        self.say(voice.number, "ending", {"duration": 1, "numbers": sorted(set(numbers))}, where)

    def measure(self, bar: int) -> Json:
        """The bar in `global`."""
        while len(self.measures) <= bar:
            self.measures.append({})
        return self.measures[bar]

    def say(self, bar: int, member: str, said: Any, where: str) -> None:
        """Something about a bar that holds for all voices; another voice that says otherwise later is not heard."""
        if said is None:
            return
        by = self._voice.id if self._voice else None
        before = self._said.get((bar, member), by)
        if before not in (by, None):
            if self.measure(bar)[member] != said:
                self.report.add(where, f"{member} that another voice says otherwise")
            return
        self.measure(bar)[member] = said
        self._said[bar, member] = by

    def _say_key(self, bar: int, key: Key, where: str) -> None:
        said: Json = {"fifths": key.fifths}
        if key.mode:
            set_own(said, "mode", key.mode)
        if key.own:
            self.report.add(where or "K:", "key with accidentals of its own: they stand at the notes")
        self.say(bar, "key", said, where)

    def _set_tempo(self, text: str, where: str, bar: int, at: Fraction) -> None:
        tempo = tempo_of(text, self._unit or default_unit(self.metre), where)
        if self.tempo is None and tempo.beat:
            self.tempo = tempo
        if tempo.beat is None:
            if tempo.text:
                self._put_text(bar, plain(tempo.text))
            return
        beat = tempo.beat if note_value(tempo.beat) else Fraction(1, 4)
        bpm = tempo.bpm * tempo.beat / beat
        row: Json = {"bpm": max(1, round(bpm)), "value": value(beat)}
        if at:
            row["location"] = {"fraction": [at.numerator, at.denominator]}
        if bpm.denominator > 1:
            set_own(row, "bpm", round(float(bpm), 6))
        if tempo.text:
            set_own(row, "text", plain(tempo.text))
        tempos = self.measure(bar).setdefault("tempos", [])
        if row not in tempos:
            tempos.append(row)


def _time(metre: tuple[int, int] | None) -> Json | None:
    return {"count": metre[0], "unit": metre[1]} if metre else None


def _length(item: Item) -> Fraction:
    """How long an item lasts, as far as it is written."""
    if isinstance(item, Tuplet):
        inner = sum((_length(each) for each in item.items), Fraction(0))
        return inner * item.q / item.p
    return item.length if isinstance(item, Event) else Fraction(0)
