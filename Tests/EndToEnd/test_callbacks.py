"""What callbacks write and send, read by TensorBoard, by Python's csv and by another server."""

import csv
import http.server
import json
import socket
import threading
import time
import urllib.parse

import numpy as np
import pytest
from fitd import good, layer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

RANDOM = np.random.default_rng(8)
X = RANDOM.standard_normal((4000, 16))
Y = X[:, :1] * 0.5 + 0.1


def prepare(server, name):
    server.upload(name, x=X, y=Y)
    server.define(name, layer("Dense", units=32, activation="tanh", input_dim=16), layer("Dense", units=1), seed=4)
    server.compile(name, "adam", metrics=["mae"])


def start(server, name, *callbacks, **options):
    options = {"epochs": 3, "batch_size": 100, "seed": 2, **options}
    return server.start_fit(name, x=f"{name}/x", y=f"{name}/y", callbacks=list(callbacks), **options)


def files(server, job, folder):
    """The job's files under their names in a folder; the names, in order."""
    items = good(server.get(f"/v1/jobs/{job['id']}/files")).json()["items"]
    for item in items:
        path = folder / item["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(good(server.get(item["links"]["self"])).content)
        assert path.stat().st_size == item["bytes"]
    return [item["name"] for item in items]


def records(folder):
    """What TensorBoard reads from a run: (step, value) by tag."""
    run = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    return {tag: [(event.step, tensor_util.make_ndarray(event.tensor_proto)) for event in run.Tensors(tag)] for tag in run.Tags()["tensors"]}


def single(values):
    """Figures as an event file holds them."""
    return [float(np.float32(value)) for value in values]


def test_tensorboard_reads_the_event_files(server, tmp_path):
    prepare(server, "board")
    board = layer("TensorBoard", log_dir="runs/first", histogram_freq=2, update_freq="batch")
    job = server.end(start(server, "board", board, validation_split=0.2))
    assert files(server, job, tmp_path) == [f"runs/first/{run}/events.out.tfevents.fitd.v2" for run in ("train", "validation")]
    history = {name: single(values) for name, values in server.history(job)["history"].items()}
    train, validation = records(tmp_path / "runs/first/train"), records(tmp_path / "runs/first/validation")
    for name in ("loss", "mae"):
        assert [(step, float(value)) for step, value in train[f"epoch_{name}"]] == list(enumerate(history[name]))
        assert [(step, float(value)) for step, value in validation[f"epoch_{name}"]] == list(enumerate(history[f"val_{name}"]))
        assert [step for step, _ in train[f"batch_{name}"]] == list(range(1, 3 * 32 + 1))
        evaluated = [(step, float(value)) for step, value in validation[f"evaluation_{name}_vs_iterations"]]
        assert evaluated == list(zip((32, 64, 96), history[f"val_{name}"]))
        assert float(train[f"batch_{name}"][31][1]) == history[name][0]
    assert [float(value) for _, value in train["epoch_learning_rate"]] == pytest.approx([0.001] * 3)
    weights = server.weights("board")
    for path, values in weights.items():
        (first, _), (last, buckets) = train[f"sequential/{path}/histogram"]
        assert (first, last) == (0, 2) and buckets.shape == (30, 3)
        counts, edges = np.histogram(values.astype(float), 30)
        assert buckets[:, 2].sum() == values.size
        if values.size > 1:
            assert np.abs(buckets[:, 2] - counts).sum() <= 2  # a value on an edge may count on either side
            assert np.allclose(buckets[:, 0], edges[:-1]) and np.allclose(buckets[:, 1], edges[1:])
    model = json.loads(train["keras"][0][1].item())
    assert [inner["class_name"] for inner in model["config"]["layers"]] == ["InputLayer", "Dense", "Dense"]


def test_csv_logger_writes_the_history(server, tmp_path):
    prepare(server, "table")
    job = server.end(start(server, "table", layer("CSVLogger", filename="logs/training.log"), validation_split=0.2))
    assert files(server, job, tmp_path) == ["logs/training.log"]
    history = good(server.get(f"/v1/jobs/{job['id']}/history", headers={"Accept": "text/csv"}))
    assert (tmp_path / "logs/training.log").read_bytes() == history.content
    rows = list(csv.DictReader((tmp_path / "logs/training.log").open(newline="")))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2]
    for name, values in server.history(job)["history"].items():
        assert [float(row[name]) for row in rows] == values


