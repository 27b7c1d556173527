"""The network: thirds of semitones over time in; for each key onset, held and velocity out.

Harmonics are laid over their fundamental (Bittner et al., ICASSP 2022), then small convolutions; two frames of what
comes after are seen, twelve of what was before.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf

from mos_appliance.tutor.hearing.listening import FRAMES_AFTER, FRAMES_BEFORE
from mos_appliance.tutor.hearing.spectrum import BINS, BINS_A_SEMITONE, PITCHES

CONTEXT: Final = FRAMES_BEFORE + FRAMES_AFTER
_LONG_HARMONICS: Final = (0.5, 1, 2, 3, 4, 5, 6, 7)
_SHORT_HARMONICS: Final = (1, 2, 3, 4)
WIDTH: Final = 24
_WIDE: Final = PITCHES * BINS_A_SEMITONE


def build(frames: int | None = None) -> Any:
    """The model. Shapes: in (batch, CONTEXT + n, BINS, 2), out (batch, n, PITCHES, 3) logits."""
    layers = tf.keras.layers
    heard = layers.Input((frames, BINS, 2))
    channels = [_shifted(heard, 0, ratio) for ratio in _LONG_HARMONICS]
    channels += [_shifted(heard, 1, ratio) for ratio in _SHORT_HARMONICS]
    x = layers.Concatenate()(channels)
    x = _conv(x, WIDTH, (3, 5), strides=(1, 3), name="harmonics")
    x = _conv(x, WIDTH, (3, 3), name="local")
    x = layers.Add()([x[:, 2:], _conv(x, WIDTH, (3, 3), name="recent")])
    narrow = layers.Conv2D(8, 1, name="narrow")(x)
    around = _conv(narrow, 12, (1, 37), name="octaves")
    x = layers.Concatenate()([x, around])
    x = _conv(x, 24, (3, 1), dilation=2, name="before")
    x = layers.Add()([x[:, 4:], _conv(x, 24, (2, 3), dilation=4, name="long_before")])
    out = layers.Conv2D(3, 1, name="heads", bias_initializer=tf.keras.initializers.Constant((-3.0, -2.0, 0.0)))(x)
    return tf.keras.Model(heard, out)


def _shifted(heard: Any, channel: int, ratio: float) -> Any:
    """The bins of a harmonic, laid where the fundamental's are."""
    by = round(12 * BINS_A_SEMITONE * float(np.log2(ratio)))
    first, last = max(0, by), min(BINS, by + _WIDE)
    piece = heard[:, :, first:last, channel : channel + 1]
    below, above = first - by, by + _WIDE - last
    if below or above:
        piece = tf.keras.layers.ZeroPadding2D(((0, 0), (below, above)))(piece)
    return piece


def _conv(
    x: Any, width: int, size: tuple[int, int], *, name: str, strides: tuple[int, int] = (1, 1), dilation: int = 1
) -> Any:
    """A convolution that shortens time and keeps the keys."""
    layers = tf.keras.layers
    side = size[1] // 2 if strides == (1, 1) else (size[1] - strides[1]) // 2
    if side:
        x = layers.ZeroPadding2D(((0, 0), (side, side)))(x)
    return layers.Conv2D(width, size, strides=strides, dilation_rate=(dilation, 1), activation="relu", name=name)(x)
