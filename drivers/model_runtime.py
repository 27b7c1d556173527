"""Networks in LiteRT's format, run on one thread; this file alone knows LiteRT.

Either `ai-edge-litert` or the older `tflite-runtime`: the interpreter is the same. Without XNNPACK by default: it keeps
a second copy of the weights and of what it works on.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from mos_appliance.errors import BadInput, Unavailable

if TYPE_CHECKING:  # who only asks whether there is a runtime does without NumPy
    import numpy as np
    from numpy.typing import NDArray

_PACKAGES: Final = ("ai_edge_litert", "tflite_runtime")
HOW_TO_GET: Final = "no LiteRT here, which models need: pip install ai-edge-litert"


def package() -> str:
    """Which of the packages is installed; empty when none is."""
    from importlib.util import find_spec  # noqa: PLC0415

    return next((name for name in _PACKAGES if find_spec(name)), "")


class Model:
    """One network with one input and one output. Errors: `Unavailable` without LiteRT, `BadInput` for what is none."""

    def __init__(self, data: bytes, *, xnnpack: bool = False) -> None:
        name = package()
        if not name:
            raise Unavailable(HOW_TO_GET)
        library: Any = import_module(f"{name}.interpreter")
        kinds = library.OpResolverType
        kind = kinds.BUILTIN if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        try:
            self._interpreter = library.Interpreter(
                model_content=data, num_threads=1, experimental_op_resolver_type=kind
            )
            self._input = self._interpreter.get_input_details()[0]["index"]
            self._output = self._interpreter.get_output_details()[0]["index"]
        except (ValueError, RuntimeError, IndexError) as error:
            raise BadInput("model", f"is no network that LiteRT reads: {error}") from error
        self._shape: tuple[int, ...] = ()

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network says. Shapes: one example without the batch's axis, in and out; any length may change."""
        batch = values[None].astype("float32", order="C", copy=False)
        if batch.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input, batch.shape, strict=False)
            self._interpreter.allocate_tensors()
            self._shape = batch.shape
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        out: NDArray[np.float32] = self._interpreter.get_tensor(self._output)[0]
        return out
