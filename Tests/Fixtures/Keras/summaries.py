#!/usr/bin/env python3
"""Writes summaries.json: what Keras's summary() prints of a few models, in a terminal of 80 columns.

    KERAS_BACKEND=jax COLUMNS=80 summaries.py
"""

import json
import pathlib

import keras
import numpy as np
from keras import Sequential, layers


def guide():
    return Sequential(
        [keras.Input((100,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")], name="sequential"
    )


# Name, model, optimizer with which it is compiled, whether it is then fitted.
CASES = [
    ("guide", guide(), None, False),
    ("compiled", guide(), "rmsprop", False),
    ("fitted with rmsprop", guide(), "rmsprop", True),
    ("fitted with adam", guide(), "adam", True),
    ("fitted with sgd", guide(), "sgd", True),
    ("fitted with momentum", guide(), keras.optimizers.SGD(0.1, momentum=0.9), True),
    ("empty", Sequential(name="empty"), None, False),
    (
        "unbuilt",
        Sequential(
            [
                layers.Dense(3),
                layers.Activation("relu"),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Reshape((3, 1)),
                layers.Embedding(3, 4),
                layers.Identity(),
                layers.Permute((2, 1)),
                layers.RepeatVector(3),
                layers.Masking(),
                layers.GlobalAveragePooling1D(),
            ],
            name="unbuilt",
        ),
        None,
        False,
    ),
    (
        "wide shapes and long names",
        Sequential(
            [
                keras.Input((12,)),
                layers.Embedding(1000, 1024, name="a_layer_name_that_is_longer_than_its_column"),
                layers.Reshape((12, 2, 2, 2, 2, 64), name="words with blanks in between them and more"),
                layers.Reshape((1, 12, 2, 2, 1, 1, 1, 1, 1, 2, 2, 64)),
            ],
            name="wide",
        ),
        None,
        False,
    ),
    (
        "frozen and fixed",
        Sequential(
            [keras.Input(batch_shape=(8, 3)), layers.Dense(2, trainable=False), layers.Dense(5)], name="frozen"
        ),
        None,
        False,
    ),
]


def summarize(model):
    text = []
    model.summary(print_fn=lambda part, **_: text.append(part))
    return "".join(text)


def main():
    cases = []
    for name, model, optimizer, fits in CASES:
        case = {"name": name, "model": json.loads(model.to_json()), "compile": None, "fit": fits}
        if optimizer:
            model.compile(optimizer, "mse")
            serialized = optimizer if isinstance(optimizer, str) else keras.saving.serialize_keras_object(optimizer)
            case["compile"] = {"optimizer": serialized, "loss": "mse"}
        if fits:
            model.fit(np.zeros((4, *model.input_shape[1:])), np.zeros((4, *model.output_shape[1:])), verbose=0)
        case["text"] = summarize(model)
        cases.append(case)
    pathlib.Path(__file__).with_name("summaries.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
