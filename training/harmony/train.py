"""Trains the harmony network in slices of steps; each goes on where the last one ended (seeded; that two runs
end alike was not verified).

`python -m training.harmony.train CORPUS STATE STEPS [RECIPE]`, with CORPUS as `training.harmony.corpus_file` writes it.
"""

from __future__ import annotations

import pickle
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.features import FEATURES, KEY_KNOWN, PHRASES, features_of
from mos_appliance.tutor.harmony.vocabulary import CLASSES, NONE_CLASS, triad_of
from training.harmony.corpora import Example
from training.harmony.folds import CHOOSING_FOLD, TEST_FOLD
from training.harmony.network import build

_BEATS: Final = 128
_BATCH: Final = 24
_PEAK_RATE: Final = 2e-3
_KEEP: Final = 0.997
"""How slowly the averaged weights follow."""
_TRIADS: Final = np.eye(CLASSES, dtype=np.float32)[[triad_of(number) for number in range(CLASSES)]]


class Recipe(NamedTuple):
    """What differs between the networks of which the shipped one is the mean."""

    seed: int
    chorales: float
    """Their share of what is learnt from."""
    steps: int
    """At which the learning rate has come down to nothing."""


RECIPES: Final = {
    "a": Recipe(20261127, 0.6, 1600),
    "b": Recipe(20261128, 0.6, 1600),
    "c": Recipe(20261129, 0.6, 1600),
}


class Material:
    """The tunes to learn from, as features in their own signature and in the two beside it."""

    def __init__(self, examples: list[Example], chorales: float) -> None:
        self._chorales = chorales
        self.by_style: dict[str, list[tuple[list[NDArray[np.float32]], list[NDArray[np.int64]]]]] = {}
        for example in examples:
            if example.fold in {TEST_FOLD, CHOOSING_FOLD}:
                continue
            shifts = (0, -1, 1)
            seen = [features_of(example.tune, example.tune.fifths + shift) for shift in shifts]
            truth = [shifted(example.classes, shift) for shift in shifts]
            self.by_style.setdefault(example.style, []).append((seen, truth))

    def batch(self, random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Stretches of tunes; short ones are padded with beats without truth (−1)."""
        seen = np.zeros((_BATCH, _BEATS, FEATURES), np.float32)
        truth = np.full((_BATCH, _BEATS), -1, np.int64)
        for row in range(_BATCH):
            tunes = self.by_style["chorale" if random.random() < self._chorales else "folk"]
            features, classes = tunes[random.integers(len(tunes))]
            wrong_key = int(random.choice(3, p=(0.84, 0.08, 0.08)))
            x, y = features[wrong_key], classes[wrong_key]
            first = int(random.integers(0, max(1, len(y) - _BEATS + 1)))
            x, y = x[first : first + _BEATS], y[first : first + _BEATS]
            hidden = random.random(len(y)) < 0.04
            seen[row, : len(y)] = np.where(hidden[:, None], 0.0, x)
            seen[row, : len(y), KEY_KNOWN] *= float(random.random() < 0.8)
            seen[row, : len(y), PHRASES:] *= float(random.random() < 0.85)  # most files have no fermatas
            truth[row, : len(y)] = y
        return seen, truth


def shifted(classes: NDArray[np.int64], fifths: int) -> NDArray[np.int64]:
    """The classes as they are in a signature of so many sharps more."""
    kind, root = np.divmod(classes, 12)
    return np.where(classes == NONE_CLASS, NONE_CLASS, kind * 12 + (root - 7 * fifths) % 12)


def loss_of(logits: Any, truth: Any) -> Any:
    """Cross-entropy of the chord and of its triad, over the beats that have one."""
    known = tf.cast((truth >= 0) & (truth != NONE_CLASS), tf.float32)
    told = tf.maximum(truth, 0)
    exact = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=told, logits=logits)
    chances = tf.nn.softmax(logits) @ _TRIADS
    wanted = tf.gather(_TRIADS, told)
    triad = -tf.math.log(tf.reduce_sum(chances * wanted, axis=-1) + 1e-6)
    return tf.reduce_sum((0.4 * exact + triad) * known) / (tf.reduce_sum(known) + 1.0)


def main(corpus: Path, state: Path, last: int, recipe: Recipe) -> int:
    """Go on up to step `last`."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.keras.utils.set_random_seed(recipe.seed)
    model, averaged = build(), build()
    averaged.set_weights(model.get_weights())
    adam = tf.keras.optimizers.AdamW(_PEAK_RATE, weight_decay=5e-3)
    adam.build(model.trainable_variables)
    step = tf.Variable(0)
    kept = tf.train.CheckpointManager(
        tf.train.Checkpoint(model=model, averaged=averaged, adam=adam, step=step), str(state), 1
    )
    kept.restore_or_initialize()
    tf.keras.utils.set_random_seed(recipe.seed + int(step))

    @tf.function
    def learn(seen: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(model(seen, training=True), truth)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), 1.0)
        adam.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
        for mean, weight in zip(averaged.trainable_variables, model.trainable_variables, strict=True):
            mean.assign(mean * _KEEP + weight * (1.0 - _KEEP))
        return loss

    material = Material(pickle.loads(corpus.read_bytes()), recipe.chorales)
    losses, began = [], time.process_time()
    while int(step) < last:
        now = int(step)
        adam.learning_rate.assign(
            _PEAK_RATE
            * min(1.0, now / 200 + 0.01)
            * max(0.01, 0.5 + 0.5 * float(np.cos(np.pi * min(1.0, now / recipe.steps))))
        )
        losses.append(float(learn(*material.batch(np.random.default_rng([recipe.seed, now])))))
        step.assign_add(1)
        if int(step) % 200 == 0:
            sys.stderr.write(
                f"step {int(step)} loss {np.mean(losses[-200:]):.4f} cpu {time.process_time() - began:.0f} s\n"
            )
    kept.save()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), RECIPES[(sys.argv[4:] or ["a"])[0]]))
