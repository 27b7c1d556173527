"""Trains the hearing network in slices of steps; each goes on where the last one ended (seeded; that two runs
end alike was not verified).

`python -m training.hearing.train CLIPS STATE STEPS` goes on until STEPS in all.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.listening import FRAMES_BEFORE
from training.hearing.network import CONTEXT, build
from training.hearing.recordings import VALIDATION_EVERY

SEED: Final = 20261127
FIRST_STEPS: Final = 1700
"""At which the learning rate has come down to nothing, to rise once more; from here on soft notes weigh more."""
TOTAL_STEPS: Final = 4300
_SECOND_SLOW_STEPS: Final = 8200
_SECOND_COOL_FROM: Final = 4000
"""As in the first cycle: the rate would be down at `_SECOND_SLOW_STEPS`, and from here on falls straight to nothing."""
_SAVE_EVERY: Final = 2000
_SLOW_STEPS: Final = 2200
_COOL_FROM: Final = 1100
"""It falls along a cosine that would end at `_SLOW_STEPS`, and from here on straight down as well."""
_FRAMES: Final = 64
_BATCH: Final = 6
_PEAK_RATE: Final = 3e-3
_SECOND_RATE: Final = 2e-3
_LOUD_ENOUGH: Final = 60.0
"""Velocity below which the beginning of a note weighs more, up to twice as much at `_SOFTEST`."""
_SOFTEST: Final = 20.0
_SCALE: Final = 1 / 200.0


class Clips:
    """All clips that are not kept for validation, in memory. Shapes: see `recordings.make_clip`."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.glob("clip-*.npz"))
        self.clips = [_load(path) for path in paths if int(path.stem[-4:]) % VALIDATION_EVERY]

    def batch(self, random: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        """Stretches of clips with their truth."""
        rows = [self._stretch(random) for _ in range(_BATCH)]
        return tuple(np.stack(column) for column in zip(*rows, strict=True))

    def _stretch(self, random: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        frames, onset, held, velocity = self.clips[random.integers(len(self.clips))]
        first = int(random.integers(0, frames.shape[1] - _FRAMES - CONTEXT))
        heard = frames[random.integers(2), first : first + _FRAMES + CONTEXT].astype(np.float32) * _SCALE
        heard = np.where(heard > 0, np.clip(heard + random.normal(0, 0.03), 0, 1.25), 0)
        inside = slice(first + FRAMES_BEFORE, first + FRAMES_BEFORE + _FRAMES)
        truth = np.stack((onset[inside], held[inside], velocity[inside]), axis=-1).astype(np.float32)
        return heard.astype(np.float32), truth


def _load(path: Path) -> tuple[NDArray[Any], ...]:
    with np.load(path) as clip:
        return tuple(clip[name] for name in ("frames", "onset", "held", "velocity"))


def loss_of(logits: Any, truth: Any, stress: Any) -> Any:
    """Cross-entropy of onset and held, squared error of the velocity where something begins.

    With `stress` 1 (else 0) the softest onsets weigh twice: under loud ones they are what is missed.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=truth[..., :2], logits=logits[..., :2])
    known = tf.cast(truth[..., 2] > 0, tf.float32)
    error = known * tf.square(tf.sigmoid(logits[..., 2]) - truth[..., 2] / 128.0)
    soft = tf.clip_by_value((_LOUD_ENOUGH - truth[..., 2]) / (_LOUD_ENOUGH - _SOFTEST), 0.0, 1.0)
    onset = tf.reduce_mean((1.0 + stress * soft * truth[..., 0]) * entropy[..., 0])
    return onset * 3.0 + tf.reduce_mean(entropy[..., 1]) + tf.reduce_mean(error) * 2.0


def _rate(step: int) -> float:
    """The learning rate: twice up, twice down."""
    if step >= FIRST_STEPS:
        done = (step - FIRST_STEPS) / (_SECOND_SLOW_STEPS - FIRST_STEPS)
        cool = max(0.02, min(1.0, (TOTAL_STEPS - step) / (TOTAL_STEPS - _SECOND_COOL_FROM)))
        return _SECOND_RATE * min(1.0, (step - FIRST_STEPS) / 100 + 0.05) * max(0.01, 1.0 - done) * cool
    slow = max(0.01, 0.5 + 0.5 * float(np.cos(np.pi * min(1.0, step / _SLOW_STEPS))))
    cool = max(0.02, min(1.0, (FIRST_STEPS - step) / (FIRST_STEPS - _COOL_FROM)))
    return _PEAK_RATE * min(1.0, step / 200 + 0.01) * slow * cool


def main(clips: Path, state: Path, last: int) -> int:
    """Go on up to step `last`."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.keras.utils.set_random_seed(SEED)
    model = build()
    adam = tf.keras.optimizers.AdamW(_PEAK_RATE, weight_decay=1e-4)
    adam.build(model.trainable_variables)
    step = tf.Variable(0)
    kept = tf.train.CheckpointManager(tf.train.Checkpoint(model=model, adam=adam, step=step), str(state), 1)
    kept.restore_or_initialize()

    @tf.function
    def learn(heard: Any, truth: Any, stress: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(model(heard, training=True), truth, stress)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), 1.0)
        adam.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
        return loss

    material = Clips(clips)
    losses, began = [], time.process_time()
    while int(step) < last:
        now = int(step)
        adam.learning_rate.assign(_rate(now))
        stress = tf.constant(float(now >= FIRST_STEPS))
        losses.append(float(learn(*material.batch(np.random.default_rng([SEED, now])), stress)))
        step.assign_add(1)
        if int(step) % _SAVE_EVERY == 0:
            kept.save()
        if int(step) % 100 == 0:
            sys.stderr.write(
                f"step {int(step)} loss {np.mean(losses[-100:]):.4f} cpu {time.process_time() - began:.0f} s\n"
            )
    kept.save()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
