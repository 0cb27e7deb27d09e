#!/usr/bin/env python3
"""What the server does beside training: start, upload, many jobs, polling. Prints a table and writes SERVER.md.

    server.py            # FITD names the binary; needs wrk, and Swift for the Hummingbird server

Polling is held against a Hummingbird 2 server (`Benchmarks/Polling`) that answers the same bytes; neither logs requests.
"""

import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FITD = os.environ.get("FITD", str(HERE.parent / ".build/release/fitd"))
JOBS, CLIENTS = 200, 8
GIGABYTE = 1 << 30


def memory(process, field):
    """A field of the process's status in MiB."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text).group(1)) / 1024


def start():
    """Milliseconds from exec to the line that says that it listens, and MiB when idle."""
    from fitd_client import Server

    seconds, resident = [], []
    for _ in range(9):
        began = time.perf_counter()
        with Server(FITD) as server:
            seconds.append(time.perf_counter() - began)
            time.sleep(0.5)
            resident.append(memory(server.process, "VmRSS"))
    yield "Start with an empty store", f"{1000 * statistics.median(seconds):.0f} ms", "below 50 ms"
    yield "Resident memory when idle", f"{statistics.median(resident):.0f} MiB", "below 40 MB"


def many_jobs():
    """Guide-sized fits of many clients, each with a model of its own, against one client's rate."""
    from fitd_client import Server
    from workloads import BY_NAME

    guide = BY_NAME["guide"]
    x, y = guide.data()

    def client(server, model, count):
        own = server.another_client()
        began = time.perf_counter()
        for _ in range(count):
            own.fit(model, guide)
        return count / (time.perf_counter() - began)

    with Server(FITD, options=("--log-level", "warning")) as server:
        server.upload("x", x)
        server.upload("y", y)
        for number in range(CLIENTS):
            server.define(f"guide-{number}", guide, x.shape[1:])
            server.compile(f"guide-{number}", guide)
            server.fit(f"guide-{number}", guide)
        alone = client(server, "guide-0", 50)
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda n: client(server, f"guide-{n}", JOBS // CLIENTS), range(CLIENTS)))
        together = JOBS / (time.perf_counter() - began)
        share = together / (os.cpu_count() * alone)
        yield "One client's guide fits", f"{alone:.0f} a second", ""
        yield (
            f"{JOBS} guide fits of {CLIENTS} clients",
            f"{together:.0f} a second: {share:.2f} × cores × one client's rate", "at least 0.8 ×",
        )
        yield from beside_a_long_job(server, guide)


def beside_a_long_job(server, guide):
    """How long a short job takes while a long one trains."""
    from workloads import BY_NAME

    cnn = BY_NAME["cnn"]
    x, y = cnn.data()
    server.upload("images", x)
    server.upload("classes", y)
    server.define("long", cnn, x.shape[1:])
    server.compile("long", cnn)
    arguments = {"x": "images", "y": "classes", "epochs": 1000, "batch_size": 128}
    job = server.call("POST", "/v1/models/long/fit", arguments)
    time.sleep(1)
    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        server.fit("guide-0", guide)
        seconds.append(time.perf_counter() - began)
    yield "A guide fit while a long job trains", f"{1000 * statistics.median(seconds):.0f} ms", "is not starved"
    yield from polling(server, job["id"])


def wrk(url, seconds=6):
    """Requests a second and the 99th percentile in milliseconds, of 64 connections."""
    text = subprocess.run(
        ["wrk", "-t2", "-c64", f"-d{seconds}s", "--latency", url], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in text:
        raise RuntimeError(text)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    latency = float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), latency


def polling(server, busy):
    """Status polling while a job trains on all cores, and when none does, beside Hummingbird."""
    _, latency = wrk(f"{server.url}/v1/jobs/{busy}")
    yield "Polling while a job trains on all cores", f"p99 {latency:.1f} ms", "below 50 ms"
    server.call("POST", f"/v1/jobs/{busy}/cancel")
    server.call("GET", f"/v1/jobs/{busy}?wait=60")
    ended = f"/v1/jobs/{busy}"
    body = json.dumps(server.call("GET", ended), separators=(",", ":")).encode()
    package = HERE / "Polling"
    subprocess.run(["swift", "build", "-c", "release", "--package-path", package], check=True, stdout=sys.stderr)
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        peer = subprocess.Popen([package / ".build/release/Polling", "18080", file.name])
        try:
            time.sleep(1)
            rates = [(wrk(server.url + ended)[0], wrk("http://127.0.0.1:18080" + ended)[0]) for _ in range(5)]
        finally:
            peer.terminate()
            peer.wait()
    here, there = (statistics.median(column) for column in zip(*rates))
    yield "Polling of an ended job, 64 connections", f"{here:.0f} a second", ""
    yield (
        "The same bytes from Hummingbird 2; neither logs requests",
        f"{there:.0f} a second: fitd has {here / there:.2f} ×",
        "at least 1 ×",
    )


def upload():
    """A gigabyte to the same disk, by cp with a sync and by HTTP, and what the server grows by."""
    import numpy as np
    from fitd_client import Server

    with tempfile.TemporaryDirectory() as folder, Server(FITD, folder) as server:
        source = pathlib.Path(folder, "x.npy")
        np.save(source, np.zeros((GIGABYTE // 4096, 1024), np.float32))
        copies, uploads = [], []
        before = memory(server.process, "VmRSS")
        for number in range(3):
            began = time.perf_counter()
            subprocess.run(f"cp {source} {folder}/copy && sync {folder}/copy", shell=True, check=True)
            copies.append(time.perf_counter() - began)
            pathlib.Path(folder, "copy").unlink()
            began = time.perf_counter()
            subprocess.run(
                ["curl", "-fsS", "-T", source, "-H", "Content-Type: application/x-npy",
                 f"{server.url}/v1/datasets/x{number}"],
                check=True, stdout=subprocess.DEVNULL,
            )
            uploads.append(time.perf_counter() - began)
        growth = memory(server.process, "VmHWM") - before
    copy, sent = statistics.median(copies), statistics.median(uploads)
    yield "cp and sync of 1 GiB", f"{1024 / copy:.0f} MiB a second", ""
    yield "Upload of 1 GiB", f"{1024 / sent:.0f} MiB a second: {copy / sent:.2f} × cp", "at least 0.5 ×"
    yield "Growth at the upload", f"{growth:.0f} MiB", "below 64 MiB"


def main():
    sys.path.insert(0, str(HERE))
    from bench import machine

    if not shutil.which("wrk"):
        sys.exit("server.py needs wrk: apt-get install wrk")
    lines = [
        "# The server beside its training", "", f"`make bench-server` makes this page. {machine()}; "
        f"{datetime.date.today().isoformat()}.", "", "| check | here | aim |", "| --- | --- | --- |",
    ]
    for part in (start, many_jobs, upload):
        for row in part():
            lines.append("| " + " | ".join(row) + " |")
            print(lines[-1], flush=True)
    (HERE / "SERVER.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
