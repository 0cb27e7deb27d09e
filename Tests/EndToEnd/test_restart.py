"""What survives `kill -9`, and that neither it nor the number of threads changes a bit."""

import re
import shutil
import subprocess
import time

import numpy as np
import pytest
from fitd import good, layer

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((6000, 64))
Y = np.eye(5)[RANDOM.integers(0, 5, 6000)]
EPOCHS = 30


needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace, which sees the system's calls")


def prepare(server):
    """A fit with all that a restart has to bring back: shuffling, dropout, Adam's moments, callbacks' state."""
    server.upload("data", x=X, y=Y)
    server.define(
        "model",
        layer("Dense", units=128, activation="relu", input_dim=64),
        layer("Dropout", rate=0.3),
        layer("Dense", units=128, activation="tanh"),
        layer("Dense", units=5, activation="softmax"),
        seed=11,
    )
    server.compile("model", "adam", "categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        layer("EarlyStopping", monitor="val_loss", patience=EPOCHS, restore_best_weights=True),
        layer("ModelCheckpoint", filepath="{epoch:02d}-{val_loss:.4f}.keras"),
        layer("ModelCheckpoint", filepath="best.keras", save_best_only=True, save_freq=100, monitor="loss"),
    ]
    return server.start_fit(
        "model", x="data/x", y="data/y", epochs=EPOCHS, batch_size=16, validation_split=0.1, seed=5, callbacks=callbacks
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Weights, History and checkpoints of the fit left alone, on one thread."""
    from fitd import Server

    server = Server(tmp_path_factory.mktemp("undisturbed"), "--threads", "1").start()
    job = server.end(prepare(server))
    result = server.weights("model"), server.history(job), checkpoints(server, job)
    assert server.stop() == 0
    return result


def checkpoints(server, job):
    """What was saved under which name, in order."""
    items = good(server.get(f"/v1/jobs/{job['id']}/checkpoints?limit=1000")).json()["items"]
    return [[item[key] for key in ("name", "epoch", "step", "logs", "sha256")] for item in items]


def assert_same(server, job, undisturbed):
    weights, history, saved = undisturbed
    job = server.end(job)
    got = server.weights("model")
    assert list(got) == list(weights)
    for name in weights:
        assert got[name].tobytes() == weights[name].tobytes(), name
    assert server.history(job) == history
    assert checkpoints(server, job) == saved


def test_two_threads_give_the_bits_of_one(launch, undisturbed):
    server = launch("two", "--threads", "2")
    assert_same(server, prepare(server), undisturbed)


def wait_for_epoch(server, job, epoch):
    limit = time.monotonic() + 60
    while True:
        now = good(server.get(f"/v1/jobs/{job['id']}")).json()
        assert now["status"] in ("queued", "running"), "the fit ended before it could be interrupted"
        if now["progress"] and now["progress"]["epoch"] >= epoch:
            return
        assert time.monotonic() < limit
        time.sleep(0.002)


def test_killed_and_restarted_it_ends_with_the_same_bits(launch, undisturbed):
    server = launch()
    job = prepare(server)
    for epoch in (3, 12):
        wait_for_epoch(server, job, epoch)
        server.kill()
        server.start()
    assert_same(server, job, undisturbed)
    events = server.events(job)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    kinds = [event["event"] for event in events]
    assert kinds.count("resumed") == 2 and kinds[-1] == "succeeded"
    named = {event["data"].get("name") for event in events if event["event"] == "checkpoint"}
    assert named - {None} == {name for name, *_ in undisturbed[2]}
    ends = [event["data"]["epoch"] for event in events if event["event"] == "epoch_end"]
    assert sorted(set(ends)) == list(range(1, EPOCHS + 1))


def test_stopped_and_restarted_it_ends_with_the_same_bits(launch, undisturbed):
    server = launch()
    job = prepare(server)
    wait_for_epoch(server, job, 5)
    assert server.stop() == 0
    server.start()
    assert_same(server, job, undisturbed)


def test_everything_is_there_after_a_kill(launch):
    server = launch()
    server.upload("data", x=X[:100], y=Y[:100])
    server.define("model", layer("Dense", units=5, activation="softmax", input_dim=64), layer("Dropout", rate=0.1))
    server.compile("model", "adam", "categorical_crossentropy", metrics=["accuracy"])
    job = server.end(server.start_fit("model", x="data/x", y="data/y", epochs=3))
    paths = [
        "/v1/datasets/data",
        "/v1/datasets/data/arrays/x",
        "/v1/models/model",
        "/v1/models/model/config",
        "/v1/models/model/weights",
        f"/v1/jobs/{job['id']}",
        f"/v1/jobs/{job['id']}/history",
    ]
    before = {path: good(server.get(path)) for path in paths}
    events = server.events(job)
    server.kill()
    server.start()
    for path in paths:
        after = good(server.get(path))
        assert after.content == before[path].content, path
        assert after.headers["ETag"] == before[path].headers["ETag"], path
    assert server.events(job) == events


def test_the_optimizer_goes_on_after_a_kill(launch):
    """Two fits in a row give the same weights with a kill between them as without."""
    results = []
    for interrupted in (False, True):
        server = launch(f"interrupted-{interrupted}")
        server.upload("data", x=X[:200], y=Y[:200])
        server.define("model", layer("Dense", units=5, activation="softmax", input_dim=64))
        server.compile("model", "adam", "categorical_crossentropy")
        server.fit("model", x="data/x", y="data/y", epochs=2)
        if interrupted:
            server.kill()
            server.start()
        server.fit("model", x="data/x", y="data/y", epochs=2)
        results.append(server.weights("model"))
    for name, weight in results[0].items():
        assert weight.tobytes() == results[1][name].tobytes(), name


def test_an_acknowledged_upload_and_definition_survive(launch):
    """What was answered with 2xx is there, however soon the kill comes."""
    server = launch()
    for round in range(5):
        server.upload(f"data-{round}", X[:50])
        server.define(f"model-{round}", layer("Dense", units=round + 1, input_dim=3))
        server.kill()
        server.start()
        assert good(server.get(f"/v1/datasets/data-{round}")).json()["arrays"][0]["shape"] == [50, 64]
        assert good(server.get(f"/v1/models/model-{round}")).json()["output_shape"] == [None, round + 1]


def trace(server, output, names, *flags):
    """Has strace write the system's calls of these names to a file."""
    command = ["strace", "-f", *flags, "-e", f"trace={names}", "-o", output, "-p", str(server.process.pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    if "attached" not in tracer.stderr.readline():
        pytest.skip("strace may not look at other processes here")
    return tracer


@needs_strace
def test_an_answer_waits_for_the_disk(launch, tmp_path):
    """Between two answers that say that something was changed lies a sync that has succeeded."""
    server, calls = launch("synced"), tmp_path / "calls"
    tracer = trace(server, calls, "fsync,fdatasync,sendto")
    server.upload("data", x=X[:64], y=Y[:64])
    server.define("model", layer("Dense", units=5, activation="softmax", input_dim=64))
    for _ in range(5):
        server.compile("model", "sgd", "categorical_crossentropy")
        server.end(server.start_fit("model", x="data/x", y="data/y", epochs=1))
    good(server.delete("/v1/models/model"))
    tracer.terminate()
    tracer.wait()
    changes, is_synced = 0, True
    for line in calls.read_text().splitlines():
        if re.search(r"f(data)?sync.*= 0$", line):
            is_synced = True
        elif re.search(r'"HTTP/1.1 20[0-9] [^"]*(Location|No Content)', line.replace("\\r\\n", " ")):
            assert is_synced, line
            changes, is_synced = changes + 1, False
    assert changes >= 8


@needs_strace
def test_a_checkpoint_waits_for_its_events(launch, tmp_path):
    """Before a checkpoint has its name, the end of its epoch is on the disk."""
    server, calls = launch("ordered"), tmp_path / "calls"
    tracer = trace(server, calls, "write,fsync,fdatasync,rename,renameat,renameat2", "-y", "-s", "200")
    job = server.end(prepare(server))
    tracer.terminate()
    tracer.wait()
    told, synced, syncing, renamed = 0, 0, {}, []
    for line in calls.read_text().splitlines():
        thread = line.split()[0]
        if end := re.search(r'write\(.*events.ndjson.*epoch_end.*"data\\":{\\"epoch\\":(\d+)', line):
            told = int(end[1])
        elif re.search(r"sync\(.*events.ndjson", line):
            syncing[thread] = told
        elif re.search(r'rename.*/new", .*/checkpoint-', line):
            renamed.append(synced)
        if thread in syncing and re.search(r"sync.*= 0$", line):
            synced = max(synced, syncing.pop(thread))
    events = [event["data"] for event in server.events(job) if event["event"] == "checkpoint"]
    epochs = [data["epoch"] - ("step" in data) for data in events if "name" not in data]
    # The job may end between a checkpoint and its event.
    assert epochs and len(epochs) in (len(renamed), len(renamed) - 1)
    for epoch, durable in zip(epochs, renamed):
        assert durable >= epoch
