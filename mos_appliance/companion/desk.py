"""The desk of the hub: what the pages ask goes to the engine, what the engine tells goes to the pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, assert_never

from mos_appliance.companion.live import Session, encode_message
from mos_appliance.companion.state import Place, State
from mos_appliance.errors import BadInput, Denied, MosError
from mos_appliance.wire import live
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import Keyboards, Sound
from mos_appliance.wire.records import DoneResult, Kind, Record, TransportVerb, encode

STILL_SOUNDS: Final = (
    "The keyboard was asked to keep its own speakers silent. If you still hear every note twice, turn its volume down."
)
MAX_PENDING: Final = 256
"""Commands whose answer is waited for; older ones are forgotten."""
_VERBS: Final = {"play": TransportVerb.PLAY, "stop": TransportVerb.STOP, "seek": TransportVerb.SEEK}
_REFUSALS: Final = {
    DoneResult.OUT_OF_RANGE: "the engine finds that out of range",
    DoneResult.UNKNOWN: "the engine does not know that command",
    DoneResult.NO_SONG: "no song is loaded",
    DoneResult.BAD_SONG: "the engine does not take that song",
}


class Engine(Protocol):
    """The way to the engine."""

    def send(self, record: bytes) -> None:
        """Send one record, soon, in order; dropped when the engine does not take it."""


class Patchbay(Protocol):
    """The way to patchbay."""

    def send(self, record: bytes) -> None:
        """Send one record; dropped when there is nobody."""


class Desk:
    """Owns the state and the sessions; every method returns at once."""

    def __init__(self, version: str, name: str, engine: Engine, patchbay: Patchbay) -> None:
        self.version = version
        self.name = name
        self.state = State()
        self.sessions: set[Session] = set()
        self.recent_takes: Callable[[], Iterable[live.TakeChanged]] = tuple
        self.practised: Callable[[], Iterable[live.Message]] = tuple
        """What a page that comes is told of tutor and practice."""
        self.wants_time: Callable[[], bool] = lambda: False
        self.number: Callable[[], int] = lambda: 0
        """The box's, shown beside its name; 0 on a computer."""
        self.load_take: Callable[[str, Session], None] = _no_takes
        self.read_sound: Callable[[], Sound] = lambda: Sound("")
        self._engine = engine
        self._patchbay = patchbay
        self._sequence = 0
        self._pending: OrderedDict[int, Session] = OrderedDict()

    # -- from the engine ---------------------------------------------------------------------------------------------

    def take_in(self, records: Sequence[Record]) -> None:
        """Fold what the engine told and tell the pages."""
        for record in records:
            if record.kind == Kind.COMMAND_DONE:
                self._settle(record)
            elif record.kind == Kind.SOUND_DEVICE_CHANGED:
                self.state.sound = self.read_sound()
            self.broadcast(self.state.fold(record))

    def broadcast(self, messages: Iterable[live.Message]) -> None:
        """Tell every page."""
        for message in messages:
            key, encoded = encode_message(message)
            for session in self.sessions:
                session.push(key, encoded)

    def _settle(self, record: Record) -> None:
        """Tell the page that asked when the engine has refused."""
        session = self._pending.pop(int(record.value("command")), None)
        refusal = _REFUSALS.get(DoneResult(record.which)) if record.which in _RESULTS else "the engine refused that"
        if session is not None and refusal is not None:
            session.tell(live.Notice("error", refusal))

    def meet_keyboards(self, keyboards: Keyboards) -> None:
        """Patchbay has told which keyboards are connected; one that came anew is told of Local Off again."""
        self.broadcast(self.state.connect_keyboards(keyboards.names))
        wanted = self.state.controls["local_off", 0]
        if keyboards.local_off is not bool(wanted) and (wanted or keyboards.local_off is not None):
            self._patchbay.send(encode(Kind.SET_CONTROL, wanted, 0, flags=1, index=BY_NAME["local_off"].number))

    def put_back(self, place: Place) -> None:
        """Bring an engine that has the song again to where the one before it stood; it plays when it is asked to."""
        for (name, which), value in place.controls.items():
            self.set_control(name, value, which, owner=True)
        if place.loop is not None:
            self._command(None, Kind.SET_LOOP, *place.loop)
        self._command(None, Kind.MOVE_TRANSPORT, place.tick, flags=1, index=TransportVerb.SEEK)

    def lead_transport(self, verb: TransportVerb, tick: int | None) -> None:
        """Play from a tick (from where it stands when None), stop, or seek: the tutor asks for it."""
        stands = self.state.transport.tick
        flags = int(tick is not None)
        self._command(None, Kind.MOVE_TRANSPORT, stands if tick is None else tick, flags=flags, index=verb)

    def loop_transport(self, from_tick: int, to_tick: int) -> None:
        """Repeat a stretch; both 0 ends it."""
        self._command(None, Kind.SET_LOOP, from_tick, to_tick)

    # -- from the pages ----------------------------------------------------------------------------------------------

    def open(self, owner: bool) -> Session:
        """A page has come: its first message is a hello, then the whole state."""
        session = Session(owner, lambda: self._everything(owner))
        self.sessions.add(session)
        return session

    def close(self, session: Session) -> None:
        """A page is gone: what it held is released."""
        self.sessions.discard(session)
        self._release(session)

    def _release(self, session: Session) -> None:
        for midi in session.holding.release(other.holding for other in self.sessions - {session}):
            self._engine.send(encode(Kind.PLAY_MIDI, *midi))

    def receive(self, session: Session, text: str | bytes, now_ns: int) -> None:
        """A frame has come from a page."""
        message = session.receive(text, now_ns)
        if session.dropping:
            self._release(session)
        if message is None:
            return
        try:
            self._carry_out(session, message)
        except MosError as error:
            session.tell(live.Notice("error", str(error)))

    def _everything(self, owner: bool) -> list[live.Message]:
        number = self.number()
        name = f"{self.name} {number}" if number else self.name
        hello = live.Hello(self.version, name, owner, self.wants_time())
        return [hello, *self.state.snapshot(), *self.recent_takes(), *self.practised()]

    def _carry_out(self, session: Session, message: live.FromPage) -> None:
        match message:
            case live.Play(midi=midi):
                self.play(session, midi)
            case live.SetControl(control=name, value=value, which=which):
                self.set_control(name, value, which, session.owner, session)
            case live.MoveTransport(do=do, tick=tick):
                self._move_transport(session, do, tick)
            case live.SetLoop(from_tick=from_tick, to_tick=to_tick):
                self._set_loop(session, from_tick, to_tick)
            case live.Panic():
                self._command(session, Kind.PANIC)
            case live.LoadTake(take=take):
                self.load_take(take, session)
            case live.Ping(token=token):
                session.tell(live.Pong(token))
            case _:
                assert_never(message)

    def play(self, session: Session, midi: Sequence[int]) -> None:
        """Sound a channel message. Errors: `BadInput`."""
        status, data1, data2 = midi[0], midi[1], midi[2] if len(midi) > 2 else 0
        if not 0x80 <= status < 0xF0:
            raise BadInput("midi", "does not start with the status of a channel message")
        if data1 > 127 or data2 > 127:
            raise BadInput("midi", "has a data byte over 127")
        if len(midi) != (2 if status & 0xE0 == 0xC0 else 3):
            raise BadInput("midi", "has the wrong length for its status")
        session.holding.take_in(status, data1, data2)
        self._engine.send(encode(Kind.PLAY_MIDI, status, data1, data2))

    def set_control(self, name: str, value: float, which: int, owner: bool, session: Session | None = None) -> None:
        """Give a control a value. Errors: `BadInput`, `Denied`."""
        row = BY_NAME.get(name)
        if row is None:
            raise BadInput("control", f"there is no control {name[:40]!r}")
        if row.owner_only and not owner:
            raise Denied(f"only the owner may change {row.name}")
        value = row.check(value, which)
        self._command(session, Kind.SET_CONTROL, value, which, flags=int(owner), index=row.number)
        if row.name == "local_off":
            self._patchbay.send(encode(Kind.SET_CONTROL, value, which, flags=int(owner), index=row.number))
        if row.name == "speakers" and value:
            # Nobody can ask a keyboard whether it obeys: the player's ears must.
            self.set_control("local_off", 1.0, 0, owner, session)
            self.broadcast((live.Notice("info", STILL_SOUNDS),))

    def _move_transport(self, session: Session, do: str, tick: int | None) -> None:
        stands = self.state.transport.tick
        flags = int(tick is not None)
        self._command(session, Kind.MOVE_TRANSPORT, stands if tick is None else tick, flags=flags, index=_VERBS[do])

    def _set_loop(self, session: Session, from_tick: int, to_tick: int) -> None:
        if from_tick >= to_tick and (from_tick, to_tick) != (0, 0):
            raise BadInput("loop", "ends before it begins")
        self._command(session, Kind.SET_LOOP, from_tick, to_tick)

    def _command(self, session: Session | None, kind: Kind, *values: float, flags: int = 0, index: int = 0) -> None:
        """Send a command whose refusal the session is told."""
        self._sequence = self._sequence % (2**32 - 1) + 1
        if session is not None:
            self._pending[self._sequence] = session
            if len(self._pending) > MAX_PENDING:
                self._pending.popitem(last=False)
        self._engine.send(encode(kind, *values, flags=flags, index=index, sequence=self._sequence))


_RESULTS: Final = frozenset(DoneResult)


def _no_takes(take: str, _: Session) -> None:
    """Until the takes are read there are none. Errors: `BadInput`."""
    raise BadInput("take", f"there is no take {take[:40]!r}")
