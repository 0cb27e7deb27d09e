"""The programs that are timed, each told once: data, layers as Keras names them, compile and fit arguments."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Workload:
    """A model and a fit of it. `data` gives x and y; `layers` are pairs of a class and its configuration."""

    name: str
    description: str
    data: object
    layers: list
    compile: dict
    epochs: int
    batch_size: int


def dense(units, activation=None, **config):
    return ("Dense", {"units": units, "activation": activation, **config})


def random(shape, classes=None, seed=0):
    """Features of a shape, and targets: 0 or 1, or one of so many classes as one-hot rows."""

    def data():
        rng = np.random.default_rng(seed)
        x = rng.random(shape, dtype=np.float32)
        if classes is None:
            return x, rng.integers(2, size=(shape[0], 1)).astype(np.float32)
        return x, np.eye(classes, dtype=np.float32)[rng.integers(classes, size=shape[0])]

    return data


def words(samples, steps, vocabulary):
    """Sequences of word numbers, and 0 or 1 for each."""

    def data():
        rng = np.random.default_rng(0)
        return (
            rng.integers(vocabulary, size=(samples, steps)).astype(np.int32),
            rng.integers(2, size=(samples, 1)).astype(np.float32),
        )

    return data


def stack_with_batch_normalization():
    layers = []
    for _ in range(8):
        layers += [dense(256), ("BatchNormalization", {}), ("Activation", {"activation": "relu"})]
    return [*layers, dense(10, "softmax")]


def convolutions(filters, *, count=1):
    layer = ("Conv2D", {"filters": filters, "kernel_size": 3, "activation": "relu", "padding": "same"})
    return [layer] * count + [("MaxPooling2D", {"pool_size": 2})]


CLASSES = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
BINARY = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}

WORKLOADS = [
    Workload(
        "guide", "The guide's main program: Dense 100-32-1; 1000 samples, 10 epochs, batch 32, rmsprop",
        random((1000, 100)), [dense(32, "relu"), dense(1, "sigmoid")],
        {"optimizer": "rmsprop", **BINARY}, 10, 32,
    ),
    Workload(
        "mlp", "Dense 784-512-512-10; 12,800 samples, 1 epoch, batch 128, rmsprop",
        random((12_800, 784), 10), [dense(512, "relu"), dense(512, "relu"), dense(10, "softmax")],
        {"optimizer": "rmsprop", **CLASSES}, 1, 128,
    ),
    Workload(
        "cnn", "28×28: Conv 32, pool, Conv 64, pool, dropout, Dense 10; 3200 samples, 1 epoch, batch 128, adam",
        random((3200, 28, 28, 1), 10),
        [
            ("Conv2D", {"filters": 32, "kernel_size": 3, "activation": "relu"}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Conv2D", {"filters": 64, "kernel_size": 3, "activation": "relu"}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Flatten", {}), ("Dropout", {"rate": 0.5}), dense(10, "softmax"),
        ],
        {"optimizer": "adam", **CLASSES}, 1, 128,
    ),
    Workload(
        "lstm", "LSTM 32-32-32 on 8×16; 1000 samples, 5 epochs, batch 64, rmsprop",
        random((1000, 8, 16), 10),
        [
            ("LSTM", {"units": 32, "return_sequences": True}),
            ("LSTM", {"units": 32, "return_sequences": True}),
            ("LSTM", {"units": 32}), dense(10, "softmax"),
        ],
        {"optimizer": "rmsprop", **CLASSES}, 5, 64,
    ),
    Workload(
        "embedding", "Embedding 5000×128, LSTM 128 on 80 steps; 1600 samples, 1 epoch, batch 32, adam",
        words(1600, 80, 5000),
        [("Embedding", {"input_dim": 5000, "output_dim": 128}), ("LSTM", {"units": 128}), dense(1, "sigmoid")],
        {"optimizer": "adam", **BINARY}, 1, 32,
    ),
    Workload(
        "normalized", "8 × (Dense 256, batch normalization, relu) on 64; 6400 samples, 1 epoch, batch 128, adam",
        random((6400, 64), 10), stack_with_batch_normalization(),
        {"optimizer": "adam", **CLASSES}, 1, 128,
    ),
    Workload(
        "gru", "Bidirectional GRU 64 on 50×32; 1600 samples, 1 epoch, batch 32, adam",
        random((1600, 50, 32)),
        [("Bidirectional", {"layer": ("GRU", {"units": 64})}), dense(1, "sigmoid")],
        {"optimizer": "adam", **BINARY}, 1, 32,
    ),
    Workload(
        "conv1d", "128×16: Conv 64, pool, Conv 128, global average, Dense 10; 3200 samples, 1 epoch, batch 64, adam",
        random((3200, 128, 16), 10),
        [
            ("Conv1D", {"filters": 64, "kernel_size": 5, "activation": "relu", "padding": "same"}),
            ("MaxPooling1D", {"pool_size": 2}),
            ("Conv1D", {"filters": 128, "kernel_size": 5, "activation": "relu", "padding": "same"}),
            ("GlobalAveragePooling1D", {}), dense(10, "softmax"),
        ],
        {"optimizer": "adam", **CLASSES}, 1, 64,
    ),
    Workload(
        "vgg", "32×32×3: 2 × Conv 32, pool, 2 × Conv 64, pool, Dense 128-10; 1280 samples, 1 epoch, batch 64, sgd",
        random((1280, 32, 32, 3), 10),
        [*convolutions(32, count=2), *convolutions(64, count=2), ("Flatten", {}), dense(128, "relu"), dense(10, "softmax")],
        {"optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.01, "momentum": 0.9}}, **CLASSES}, 1, 64,
    ),
]
BY_NAME = {workload.name: workload for workload in WORKLOADS}
