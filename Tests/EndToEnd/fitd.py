"""The built server as a process, and a client for it that is no more than requests with a base URL."""

import io
import os
import pathlib
import signal
import subprocess
import time

import numpy as np
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("FITD", ROOT / ".build/release/fitd"))
ENDED = ("succeeded", "failed", "cancelled")


class Server:
    """`fitd serve` with a data directory of its own, on a free port; perhaps run by another program."""

    def __init__(self, folder, *flags, by=()):
        self.by = by
        self.folder = pathlib.Path(folder)
        self.flags = flags
        self.process = None
        self.url = None

    def start(self):
        """Starts the server and waits until it accepts connections."""
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [*self.by, BINARY, "serve", "--port", "0", "--data-dir", self.folder / "data", *self.flags],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line.startswith("fitd listening on "):
            self.process.kill()
            raise RuntimeError(f"fitd did not start: {line!r} {(self.folder / 'log').read_text()[-2000:]}")
        self.url = line.removeprefix("fitd listening on ").strip()
        return self

    def stop(self):
        """Stops the server as a service manager does; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._gone(30)

    def kill(self):
        """What a crash looks like."""
        self.process.kill()
        return self._gone(10)

    def _gone(self, seconds):
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()

    def memory(self, field):
        """A row of /proc/PID/status that is in kB, in bytes."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)

    # Requests

    def call(self, method, path, **options):
        return requests.request(method, self.url + path, timeout=options.pop("timeout", 120), **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, **options):
        return self.call("POST", path, **options)

    def put(self, path, **options):
        return self.call("PUT", path, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    # What most tests begin with

    def upload(self, name, array=None, **arrays):
        """Puts one array as .npy, or several as .npz."""
        body = npy(array) if array is not None else npz(**arrays)
        return good(self.put(f"/v1/datasets/{name}", data=body)).json()

    def define(self, name, *layers, **members):
        return good(self.put(f"/v1/models/{name}", json={"layers": list(layers), **members})).json()

    def compile(self, name, optimizer="sgd", loss="mse", **members):
        job = good(self.post(f"/v1/models/{name}/compile", json={"optimizer": optimizer, "loss": loss, **members}))
        return self.end(job.json())

    def start_fit(self, name, **arguments):
        return good(self.post(f"/v1/models/{name}/fit", json=arguments)).json()

    def fit(self, name, **arguments):
        """Fits and waits; the History."""
        job = self.end(self.start_fit(name, **arguments))
        return self.history(job)

    def end(self, job, seconds=120, wanted="succeeded"):
        """The job once it has ended, which is to be as wanted."""
        limit = time.monotonic() + seconds
        while job["status"] not in ENDED:
            assert time.monotonic() < limit, f"not ended after {seconds} s: {job}"
            job = good(self.get(f"/v1/jobs/{job['id']}?wait=10")).json()
        assert job["status"] == wanted, job["error"]
        return job

    def history(self, job):
        return good(self.get(f"/v1/jobs/{job['id']}/history")).json()

    def events(self, job, **options):
        """The events of a job as a list, from NDJSON."""
        headers = {"Accept": "application/x-ndjson"}
        answer = good(self.get(f"/v1/jobs/{job['id']}/events", headers=headers, **options))
        return [requests.models.complexjson.loads(line) for line in answer.text.splitlines()]

    def predict(self, name, x, **members):
        answer = self.post(
            f"/v1/models/{name}/predict",
            json={"x": x if isinstance(x, str) else np.asarray(x).tolist(), **members},
            headers={"Accept": "application/x-npy"},
        )
        return np.load(io.BytesIO(good(answer).content))

    def weights(self, name):
        with np.load(io.BytesIO(good(self.get(f"/v1/models/{name}/weights")).content)) as archive:
            return {key: archive[key] for key in archive.files}

    def set_weights(self, name, weights):
        body = npz(**weights) if isinstance(weights, dict) else npz(*weights)
        good(self.put(f"/v1/models/{name}/weights", data=body, headers={"Content-Type": "application/x-npz"}))


def good(answer):
    """The answer, which is to be a success."""
    assert answer.ok, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:1000]}"
    return answer


def problem(answer, status, pointer=None, *words):
    """Holds an answer to be a problem of a status, at a place, with words in its text; the problem."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:1000]}"
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"] and body["detail"]
    text = body["detail"]
    if pointer is not None:
        places = [fault["pointer"] for fault in body.get("errors", [])]
        assert pointer in places, body
        text += " ".join(fault["detail"] for fault in body["errors"])
    for word in words:
        assert str(word) in text, f"{word!r} is not in {text!r}"
    return body


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(*arrays, **named):
    buffer = io.BytesIO()
    np.savez(buffer, *arrays, **named)
    return buffer.getvalue()


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}
