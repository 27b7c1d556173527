"""One connection of `/api/v1/live`, without its socket: what waits to be sent, what came in, what its page holds."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.wire import live

MAX_MESSAGE_BYTES: Final = 4096
MAX_WAITING: Final = 1024
"""Messages that wait for a slow page; with more of them it gets the state anew instead."""
MAX_OWN: Final = 64
"""Answers to a page alone that are kept for it while it is behind."""
MAX_BAD: Final = 20
"""Messages that are no message before the connection is closed."""
RATE_A_SECOND: Final = 500.0
BURST: Final = 1500.0
"""A page may send that many messages at once, and then so many a second."""
POLICY_VIOLATION: Final = 1008
"""RFC 6455, section 7.4.1."""

_DECODER: Final[msgspec.json.Decoder[live.FromPage]] = msgspec.json.Decoder(live.FromPage)
_KIND_DECODER: Final = msgspec.json.Decoder(dict[str, object])
_ENCODER: Final = msgspec.json.Encoder()
_KNOWN_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in live.FromPage.__args__)
_NOTE_ON, _NOTE_OFF, _CONTROL, _BEND = 0x90, 0x80, 0xB0, 0xE0
_HELD_CONTROLS: Final = frozenset({1, 64, 66, 67})

Key = tuple[str | int, ...] | None
"""What a message is about: of two that wait with the same key only the later one is sent. None: every one counts."""


def encode_message(message: live.Message) -> tuple[Key, bytes]:
    """A message for the pages, with its key."""
    return _key(message), _ENCODER.encode(message)


def _key(message: live.Message) -> Key:
    match message:
        case live.Control(control=name, which=which):
            return "control", name, which
        case live.TakeChanged(take=take):
            return "take", take
        case live.Pedal(which=pedal):
            return "pedal", pedal
        case live.Note() | live.Notice() | live.Pong() | live.EngineState() | live.Mark() | live.Judged():
            return None
    return (str(message.__struct_config__.tag),)


@dataclass(slots=True)
class Holding:
    """Which notes and controllers a page holds: (channel, pitch) and (channel, controller or -1 for the bend)."""

    notes: set[tuple[int, int]] = field(default_factory=set)
    controllers: set[tuple[int, int]] = field(default_factory=set)

    def take_in(self, status: int, data1: int, data2: int) -> None:
        """Follow one channel message."""
        kind, channel = status & 0xF0, status & 0x0F
        if kind == _NOTE_ON and data2:
            self.notes.add((channel, data1))
        elif kind in (_NOTE_ON, _NOTE_OFF):
            self.notes.discard((channel, data1))
        elif kind == _CONTROL and data1 in _HELD_CONTROLS:
            (self.controllers.add if data2 else self.controllers.discard)((channel, data1))
        elif kind == _BEND:
            (self.controllers.discard if (data1, data2) == (0, 64) else self.controllers.add)((channel, -1))

    def release(self, others: Iterable[Holding]) -> list[tuple[int, int, int]]:
        """The messages that let go of what nobody else holds."""
        kept = [(other.notes, other.controllers) for other in others]
        notes = [key for key in self.notes if not any(key in held for held, _ in kept)]
        controllers = [key for key in self.controllers if not any(key in held for _, held in kept)]
        self.notes.clear()
        self.controllers.clear()
        return [(_NOTE_OFF | channel, pitch, 64) for channel, pitch in notes] + [
            (_BEND | channel, 0, 64) if number < 0 else (_CONTROL | channel, number, 0)
            for channel, number in controllers
        ]


class Session:
    """One page. `wake` is called when the first message waits; `close_code` tells that it has to go."""

    def __init__(self, owner: bool, refresh: Callable[[], Iterable[live.Message]]) -> None:
        self.owner = owner
        self.holding = Holding()
        self.close_code = 0
        self.dropping = False
        """Whether the last frame was dropped because there were too many: a note-off may have been in it."""
        self.wake: Callable[[], None] = _nobody
        self._refresh = refresh
        self._waiting: OrderedDict[tuple[str | int, ...], bytes] = OrderedDict()
        self._own: deque[bytes] = deque(maxlen=MAX_OWN)
        self._count = 0
        self._behind = True
        self._tokens = BURST
        self._filled_ns = 0
        self._bad = 0
        self._told_rate = False

    # -- out ---------------------------------------------------------------------------------------------------------

    def push(self, key: Key, message: bytes) -> None:
        """Let a message wait to be sent; a page too slow for them gets the whole state once it has caught up."""
        if self._behind:
            return
        if key is None:
            self._count += 1
            key = (self._count,)
        if len(self._waiting) >= MAX_WAITING and key not in self._waiting:
            self._waiting.clear()
            self._behind = True
        else:
            self._waiting[key] = message
        if len(self._waiting) <= 1:
            self.wake()

    def tell(self, message: live.Message) -> None:
        """Let a message for this page alone wait; however far behind the page is, it comes after the state."""
        self._own.append(_ENCODER.encode(message))
        self.wake()

    def close(self) -> None:
        """End the connection: its page has broken the rules."""
        self.close_code = POLICY_VIOLATION
        self.wake()

    def take_waiting(self) -> list[bytes]:
        """What is to be sent now, oldest first; the whole state at the beginning and after having fallen behind."""
        if self._behind:
            self._behind = False
            waiting = [_ENCODER.encode(message) for message in self._refresh()]
        else:
            waiting = list(self._waiting.values())
            self._waiting.clear()
        waiting += self._own
        self._own.clear()
        return waiting

    # -- in ----------------------------------------------------------------------------------------------------------

    def receive(self, text: str | bytes, now_ns: int) -> live.FromPage | None:
        """The message in a frame, or None: one too many, of an unknown kind, or no message at all."""
        if not self._admit(now_ns):
            return None
        try:
            return _DECODER.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if not _is_of_unknown_kind(text):
                self._reproach(BadInput("message", str(error)))
        return None

    def _reproach(self, error: BadInput) -> None:
        """Tell the page once what it did wrong; close when it goes on."""
        self._bad += 1
        if self._bad == 1:
            self.tell(live.Notice("error", str(error)))
        if self._bad >= MAX_BAD:
            self.close()

    def _admit(self, now_ns: int) -> bool:
        """Count one message against the rate: too many are dropped, far too many end the connection."""
        if self._filled_ns:
            self._tokens = min(BURST, self._tokens + (now_ns - self._filled_ns) * 1e-9 * RATE_A_SECOND)
        self._filled_ns = now_ns
        self._tokens -= 1
        self.dropping = self._tokens < 0
        if not self.dropping:
            self._told_rate = False
            return True
        if not self._told_rate:
            self._told_rate = True
            self.tell(live.Notice("warning", f"more than {RATE_A_SECOND:g} messages a second: some were dropped"))
        if self._tokens < -BURST:
            self.close()
        return False


def _is_of_unknown_kind(text: str | bytes) -> bool:
    """A newer page may say what this appliance does not know yet."""
    try:
        kind = _KIND_DECODER.decode(text).get("kind")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return isinstance(kind, str) and kind not in _KNOWN_KINDS


def _nobody() -> None:
    """Nobody is waiting yet."""
