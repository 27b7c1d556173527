"""The panel: which value every control has now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mos_appliance.errors import BadInput
from mos_appliance.wire.controls import BY_NAME, BY_NUMBER, CONTROLS, COUNTS, Control
from mos_appliance.wire.records import DoneResult


class Panel:
    """Values of all controls; range checks are the table's."""

    def __init__(self, remembered: Mapping[str, list[float]] | None = None) -> None:
        """Start from the table, then from what is `remembered`; a remembered value out of range is ignored."""
        self._values = {
            control.number: [control.initial(which) for which in range(COUNTS[control.scope])] for control in CONTROLS
        }
        for name, values in (remembered or {}).items():
            control = BY_NAME.get(name)
            if control is not None and control.remembered:
                self._recall(control, values)

    def _recall(self, control: Control, values: list[float]) -> None:
        for which, value in enumerate(values[: COUNTS[control.scope]]):
            try:
                self._values[control.number][which] = control.check(value, which)
            except (BadInput, TypeError):
                # An older or newer version may have remembered it: its default is right then.
                continue

    def get(self, name: str, which: int = 0) -> float:
        """The value in force."""
        return self._values[BY_NAME[name].number][which]

    def try_set(self, number: int, which: int, value: float, owner: bool) -> DoneResult:
        """Set a control by its number. An owner-only control asked for by somebody else stays as it is."""
        control = BY_NUMBER.get(number)
        if control is None:
            return DoneResult.UNKNOWN
        if control.owner_only and not owner:
            return DoneResult.OUT_OF_RANGE
        try:
            checked = control.check(value, which)
        except BadInput:
            return DoneResult.OUT_OF_RANGE
        self._values[number][which] = checked
        return DoneResult.DONE

    def everything(self) -> Iterator[tuple[int, int, float]]:
        """Number, which and value of every control."""
        for number, values in self._values.items():
            for which, value in enumerate(values):
                yield number, which, value
