from __future__ import annotations

import numpy as np
import pytest

from drivers import model_runtime
from drivers.model_runtime import Model
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.store.model_files import read_model
from mos_appliance.tutor.harmony.features import FEATURES
from mos_appliance.tutor.harmony.vocabulary import CLASSES


def test_a_network_takes_examples_of_any_length_and_says_the_same_each_time() -> None:
    model = Model(read_model("harmony"))
    beats = np.random.default_rng(1).random((40, FEATURES)).astype(np.float32)
    first = model(beats)
    assert first.shape == (40, CLASSES)
    assert model(beats[:7]).shape == (7, CLASSES)
    assert np.array_equal(model(beats), first)
    assert np.isfinite(first).all()


def test_with_and_without_xnnpack_it_says_nearly_the_same() -> None:
    data = read_model("harmony")
    beats = np.random.default_rng(2).random((16, FEATURES)).astype(np.float32)
    assert np.allclose(Model(data)(beats), Model(data, xnnpack=True)(beats), atol=0.35)


@pytest.mark.parametrize("data", [b"", b"nonsense", bytes(1000)])
def test_what_is_no_network_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(BadInput, match="model"):
        Model(data)


def test_without_litert_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_runtime, "_PACKAGES", ("no_such_package_as_this",))
    assert model_runtime.package() == ""
    with pytest.raises(Unavailable, match="pip install ai-edge-litert"):
        Model(read_model("harmony"))
