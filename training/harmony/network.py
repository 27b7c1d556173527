"""The harmony network: dilated convolutions over beats, both ways, and the whole tune's mean."""

from __future__ import annotations

from typing import Any, Final

import tensorflow as tf

from mos_appliance.tutor.harmony.features import FEATURES
from mos_appliance.tutor.harmony.vocabulary import CLASSES

WIDTH: Final = 64
_DILATIONS: Final = (1, 2, 4, 8, 16, 1, 2, 4)


def build(beats: int | None = None, dropout: float = 0.25) -> Any:
    """Shapes: in (batch, beats, FEATURES), out (batch, beats, CLASSES) logits."""
    layers = tf.keras.layers
    seen = layers.Input((beats, FEATURES))
    x = layers.Dense(WIDTH, name="beat")(seen)
    for number, dilation in enumerate(_DILATIONS):
        y = layers.LayerNormalization(name=f"norm_{number}")(x)
        y = layers.Conv1D(WIDTH, 3, padding="same", dilation_rate=dilation, name=f"around_{number}")(y)
        y = layers.Activation("relu")(y)
        y = layers.Dropout(dropout)(y)
        y = layers.Dense(WIDTH, name=f"mixed_{number}")(y)
        if number == 3:
            y = layers.Add()([y, layers.Dense(WIDTH, name="whole")(layers.GlobalAveragePooling1D(keepdims=True)(x))])
        x = layers.Add()([x, y])
    x = layers.LayerNormalization(name="norm_last")(x)
    return tf.keras.Model(seen, layers.Dense(CLASSES, name="heads")(x))
