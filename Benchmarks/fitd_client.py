"""A server of one's own, and the workloads' programs against it."""

import copy
import http.client
import io
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np


def definition(layer):
    """A layer of a workload as the JSON that Keras writes."""
    name, config = layer
    config = {key: definition(value) if isinstance(value, tuple) else value for key, value in config.items()}
    return {"class_name": name, "config": config}


class Server:
    """`fitd serve` on a free port with a data directory of its own, and one connection to it that is kept open."""

    def __init__(self, binary, folder=None, options=()):
        self.folder = tempfile.TemporaryDirectory(dir=folder)
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--data-dir", pathlib.Path(self.folder.name, "data"), *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.url = self.process.stdout.readline().removeprefix("fitd listening on ").strip()
        self.connection = http.client.HTTPConnection(self.url.removeprefix("http://"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def another_client(self):
        """The same server by a connection of its own."""
        other = copy.copy(self)
        other.connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        return other

    def call(self, method, path, value=None, content_type="application/json"):
        body = value if value is None or isinstance(value, bytes) else json.dumps(value)
        self.connection.request(method, path, body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

    def upload(self, name, array):
        file = io.BytesIO()
        np.save(file, array)
        self.call("PUT", f"/v1/datasets/{name}", file.getvalue(), "application/x-npy")

    def define(self, model, workload, input_shape):
        layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, *input_shape]}}]
        layers += [definition(layer) for layer in workload.layers]
        self.call("PUT", f"/v1/models/{model}", {"layers": layers})

    def compile(self, model, workload):
        self.call("POST", f"/v1/models/{model}/compile", workload.compile)

    def fit(self, model, workload):
        arguments = {"x": "x", "y": "y", "epochs": workload.epochs, "batch_size": workload.batch_size}
        job = self.call("POST", f"/v1/models/{model}/fit?wait=600", arguments)
        if job["status"] != "succeeded":
            raise RuntimeError(json.dumps(job))


def timed_runs(binary, workload, rounds):
    """Seconds of a first fit with compile, on a new model each time, and of a further fit; medians of `rounds`."""
    x, y = workload.data()
    first, again = [], []
    with Server(binary) as server:
        server.upload("x", x)
        server.upload("y", y)
        version = server.call("GET", "/v1")["version"]
        for number in range(rounds):
            model = f"{workload.name}-{number}"
            server.define(model, workload, x.shape[1:])
            start = time.perf_counter()
            server.compile(model, workload)
            server.fit(model, workload)
            first.append(time.perf_counter() - start)
            start = time.perf_counter()
            server.fit(model, workload)
            again.append(time.perf_counter() - start)
    return {"label": f"fitd {version}", "first": statistics.median(first), "again": statistics.median(again)}
