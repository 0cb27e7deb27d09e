"""Fits that are interrupted in the midst of an epoch, and checkpoints that cannot be written or read."""

import time

import numpy as np
import pytest
from fitd import Server, good, layer

RANDOM = np.random.default_rng(4)
X = RANDOM.standard_normal((8000, 48))
Y = np.eye(5)[RANDOM.integers(0, 5, 8000)]
# One thread, so that a step takes its time however busy the machine is.
FLAGS = ("--threads", "1", "--checkpoint-interval", "1s")


def prepare(server):
    """A fit of a few long epochs."""
    server.upload("data", x=X, y=Y)
    server.define(
        "model",
        layer("Dense", units=512, activation="relu", input_dim=48),
        layer("Dropout", rate=0.3),
        layer("BatchNormalization"),
        layer("Dense", units=512, activation="tanh"),
        layer("Dense", units=5, activation="softmax"),
        seed=11,
    )
    optimizer = layer("Adam", learning_rate=1e-4, use_ema=True, gradient_accumulation_steps=3)
    server.compile("model", optimizer, "categorical_crossentropy", metrics=["accuracy", "AUC", "F1Score"])
    callbacks = [
        layer("EarlyStopping", monitor="val_loss", patience=5, restore_best_weights=True),
        layer("ReduceLROnPlateau", monitor="loss", patience=1, min_delta=10, verbose=1),
        layer("ModelCheckpoint", filepath="{epoch}-{batch}.keras", save_freq=700),
    ]
    return server.start_fit(
        "model", x="data/x", y="data/y", epochs=2, batch_size=1, validation_split=0.1, seed=5, callbacks=callbacks
    )


def result(server, job):
    saved = good(server.get(f"/v1/jobs/{job['id']}/checkpoints?limit=1000")).json()["items"]
    notes = [event["data"].get("notes") for event in server.events(job) if event["event"] == "epoch_end"]
    return (
        {name: weight.tobytes() for name, weight in server.weights("model").items()},
        server.history(job),
        [(item["name"], item["sha256"]) for item in saved],
        notes,
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("undisturbed"), "--threads", "1", "--checkpoint-interval", "0").start()
    job = server.end(prepare(server), 600)
    events = server.events(job)
    assert not [event for event in events if is_midway(event)]
    wanted = result(server, job)
    assert server.stop() == 0
    return wanted


def is_midway(event):
    """Whether it tells of a checkpoint in the midst of an epoch, from which the job would go on."""
    return event["event"] == "checkpoint" and "step" in event["data"] and "name" not in event["data"]


def midway(server, job, epoch):
    """Waits for a checkpoint in the midst of an epoch; its step."""
    limit = time.monotonic() + 60
    while True:
        for event in server.events(job, params={"follow": "false"}):
            if is_midway(event) and event["data"]["epoch"] >= epoch:
                return event["data"]["step"]
        now = good(server.get(f"/v1/jobs/{job['id']}")).json()
        assert now["status"] in ("queued", "running"), "the fit ended before it could be interrupted"
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_killed_in_an_epoch_it_ends_with_the_same_bits(launch, undisturbed):
    server = launch("killed", *FLAGS)
    job = prepare(server)
    reached = []
    for epoch in (1, 2):
        step = midway(server, job, epoch)
        server.kill()
        server.start()
        reached.append((epoch, step))
    job = server.end(job, 600)
    assert result(server, job) == undisturbed
    events = server.events(job)
    resumed = [event["data"] for event in events if event["event"] == "resumed"]
    places = [(data["epoch"], data.get("step", 0)) for data in resumed]
    assert len(places) == 2 and all(place >= known for place, known in zip(places, reached)), (places, reached)
    assert "step" in resumed[0]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))


def test_stopped_in_an_epoch_it_loses_no_batch(launch, undisturbed):
    server = launch("stopped", *FLAGS)
    job = prepare(server)
    midway(server, job, 1)
    seen = good(server.get(f"/v1/jobs/{job['id']}")).json()["progress"]
    assert server.stop() == 0
    server.start()
    job = server.end(job, 600)
    assert result(server, job) == undisturbed
    resumed = [event["data"] for event in server.events(job) if event["event"] == "resumed"]
    assert len(resumed) == 1 and (resumed[0]["epoch"], resumed[0].get("step", 0)) >= (seen["epoch"], seen["step"])


def test_a_checkpoint_that_cannot_be_written_is_told(launch):
    server = launch("unwritable")
    server.upload("data", x=X, y=Y)
    server.define("model", layer("Dense", units=64, input_dim=48), layer("Dense", units=5, activation="softmax"))
    server.compile("model", "adam", "categorical_crossentropy")
    job = server.start_fit("model", x="data/x", y="data/y", epochs=12, batch_size=4)
    # Where the next checkpoint is to be written stands something else.
    obstacle = server.folder / "data" / "jobs" / job["id"] / "new"
    obstacle.mkdir()
    told = []
    limit = time.monotonic() + 60
    while not told and time.monotonic() < limit:
        events = server.events(job, params={"follow": "false"})
        told = [note for event in events for note in event["data"].get("notes", []) if "could not be written" in note]
        time.sleep(0.01)
    assert told, "no event tells of it"
    obstacle.rmdir()
    job = server.end(job, 600)
    events = server.events(job)
    assert any(event["event"] == "checkpoint" for event in events)
    log = (server.folder / "log").read_text()
    assert f"a checkpoint of {job['id']} could not be written" in log
    assert f"checkpoints of {job['id']} are written again" in log
