"""What an operator sees and does: stopping, systemd, logs, metrics, limits, a disk that fills."""

import concurrent.futures
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import time

import numpy as np
import pytest
from fitd import BINARY, Server, good, layer, npy, problem
from prometheus_client.parser import text_string_to_metric_families

RANDOM = np.random.default_rng(7)


def eventually(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def long_fit(server, name):
    server.define(name, layer("Dense", units=16, activation="relu", input_dim=8), layer("Dense", units=1))
    server.compile(name, "adam")
    return server.start_fit(name, x="data/x", y="data/y", epochs=1_000_000, batch_size=8)


def log(server):
    return (server.folder / "log").read_text()


def test_without_proc_it_says_so(tmp_path):
    hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True).returncode != 0:
        pytest.skip("/proc cannot be hidden here")
    run = subprocess.run(
        [*hidden, BINARY, "serve", "--data-dir", tmp_path / "data"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and "/proc is missing" in run.stderr


def test_stopping_with_ten_jobs_and_fifty_streams(launch):
    server = launch("busy", "--workers", "10")
    server.upload("data", x=RANDOM.random((6400, 8)), y=RANDOM.random((6400, 1)))
    jobs = [long_fit(server, f"model-{number}") for number in range(10)]
    kinds = [dict(Accept=kind) for kind in ("text/event-stream", "application/x-ndjson", "text/plain")]

    def read(number):
        """All of a stream; requests throws when it is cut rather than ended."""
        path = f"/v1/jobs/{jobs[number % 10]['id']}/events"
        with server.get(path, headers=kinds[number % 3], stream=True) as answer:
            return good(answer).content

    def metric(name):
        return next(line.split()[-1] for line in server.get("/metrics").text.splitlines() if line.startswith(name))

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        streams = [pool.submit(read, number) for number in range(50)]
        eventually(lambda: metric("fitd_event_streams ") == "50")
        eventually(lambda: metric('fitd_jobs{status="running"} ') == "10")
        assert server.stop() == 0
        assert all(stream.result() for stream in streams)

    server.start()
    for job in jobs:
        assert good(server.post(f"/v1/jobs/{job['id']}/cancel")).status_code == 202
        server.end(job, wanted="cancelled")
        events = server.events(job)
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert [event["event"] for event in events].count("interrupted") == 1


def test_a_second_signal_ends_it_now(launch):
    server = launch("impatient")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as upload:
        upload.sendall(b"PUT /v1/datasets/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n\x93NUMPY")
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: "stopping" in log(server))
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert server._gone(30) == 128 + signal.SIGTERM


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_is_told(launch, tmp_path, monkeypatch, kind):
    name = str(tmp_path / "notify") if kind == "path" else f"@fitd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name.replace("@", "\0", 1))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        server = launch("managed")

        def heard(word):
            while True:
                message = manager.recv(1000).decode().split("\n")
                if message[0] != "WATCHDOG=1" or word == "WATCHDOG=1":
                    return message

        assert heard("READY=1") == ["READY=1"]
        assert heard("WATCHDOG=1") == heard("WATCHDOG=1") == ["WATCHDOG=1"]
        server.process.send_signal(signal.SIGHUP)
        reloading = heard("RELOADING=1")
        assert reloading[0] == "RELOADING=1" and int(reloading[1].removeprefix("MONOTONIC_USEC=")) > 0
        assert heard("READY=1") == ["READY=1"]
        assert server.stop() == 0
        assert heard("STOPPING=1") == ["STOPPING=1"]


def test_the_log_as_json(launch):
    server = launch("json", "--log-format", "json")
    good(server.get("/v1/models", headers={"X-Request-Id": "find-me"}))
    problem(server.delete("/v1/models/nothing", headers={"X-Request-Id": "and-me"}), 404)
    assert server.stop() == 0
    lines = [json.loads(line) for line in log(server).splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    (request,) = [line for line in lines if line.get("id") == "find-me"]
    assert (request["message"], request["method"], request["status"]) == ("request", "GET", 200)
    changes = [line for line in lines if line.get("id") == "and-me"]
    assert {(line["logger"], line["status"]) for line in changes} == {("fitd", 404), ("fitd.audit", 404)}


def test_the_log_as_text(launch):
    server = launch("text")
    good(server.get("/v1/models", headers={"X-Request-Id": "find-me"}))
    problem(server.delete("/v1/models/nothing", headers={"X-Request-Id": "and-me"}), 404)
    assert server.stop() == 0
    lines = log(server).splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert all(re.match(rf"{time} (info|notice) fitd[.a-z]*: \w", line) for line in lines), lines
    (request,) = [line for line in lines if "id=find-me" in line]
    assert re.search(r"info fitd: request .*method=GET .*status=200 target=/v1/models$", request), request
    (change,) = [line for line in lines if "id=and-me" in line and "fitd.audit" in line]
    assert re.search(r"notice fitd.audit: change .*path=/v1/models/nothing status=404 token=-$", change), change


def test_metrics_as_prometheus_reads_them(launch):
    server = launch("metrics")
    server.upload("data", x=RANDOM.random((64, 8)), y=RANDOM.random((64, 1)))
    server.define("m", layer("Dense", units=1, input_dim=8))
    server.compile("m")
    server.fit("m", x="data/x", y="data/y", epochs=2)
    families = {family.name: family for family in text_string_to_metric_families(server.get("/metrics").text)}
    assert all(family.documentation and family.type != "unknown" for family in families.values())

    def value(family, name=None, **labels):
        name = name or family
        return sum(
            sample.value
            for sample in families[family].samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    assert value("fitd_requests", "fitd_requests_total", route="/v1/datasets/{dataset}", method="PUT", status="201") == 1
    assert value("fitd_jobs", status="succeeded") == 2 and value("fitd_queue_depth") == 0
    assert value("fitd_trained_samples", "fitd_trained_samples_total") == 128
    assert value("fitd_samples_per_second") > 0 and value("fitd_stored_bytes") > 64 * 9 * 8
    assert value("fitd_ready") == 1 and value("fitd_free_bytes") > 0 and value("fitd_connections") >= 1
    counts = [
        sample.value
        for sample in families["fitd_request_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["route"] == "/v1/datasets/{dataset}"
    ]
    assert counts == sorted(counts) and counts[-1] == 1


def test_limits_are_flags_and_variables(launch, monkeypatch):
    monkeypatch.setenv("FITD_MAX_JSON_DEPTH", "20")
    monkeypatch.setenv("FITD_MAX_HEADER", "4K")
    flags = {
        "--max-body": ("1M", "body_bytes", 1 << 20),
        "--max-json": ("64K", "json_bytes", 64 << 10),
        "--max-inflated": ("256K", "inflated_bytes", 256 << 10),
        "--max-request-memory": ("8M", "request_memory_bytes", 8 << 20),
        "--max-dataset": ("100K", "dataset_bytes", 100 << 10),
        "--max-model": ("1M", "model_bytes", 1 << 20),
        "--max-job-memory": ("64M", "job_bytes", 64 << 20),
        "--max-job-time": ("2h", "job_seconds", 7200),
        "--checkpoint-interval": ("10", "checkpoint_seconds", 10),
        "--max-queue": ("7", "queued_jobs", 7),
        "--max-streams": ("3", "streams", 3),
        "--max-connections": ("30", "connections", 30),
        "--keep-jobs": ("30d", "retention_seconds", 30 * 86400),
        "--token-rate": ("50", "token_requests_per_second", 50),
        "--token-bytes": ("1G", "token_bytes", 1 << 30),
    }
    server = launch("limits", *(word for flag, (text, *_) in flags.items() for word in (flag, text)))
    limits = good(server.get("/v1")).json()["limits"]
    wanted = {name: value for _, name, value in flags.values()} | {"json_depth": 20, "header_bytes": 4096}
    assert {name: limits[name] for name in wanted} == wanted
    problem(server.put("/v1/datasets/x", data=npy(np.zeros(20_000))), 413, None, 100 << 10)
    problem(server.put("/v1/datasets/x", data=b"\0" * (2 << 20)), 413, None, 1 << 20)
    zipped = subprocess.run(["gzip", "-c"], input=npy(np.zeros(100_000)), capture_output=True, check=True).stdout
    problem(server.put("/v1/datasets/x", data=zipped, headers={"Content-Encoding": "gzip"}), 413)
    problem(server.get("/v1", headers={"X-Long": "a" * 5000}), 431)
    problem(server.put("/v1/models/m", json={"layers": [[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]}), 400)
    problem(server.put("/v1/models/m", json={"layers": [layer("Dense", units=300_000, input_dim=1)]}), 422, None, 1 << 20)


@pytest.mark.parametrize(
    "flags", [("--max-body", "0"), ("--max-queue", "-1"), ("--keep-jobs", "soon"), ("--log-format", "xml")]
)
def test_a_wrong_flag_is_named(tmp_path, flags):
    run = subprocess.run(
        [BINARY, "serve", "--data-dir", tmp_path / "data", *flags], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 64 and flags[0] in run.stderr


def test_a_data_directory_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for path, reason in ((tmp_path / "file", "Not a directory"), (tmp_path / "file" / "data", "Not a directory")):
        run = subprocess.run(
            [BINARY, "serve", "--port", "0", "--data-dir", path], capture_output=True, text=True, timeout=60
        )
        assert run.returncode == 1 and str(path) in run.stderr and reason in run.stderr, run.stderr
        assert "NSFilePath" not in run.stderr
    nested = tmp_path / "a" / "b" / "data"
    Server(tmp_path, "--data-dir", nested).start().kill()
    assert nested.is_dir()


def test_it_is_not_ready_without_its_directory(launch):
    server = launch("moved")
    assert good(server.get("/readyz")).json() == {"status": "ok"}
    (server.folder / "data").rename(server.folder / "elsewhere")
    answer = server.get("/readyz")
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) >= 0
    problem(server.put("/v1/datasets/x", data=npy([1.0])), 507)
    (server.folder / "elsewhere").rename(server.folder / "data")
    good(server.get("/readyz"))
    good(server.put("/v1/datasets/x", data=npy([1.0])))


def test_a_full_disk_heals(launch, tmp_path):
    disk = tmp_path / "small"
    (disk / "data").mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk / "data"], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        server = launch("unused")
        assert server.stop() == 0
        server.folder = disk
        server.start()
        good(server.put("/v1/datasets/kept", data=npy(np.ones(1000))))
        filler = disk / "data" / "filler"
        with open(filler, "wb") as file:
            space = os.statvfs(disk / "data")
            file.write(b"\0" * (space.f_bavail * space.f_frsize - (2 << 20)))
        problem(server.get("/readyz"), 503, None, "full")
        assert "fitd_ready 0\n" in server.get("/metrics").text
        problem(server.put("/v1/datasets/big", data=npy(np.zeros(1 << 20))), 507)
        problem(server.get("/v1/datasets/big"), 404)
        good(server.get("/v1/datasets/kept/arrays/kept"))
        filler.unlink()
        good(server.get("/readyz"))
        good(server.put("/v1/datasets/big", data=npy(np.zeros(1 << 20))))
        assert server.stop() == 0
    finally:
        subprocess.run(["umount", "-l", disk / "data"], check=True)


emulated = pytest.mark.skipif(
    not shutil.which("qemu-x86_64") or platform.machine() != "x86_64",
    reason="needs qemu-user, which emulates older processors",
)


@emulated
def test_an_older_processor_is_told_what_it_lacks():
    lacking = subprocess.run(["qemu-x86_64", "-cpu", "Nehalem", BINARY, "--version"], capture_output=True, text=True)
    assert lacking.returncode == 78
    assert "this processor lacks AVX2" in lacking.stderr and not lacking.stdout
    able = subprocess.run(["qemu-x86_64", "-cpu", "Haswell", BINARY, "--version"], capture_output=True, text=True)
    assert able.returncode == 0 and able.stdout


@emulated
def test_a_processor_without_the_longest_vectors_trains_the_same_bits(launch, tmp_path):
    (tmp_path / "older").mkdir()
    older = Server(tmp_path / "older", by=["qemu-x86_64", "-cpu", "Haswell"]).start()
    try:
        weights = []
        x, y = RANDOM.random((32, 6, 5), np.float32), RANDOM.random((32, 40), np.float32)
        for server in (launch("here"), older):
            server.upload("data", x=x, y=y)
            server.define(
                "model",
                layer("Conv1D", filters=48, kernel_size=3, activation="relu", input_shape=[6, 5]),
                layer("LSTM", units=24),
                layer("Dense", units=70, activation="tanh"),
                layer("Dense", units=40),
                seed=1,
            )
            server.compile("model", "adam")
            server.fit("model", x="data/x", y="data/y", epochs=2, batch_size=32)
            weights.append(server.weights("model"))
        assert weights[0].keys() == weights[1].keys()
        for name, values in weights[0].items():
            assert values.tobytes() == weights[1][name].tobytes(), name
        assert older.stop() == 0
    finally:
        older.process.kill()
