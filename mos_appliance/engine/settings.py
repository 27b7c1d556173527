"""What each control does: the one place where a value of the panel becomes a command to a part of the instrument."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mos_appliance.wire.controls import BY_NAME, BY_NUMBER, COUNTS
from mos_appliance.wire.records import Kind

if TYPE_CHECKING:
    from mos_appliance.engine.instrument import Engine

CONCERT_PITCH: Final = 440.0
LEVEL_CONTROLS: Final = ("volume", "volume_cap", "mono")
DRESS_CONTROLS: Final = ("program", "bank", "layer_volume", "layer_pan")
LAY_CONTROLS: Final = ("transpose", "layer_on", "lowest_key", "highest_key", "layer_transpose", "bank")
ADOPTED_CONTROLLERS: Final = {7: "layer_volume", 10: "layer_pan"}
"""Controllers of the layers' channel that are the panel's too."""
TOUCH_CONTROLS: Final = ("velocity_curve", "fixed_velocity", "touch")


def loudness(percent: float) -> float:
    """Volume in percent → linear gain: a square law, 50 % being −12 dB, which ears take for half."""
    return (percent / 100) ** 2


class Settings:
    """Applies controls to the instrument that owns it."""

    def __init__(self, engine: Engine) -> None:
        self.talk_gain = 1.0
        self.duck_gain = 1.0
        self._engine = engine
        transport, get = engine.transport, engine.panel.get
        now: Callable[[], int] = lambda: engine.frame  # noqa: E731  (read at every use)
        self._actions: dict[str, Callable[[int], None]] = {
            **dict.fromkeys(LEVEL_CONTROLS, lambda _: self.apply_level()),
            **dict.fromkeys(LAY_CONTROLS, lambda _: engine.keyboard.lay()),
            **dict.fromkeys(DRESS_CONTROLS, engine.keyboard.dress),
            **dict.fromkeys(TOUCH_CONTROLS, lambda _: engine.keyboard.learn_touch()),
            "bank": self._change_bank,
            "reverb": lambda _: engine.synth.set_reverb(get("reverb") / 100),
            "chorus": lambda _: engine.synth.set_chorus(get("chorus") / 100),
            "tuning": lambda _: self.retune(),
            "duck": lambda _: self._prepare_talk(),
            "talk_volume": lambda _: self._prepare_talk(),
            "metronome": lambda _: transport.set_metronome(now(), bool(get("metronome"))),
            "metronome_volume": lambda _: engine.clicks.set_gain(loudness(get("metronome_volume"))),
            "tempo": lambda _: transport.set_tempo(now(), get("tempo")),
            "beats": lambda _: transport.set_beats(int(get("beats"))),
            "beat_unit": lambda _: transport.set_beat_unit(int(get("beat_unit"))),
            "accents": lambda _: transport.set_accents(int(get("accents"))),
            "subdivision": lambda _: transport.set_subdivision(int(get("subdivision"))),
            "count_in": lambda _: transport.set_count_in(int(get("count_in"))),
            "tempo_scale": lambda _: transport.set_tempo_scale(now(), get("tempo_scale")),
            "muted": lambda part: transport.mute(part, bool(get("muted", part))),
            "solo": lambda part: transport.solo(part, bool(get("solo", part))),
        }

    def apply(self, number: int, which: int) -> None:
        """Put a control's value in force. A control that only others read (the keyboard's facts) does nothing here."""
        action = self._actions.get(BY_NUMBER[number].name)
        if action is not None:
            action(which)

    def apply_all(self) -> None:
        """Put every control in force, at start; the layers are dressed by the keyboard itself."""
        for number, control in BY_NUMBER.items():
            if control.name not in DRESS_CONTROLS and control.name not in LAY_CONTROLS:
                for which in range(COUNTS[control.scope]):
                    self.apply(number, which)

    def adopt(self, name: str, which: int, value: float) -> None:
        """Take a value that the keyboard itself put in force, and tell it."""
        control = BY_NAME[name]
        self._engine.panel.try_set(control.number, which, value, owner=True)
        self.tell(control.number, which)

    def adopt_controller(self, controller: int, value: int) -> None:
        """Take the level or place that the keyboard itself has given the layers that sound, and tell it."""
        name = ADOPTED_CONTROLLERS[controller]
        for layer in range(COUNTS[BY_NAME[name].scope]):
            if self._engine.panel.get("layer_on", layer):
                self.adopt(name, layer, value)

    def tell(self, number: int, which: int) -> None:
        """Add a CONTROL_CHANGED with the value in force."""
        control = BY_NUMBER[number]
        if which < COUNTS[control.scope]:
            value = self._engine.panel.get(control.name, which)
            self._engine.outbox.put(Kind.CONTROL_CHANGED, value, which, index=number, frame=self._engine.frame)

    def unmute_parts(self) -> None:
        """A new song begins with all its parts sounding."""
        for name in ("muted", "solo"):
            number = BY_NAME[name].number
            for part in range(COUNTS[BY_NAME[name].scope]):
                if self._engine.panel.get(name, part):
                    self._engine.set_control(number, part, 0.0, owner=False)

    def apply_level(self) -> None:
        """Volume under the cap, the limiter's ceiling with it, and mono."""
        get, mixer = self._engine.panel.get, self._engine.mixer
        cap = 10 ** (get("volume_cap") / 20)
        mixer.cap_at(cap)
        mixer.target = cap * loudness(get("volume"))
        mixer.mono = bool(get("mono"))
        self._prepare_talk()

    def retune(self) -> None:
        """Tune the synthesiser to the A of the panel."""
        self._engine.synth.set_tuning(1200 * math.log2(self._engine.panel.get("tuning") / CONCERT_PITCH))

    def _prepare_talk(self) -> None:
        get, mixer = self._engine.panel.get, self._engine.mixer
        self.duck_gain = 10 ** (-get("duck") / 20)
        self.talk_gain = loudness(get("talk_volume")) * mixer.ceiling

    def _change_bank(self, layer: int) -> None:
        self._engine.keyboard.dress(layer)
        self._engine.keyboard.lay()
