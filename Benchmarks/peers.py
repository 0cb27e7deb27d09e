"""One peer's timing of the guide's program, in a process of its own: prints one line of JSON.

    peers.py keras-tensorflow|keras-jax|keras-torch|pytorch

`first` is seconds for compile and ten epochs in a new process, after imports; `again` is the median of five more
fits of the compiled model, whatever it traced already reused.
"""

import json
import os
import statistics
import sys
import time

import numpy as np

EPOCHS, BATCH, REPEATS = 10, 32, 5


def data():
    rng = np.random.default_rng(0)
    return rng.random((1000, 100)), rng.integers(2, size=(1000, 1))


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def keras_peer(backend):
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    x, y = data()
    model = keras.Sequential(
        [keras.Input((100,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1, "sigmoid")]
    )

    def fit():
        model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0)

    def first():
        model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
        fit()

    return f"Keras {keras.version()}, {version(backend)}", timed(first), [timed(fit) for _ in range(REPEATS)]


def version(backend):
    module = __import__(backend)
    return {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}[backend] + " " + module.__version__


def pytorch_peer():
    """The same program as a PyTorch user writes it."""
    import torch

    x, y = (torch.tensor(array, dtype=torch.float32) for array in data())
    model = torch.nn.Sequential(
        torch.nn.Linear(100, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1), torch.nn.Sigmoid()
    )
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    loss_of = torch.nn.BCELoss()

    def fit():
        for _ in range(EPOCHS):
            right = torch.zeros(())
            total = torch.zeros(())
            for rows in torch.randperm(len(x)).split(BATCH):
                predicted = model(x[rows])
                loss = loss_of(predicted, y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(rows)
                right += ((predicted.detach() > 0.5) == y[rows]).sum()
            total.item(), right.item()

    return version("torch"), timed(fit), [timed(fit) for _ in range(REPEATS)]


def main():
    name = sys.argv[1]
    label, first, again = pytorch_peer() if name == "pytorch" else keras_peer(name.removeprefix("keras-"))
    print(json.dumps({"label": label, "first": first, "again": statistics.median(again)}))


if __name__ == "__main__":
    main()
