"""What a server that is killed, stopped or given damaged files does at its next start."""

import random
import sqlite3
import threading
import time

import numpy as np
import requests
from fitd import ENDED, good, layer
from harness import check, hold, prepare, serving, start, start_fit, until

GONE = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.exceptions.ReadTimeout)


class Client(threading.Thread):
    """Uploads, defines, compiles and fits without an end, and keeps what was acknowledged."""

    def __init__(self, server, number):
        super().__init__(daemon=True)
        self.server, self.number = server, number
        self.datasets, self.models, self.jobs = {}, set(), []
        self.stopped = threading.Event()

    def run(self):
        dice = random.Random(self.number)
        round = 0
        while not self.stopped.is_set():
            round += 1
            name = f"c{self.number}-{round}"
            try:
                rows = dice.randrange(10, 1000)
                array = np.full((rows, 8), round, "f4")
                self.server.upload(name, x=array, y=array[:, :1])
                self.datasets[name] = rows
                self.server.define(name, layer("Dense", units=16, input_dim=8), layer("Dense", units=1))
                self.models.add(name)
                fit = {"x": f"{name}/x", "y": f"{name}/y", "epochs": dice.randrange(1, 30), "batch_size": 8, "seed": 1}
                for path, body in (("compile", {"optimizer": "adam", "loss": "mse"}), ("fit", fit)):
                    key = {"Idempotency-Key": f"{name}-{path}"}
                    job = good(self.server.post(f"/v1/models/{name}/{path}", json=body, headers=key)).json()
                    self.jobs.append(job["id"])
                if dice.random() < 0.5:
                    self.server.get(f"/v1/jobs/{self.jobs[-1]}?wait=1")
            except (*GONE, AssertionError):
                time.sleep(0.01)


def integrity(folder):
    """What SQLite and the directory say of a data directory that nobody has open."""
    data = folder / "data"
    with sqlite3.connect(data / "fitd.sqlite") as database:
        words = database.execute("PRAGMA integrity_check").fetchall()
        (kept,) = database.execute("SELECT count(*) FROM job WHERE status = 'running'").fetchone()
    return words == [("ok",)] and kept == 0


@check("`kill -9` at random moments of uploads, definitions, jobs and checkpoints", {"kills": 300}, {"kills": 12})
def kills(folder, kills):
    dice = random.Random(7)
    server = start(folder, "--checkpoint-interval", "1s")
    clients = [Client(server, number) for number in range(3)]
    for client in clients:
        client.start()
    for _ in range(kills):
        time.sleep(dice.random() * 0.5)
        server.kill()
        hold(integrity(folder), "the database is damaged")
        server.start()
    for client in clients:
        client.stopped.set()
    for client in clients:
        client.join()
    ended, given_up = check_acknowledged(server, clients)
    hold(server.stop() == 0, "it did not stop")
    left = orphans(folder)
    models, datasets = sum(len(client.models) for client in clients), sum(len(client.datasets) for client in clients)
    return hold(
        not left and integrity(folder),
        f"{datasets} datasets, {models} models and {ended} jobs acknowledged, none lost, each ended once, {given_up} "
        f"of them as killed three times without a checkpoint; integrity ok; orphans: {left or 'none'}")


def check_acknowledged(server, clients):
    """Holds all that was acknowledged to be there; the number of jobs, and of those that were killed too often."""
    count, given_up = 0, 0
    for client in clients:
        for name, rows in client.datasets.items():
            arrays = {array["name"]: array for array in good(server.get(f"/v1/datasets/{name}")).json()["arrays"]}
            assert arrays["x"]["shape"] == [rows, 8], name
            assert len(good(server.get(f"/v1/datasets/{name}/arrays/x")).content) == 128 + rows * 32
        for name in client.models:
            good(server.get(f"/v1/models/{name}"))
        for id in client.jobs:
            job = good(server.get(f"/v1/jobs/{id}?wait=60")).json()
            events = server.events(job)
            kinds = [event["event"] for event in events]
            if job["status"] == "failed" and "3 times" in job["error"]["detail"]:
                given_up += 1
            else:
                assert job["status"] == "succeeded", (job["status"], job["error"])
            assert kinds.count(job["status"]) == 1 and kinds[-1] == job["status"]
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
            count += 1
    return count, given_up


