"""The harmony network as LiteRT's file: `python -m training.harmony.export OUT.tflite STATE...`.

Several states are one network, of which the mean of all is taken. Weights in eight bits.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

from mos_appliance.tutor.harmony.features import FEATURES
from training.harmony.network import build


def averaged(state: Path) -> Any:
    """The averaged network of a training state."""
    model = build(dropout=0.0)
    tf.train.Checkpoint(averaged=model).restore(tf.train.latest_checkpoint(str(state))).expect_partial()
    return model


def main(out: Path, states: list[Path]) -> int:
    """Write the file. Returns 0."""
    seen = tf.keras.layers.Input((None, FEATURES))
    said = [averaged(state)(seen) for state in states]
    whole = tf.keras.Model(seen, said[0] if len(said) == 1 else tf.keras.layers.Average()(said))
    converter = tf.lite.TFLiteConverter.from_keras_model(whole)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    out.write_bytes(converter.convert())
    sys.stdout.write(f"{out}: {out.stat().st_size} bytes, {whole.count_params()} parameters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(state) for state in sys.argv[2:]]))