def test_a_crash_neither_repeats_nor_loses_a_record(launch, tmp_path):
    server = launch()
    prepare(server, "model")
    callbacks = [layer("TensorBoard", update_freq=3, histogram_freq=5), layer("CSVLogger", filename="a.csv")]
    epochs = 150
    job = start(server, "model", *callbacks, epochs=epochs, validation_split=0.2)
    for epoch in (3, 40):
        limit = time.monotonic() + 60
        while True:
            now = good(server.get(f"/v1/jobs/{job['id']}")).json()
            assert now["status"] in ("queued", "running"), "the fit ended before it could be interrupted"
            if now["progress"] and now["progress"]["epoch"] >= epoch:
                break
            assert time.monotonic() < limit
            time.sleep(0.002)
        server.kill()
        server.start()
    job = server.end(job)
    files(server, job, tmp_path)
    history = server.history(job)["history"]
    train, validation = records(tmp_path / "logs/train"), records(tmp_path / "logs/validation")
    # Keras leaves out what does not fall on update_freq: 32 batches of training an epoch, 8 of validation.
    due = [epoch for epoch in range(epochs) if (epoch + 1) * 32 % 3 == 0]
    assert [(step, float(value)) for step, value in train["epoch_loss"]] == [(epoch, single(history["loss"])[epoch]) for epoch in due]
    assert [step for step, _ in train["batch_loss"]] == list(range(3, epochs * 32 + 1, 3))
    assert [step for step, _ in train["sequential/dense/kernel/histogram"]] == [epoch for epoch in due if epoch % 5 == 0]
    assert [(step, float(value)) for step, value in validation["epoch_loss"]] == [(epoch, single(history["val_loss"])[epoch]) for epoch in due]
    assert len(train["keras"]) == 1
    rows = list(csv.DictReader((tmp_path / "a.csv").open(newline="")))
    assert [int(row["epoch"]) for row in rows] == list(range(epochs))
    assert [float(row["val_mae"]) for row in rows] == history["val_mae"]


@pytest.fixture
def listener():
    """Another server, and what it is sent."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, dict(self.headers), body))
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{other.server_port}", received
    other.shutdown()
    other.server_close()


def wait_for(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.02)


def test_remote_monitor_sends_where_the_operator_allows(launch, listener):
    url, received = listener
    server = launch("server", "--remote-monitor", url, "--remote-monitor", "http://monitor.example")
    prepare(server, "model")
    for root in ("http://localhost:9000", url + "/more", url.replace("http", "https")):
        refused = server.post("/v1/models/model/fit", json={"x": "model/x", "y": "model/y", "callbacks": [layer("RemoteMonitor", root=root)]})
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert fault["pointer"] == "/callbacks/0/config/root" and url in fault["detail"]
    job = server.end(start(server, "model", layer("RemoteMonitor", root=url, headers={"X-Key": "k"}), validation_split=0.2))
    wait_for(lambda: len(received) == 3)
    history = server.history(job)["history"]
    for epoch, (path, headers, body) in enumerate(received):
        assert path == "/publish/epoch/end/" and headers["X-Key"] == "k"
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        (field,) = urllib.parse.parse_qs(body)["data"]
        assert json.loads(field) == {"epoch": epoch, **{name: values[epoch] for name, values in history.items()}}
    received.clear()
    server.end(start(server, "model", layer("RemoteMonitor", root=url, path="/x?y=1", send_as_json=True), epochs=1))
    wait_for(lambda: len(received) == 1)
    path, headers, body = received[0]
    assert path == "/x?y=1" and headers["Content-Type"] == "application/json" and json.loads(body)["epoch"] == 0


def test_a_monitor_that_fails_fails_no_fit(launch):
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as closed:
        urls = [f"http://127.0.0.1:{other.getsockname()[1]}" for other in (silent, closed)]
        closed.close()
        server = launch("server", "--remote-monitor", urls[0], "--remote-monitor", urls[1])
        prepare(server, "model")
        server.end(start(server, "model", layer("RemoteMonitor", root=urls[0]), epochs=20))
        job = start(server, "model", layer("RemoteMonitor", root=urls[1]), epochs=1000000)
        told = f"Could not reach RemoteMonitor root server at {urls[1]}"
        wait_for(lambda: told in server.get(f"/v1/jobs/{job['id']}/events?follow=false").text)
        good(server.post(f"/v1/jobs/{job['id']}/cancel"))
        server.end(job, wanted="cancelled")


def test_no_monitor_is_allowed_unless_the_operator_says_so(server):
    prepare(server, "unallowed")
    body = {"x": "unallowed/x", "y": "unallowed/y", "callbacks": ["RemoteMonitor"]}
    refused = server.post("/v1/models/unallowed/fit", json=body)
    assert refused.status_code == 422 and "allows none" in refused.text