def orphans(folder):
    """Files of a stopped server's directory that belong to nothing."""
    data = folder / "data"
    with sqlite3.connect(data / "fitd.sqlite") as database:
        places = (("blob", "dataset_array"), ("state_blob", "model"), ("blob", "checkpoint"))
        known = {row[0] for column, table in places for row in database.execute(f"SELECT {column} FROM {table}")}
        jobs = {row[0] for row in database.execute("SELECT id FROM job")}
    left = [path for path in (data / "tmp").rglob("*")]
    left += [path for path in (data / "blobs").rglob("*") if path.is_file() and path.name not in known]
    left += [path for path in (data / "jobs").iterdir() if path.name not in jobs]
    left += [path for path in (data / "jobs").glob("*/checkpoint-*")]
    return [str(path.relative_to(data)) for path in left]


@check(
    "a fit killed in each of its epochs, in the midst of them too",
    {"epochs": 20},
    {"epochs": 2},
)
def killed_epochs(folder, epochs):
    callbacks = [
        layer("EarlyStopping", monitor="val_loss", patience=epochs, restore_best_weights=True),
        layer("ReduceLROnPlateau", monitor="loss", patience=1, min_delta=0.01),
    ]
    arguments = {"epochs": epochs, "batch_size": 1, "validation_split": 0.1, "callbacks": callbacks}

    def bits(server, job):
        weights = {name: weight.tobytes() for name, weight in server.weights("model").items()}
        return weights, server.history(job)

    (folder / "alone").mkdir()
    with serving(folder / "alone", "--threads", "1") as server:
        # Epochs of three seconds on the machine at hand, in each of which there are checkpoints.
        prepare(server, "trial", units=512, rows=5000)
        began = time.monotonic()
        server.end(start_fit(server, "trial", epochs=1, batch_size=1))
        rows = int(5000 * 3 / (time.monotonic() - began))
        good(server.delete("/v1/datasets/data"))
        prepare(server, units=512, rows=rows)
        wanted = bits(server, server.end(start_fit(server, **arguments), 600))
    (folder / "killed").mkdir()
    server = start(folder / "killed", "--threads", "1", "--checkpoint-interval", "1s")
    prepare(server, units=512, rows=rows)
    job = start_fit(server, **arguments)
    dice, kills = random.Random(3), 0
    for epoch in range(1, epochs + 1):
        for share in (0, 0.4 + 0.6 * dice.random()):
            reach(server, job, epoch, share)
            # Three times in a row without a checkpoint would be the job's end.
            until(lambda: kills == 0 or has_saved(server, job), 120)
            server.kill()
            server.start()
            kills += 1
    job = server.end(job, 600)
    same = bits(server, job) == wanted
    resumed = [event["data"] for event in server.events(job) if event["event"] == "resumed"]
    server.stop()
    midway = sum("step" in data for data in resumed)
    told = "weights and History " + ("the same bits" if same else "DIFFER")
    figures = f"{kills} kills, {len(resumed)} resumed, {midway} of them in the midst of an epoch of {rows} rows; {told}"
    # A kill may come when the fit has just ended.
    return hold(same and resumed, figures, midway > 0)


def has_saved(server, job):
    """Whether a fit has made a checkpoint since it was last resumed, or has ended."""
    kinds = [event["event"] for event in server.events(job, params={"follow": "false"})]
    since = kinds[max((at for at, kind in enumerate(kinds) if kind == "resumed"), default=0) :]
    return "checkpoint" in since or kinds[-1] in ENDED


def reach(server, job, epoch, share):
    """Waits until a fit is in an epoch, that share of it done."""

    def is_there():
        now = good(server.get(f"/v1/jobs/{job['id']}")).json()
        progress = now["progress"] or {"epoch": 0, "step": 0, "steps": 1}
        place = (progress["epoch"], progress["step"] / progress["steps"])
        return place >= (epoch, share) or now["status"] not in ("queued", "running")

    until(is_there, 120, 0.005)


