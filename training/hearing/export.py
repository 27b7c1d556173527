"""The hearing network as LiteRT's file: `python -m training.hearing.export STATE OUT.tflite`. Weights in eight bits."""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf

from training.hearing.network import build


def main(state: Path, out: Path) -> int:
    """Write the file. Returns 0."""
    model = build()
    tf.train.Checkpoint(model=model).restore(tf.train.latest_checkpoint(str(state))).expect_partial()
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    out.write_bytes(converter.convert())
    sys.stdout.write(f"{out}: {out.stat().st_size} bytes, {model.count_params()} parameters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
