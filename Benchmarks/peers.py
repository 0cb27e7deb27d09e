"""One peer's timing of one workload, in a process of its own: prints one line of JSON.

    peers.py keras-tensorflow|keras-jax|keras-torch|pytorch WORKLOAD

`first` is seconds for compile and a first fit in a new process, after imports; `again` is the median of further
fits of the compiled model, whatever it traced already reused.
"""

import json
import os
import statistics
import sys
import time

from workloads import BY_NAME

REPEATS = 5


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def keras_layer(keras, definition):
    name, config = definition
    config = {key: keras_layer(keras, value) if isinstance(value, tuple) else value for key, value in config.items()}
    return getattr(keras.layers, name)(**config)


def keras_peer(backend, workload):
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    x, y = workload.data()
    model = keras.Sequential(
        [keras.Input(x.shape[1:]), *(keras_layer(keras, definition) for definition in workload.layers)]
    )
    options = dict(workload.compile)
    if isinstance(options["optimizer"], dict):
        options["optimizer"] = keras.optimizers.get(options["optimizer"])

    def fit():
        model.fit(x, y, epochs=workload.epochs, batch_size=workload.batch_size, verbose=0)

    def first():
        model.compile(**options)
        fit()

    return f"Keras {keras.version()}, {version(backend)}", first, fit


def version(backend):
    module = __import__(backend)
    return {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}[backend] + " " + module.__version__


def pytorch_peer(workload):
    """The same program as a PyTorch user writes it."""
    import torch
    from pytorch_models import PROGRAMS

    x, y = (torch.tensor(array) for array in workload.data())
    model, optimizer, loss_of, is_right, prepare = PROGRAMS[workload.name]()
    x, y = prepare(x, y)
    model.train()

    def fit():
        for _ in range(workload.epochs):
            right = torch.zeros(())
            total = torch.zeros(())
            for rows in torch.randperm(len(x)).split(workload.batch_size):
                predicted = model(x[rows])
                loss = loss_of(predicted, y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(rows)
                right += is_right(predicted.detach(), y[rows])
            total.item(), right.item()

    return version("torch"), fit, fit


def main():
    name, workload = sys.argv[1], BY_NAME[sys.argv[2]]
    if name == "pytorch":
        label, first, again = pytorch_peer(workload)
    else:
        label, first, again = keras_peer(name.removeprefix("keras-"), workload)
    result = {"label": label, "first": timed(first), "again": statistics.median(timed(again) for _ in range(REPEATS))}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