@check("checkpoints with a flipped byte, or cut short", {}, {})
def damaged_checkpoints(folder):
    told = []
    for damage in ("flipped", "cut", "all"):
        (folder / damage).mkdir()
        server = start(folder / damage, "--threads", "1")
        prepare(server)
        job = start_fit(server, epochs=60)
        files = folder / damage / "data" / "jobs" / job["id"]
        until(lambda: len(list(files.glob("checkpoint-*"))) == 2, 60)
        server.kill()
        found = sorted(files.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
        for path in found if damage == "all" else found[-1:]:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content[: len(content) // 3] if damage == "cut" else content)
        server.start()
        job = server.end(job)
        resumed = [event["data"] for event in server.events(job) if event["event"] == "resumed"]
        told.append((damage, resumed[-1].get("detail", "nothing")))
        server.stop()
    hold("one before" in told[0][1] and "one before" in told[1][1] and "begins again" in told[2][1], str(told))
    return "; ".join(f"{damage}: '{detail}'" for damage, detail in told)


@check("a job that ends the process three times", {}, {})
def killing_job(folder):
    server = start(folder, "--checkpoint-interval", "0")
    prepare(server, units=1024, rows=20_000)
    prepare(server, "other")
    job = start_fit(server, epochs=1, batch_size=1)
    for attempt in range(3):
        events = lambda: [e["event"] for e in server.events(job, params={"follow": "false"})]
        until(lambda: sum(kind in ("started", "resumed") for kind in events()) > attempt, 60)
        server.kill()
        server.start()
    job = good(server.get(f"/v1/jobs/{job['id']}")).json()
    server.end(start_fit(server, "other", epochs=2))
    server.stop()
    detail = (job["error"] or {}).get("detail", "")
    return hold(job["status"] == "failed" and "3 times" in detail, f"{job['status']}: '{detail[:60]}…'; others run")


@check("SIGTERM while jobs run and streams follow them", {"jobs": 10, "streams": 50}, {"jobs": 10, "streams": 50})
def termination(folder, jobs, streams):
    server = start(folder, "--workers", "10", "--threads", "1")
    for number in range(jobs):
        prepare(server, f"m{number}", units=128)
    # None is over before all are seen to run, which takes seconds beside them.
    started = [start_fit(server, f"m{number}", epochs=1000) for number in range(jobs)]
    texts, threads = [], []

    def follow(job):
        with requests.get(f"{server.url}/v1/jobs/{job['id']}/events", stream=True, timeout=60) as answer:
            texts.append(b"".join(answer.iter_content(None)))

    for number in range(streams):
        threads.append(threading.Thread(target=follow, args=(started[number % jobs],)))
        threads[-1].start()
    running = lambda: sum(good(server.get(f"/v1/jobs/{job['id']}")).json()["status"] == "running" for job in started)
    until(lambda: running() == jobs, 60)
    time.sleep(0.2)
    began = time.monotonic()
    status = server.stop()
    seconds = time.monotonic() - began
    for thread in threads:
        thread.join(30)
    told = sum(text.rstrip().rsplit(b"event: ", 1)[-1].startswith(b"interrupted") for text in texts)
    server.start()
    for job in started:
        server.end(job, 300)
    resumed = sum(any(event["event"] == "resumed" for event in server.events(job)) for job in started)
    server.stop()
    figures = f"exit {status} after {seconds:.1f} s; {told} streams told; {resumed} jobs resumed, all succeeded"
    return hold(status == 0 and seconds < 30 and told == streams and resumed == jobs, figures)


@check("cancelling: queued, running, twice, ended", {}, {})
def cancelling(folder):
    with serving(folder, "--workers", "1") as server:
        prepare(server, units=1024)
        running, queued = (start_fit(server, epochs=100_000, batch_size=512) for _ in range(2))
        until(lambda: (good(server.get(f"/v1/jobs/{running['id']}")).json()["progress"] or {}).get("step", 0) > 0)
        codes, began = [], time.monotonic()
        for job in (queued, running, running):
            codes.append(server.post(f"/v1/jobs/{job['id']}/cancel").status_code)
        server.end(running, wanted="cancelled")
        seconds = time.monotonic() - began
        codes += [server.post(f"/v1/jobs/{job['id']}/cancel").status_code for job in (running, queued)]
        kinds = [event["event"] for event in server.events(queued)]
    figures = f"answers {codes}; ended after {seconds:.2f} s; the queued one told {kinds}"
    is_right = codes[:2] == [202, 202] and codes[2] in (202, 409) and codes[3:] == [409, 409]
    return hold(is_right and seconds < 1.5 and "started" not in kinds, figures)
