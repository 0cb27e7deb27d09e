"""Trains Keras from ten seeds on two real runs, and writes how each ended beside what was run.

    KERAS_BACKEND=tensorflow python generate.py
    KERAS_BACKEND=jax python generate.py

Each command writes the runs of its backend and leaves the others alone. The text needs JAX: with
TensorFlow the Embedding's gradient has one slice per occurrence of a character, and Keras squares
the slices one by one (`elementwise_unary` in `keras/src/backend/tensorflow/sparse.py`), so that
Adam's second moment is a sum of squares and not the square of the sum. `runs.json` has for each run `model`, `compile` and `fit`
as a client sends them, and `keras`: the final value of each number in the History, a list with one
number a seed.
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from arrays import FOLDER, arrays

SEEDS = 10


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


RUNS = {
    "digits": {
        "backend": "tensorflow",
        "model": [
            layer("Conv2D", filters=8, kernel_size=3, activation="relu"),
            layer("BatchNormalization", momentum=0.9),
            layer("MaxPooling2D"),
            layer("Dropout", rate=0.25),
            layer("Flatten"),
            layer("Dense", units=32, activation="relu"),
            layer("Dropout", rate=0.5),
            layer("Dense", units=10, activation="softmax"),
        ],
        "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.002}},
        "fit": {"epochs": 3, "batch_size": 32, "validation_split": 0.2},
    },
    "text": {
        "backend": "jax",
        "model": [
            layer("Embedding", input_dim=64, output_dim=16),
            layer("GRU", units=32),
            layer("Dense", units=64, activation="softmax"),
        ],
        "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.01}},
        "fit": {"epochs": 4, "batch_size": 32, "validation_split": 0.2},
    },
}


def main():
    path = FOLDER / "runs.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for name, run in RUNS.items():
        if run["backend"] != keras.config.backend():
            continue
        x, y = arrays(name)
        ends = []
        for seed in range(SEEDS):
            keras.utils.clear_session()
            keras.utils.set_random_seed(seed)
            model = keras.Sequential(
                [
                    keras.Input(x.shape[1:], dtype=str(x.dtype)),
                    *(getattr(keras.layers, each["class_name"])(**each["config"]) for each in run["model"]),
                ]
            )
            optimizer = getattr(keras.optimizers, run["optimizer"]["class_name"])(**run["optimizer"]["config"])
            model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            ends.append(model.fit(x, y, verbose=0, **run["fit"]).history)
            print(name, seed, ends[-1]["loss"][-1], ends[-1]["val_loss"][-1], flush=True)
        first = layer("InputLayer", batch_shape=[None, *x.shape[1:]], dtype=str(x.dtype))
        results[name] = {
            "version": keras.version(),
            "backend": run["backend"],
            "model": {"layers": [first, *run["model"]]},
            "compile": {
                "optimizer": run["optimizer"],
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
            },
            "fit": run["fit"],
            "keras": {key: [float(end[key][-1]) for end in ends] for key in ends[0]},
        }
    path.write_text(json.dumps({name: results[name] for name in RUNS if name in results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
