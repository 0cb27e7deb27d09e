#!/usr/bin/env python3
"""The guide's main program here and in its peers, in one go; prints a table of ratios and writes RESULTS.md.

    bench.py        # FITD names the binary

1000 samples of 100 features, Dense(32, relu) and Dense(1, sigmoid), rmsprop, binary cross-entropy, accuracy, ten epochs
in batches of 32. fitd is timed over HTTP, from the POST of compile to the answer that says that the fit has ended; a
peer from the call of compile to the return of fit, imports left out.
"""

import datetime
import http.client
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
FITD = os.environ.get("FITD", str(HERE.parent / ".build/release/fitd"))
PYTHON = HERE / ".venv/bin/python"
PEERS = ["keras-jax", "keras-tensorflow", "keras-torch", "pytorch"]
ROUNDS = 5
# PyTorch's build for processors alone; the one that PyPI has for x86-64 brings gigabytes for graphics cards.
TORCH = "torch==2.13.0+cpu"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def install():
    """Puts the peers into a virtual environment; PyTorch is left out where it cannot be had."""
    if not PYTHON.exists():
        venv.create(HERE / ".venv", with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
    if subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode:
        for extra in ([], ["--extra-index-url", TORCH_INDEX]):
            if subprocess.run([*pip, TORCH, *extra], capture_output=True).returncode == 0:
                break


class Client:
    """One connection to the server, kept open as a program's would be."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"))

    def call(self, method, path, body, content_type="application/json"):
        self.connection.request(method, path, body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)


def run_fitd():
    """Seconds of a first fit with compile, on a new model each time, and of further fits."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, HERE.parent / "examples/guide.py", folder], check=True)
        server = subprocess.Popen(
            [FITD, "serve", "--port", "0", "--data-dir", f"{folder}/data"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            client = Client(server.stdout.readline().removeprefix("fitd listening on ").strip())
            for name in ("x", "y"):
                client.call("PUT", f"/v1/datasets/{name}", pathlib.Path(folder, f"{name}.npy").read_bytes(), "")
            version = client.call("GET", "/v1", None)["version"]
            first, again = [], []
            for number in range(ROUNDS):
                client.call("PUT", f"/v1/models/guide-{number}", json.dumps({"layers": [
                    {"class_name": "Dense", "config": {"units": 32, "activation": "relu", "input_dim": 100}},
                    {"class_name": "Dense", "config": {"units": 1, "activation": "sigmoid"}}]}))
                start = time.perf_counter()
                compile_(client, number)
                fit(client, number)
                first.append(time.perf_counter() - start)
                start = time.perf_counter()
                fit(client, number)
                again.append(time.perf_counter() - start)
        finally:
            server.terminate()
            server.wait()
    return {"label": f"fitd {version}, over HTTP", "first": statistics.median(first), "again": statistics.median(again)}


def compile_(client, number):
    options = {"optimizer": "rmsprop", "loss": "binary_crossentropy", "metrics": ["accuracy"]}
    client.call("POST", f"/v1/models/guide-{number}/compile", json.dumps(options))


def fit(client, number):
    arguments = {"x": "x", "y": "y", "epochs": 10, "batch_size": 32}
    job = client.call("POST", f"/v1/models/guide-{number}/fit?wait=60", json.dumps(arguments))
    if job["status"] != "succeeded":
        raise RuntimeError(json.dumps(job))


def run_peer(name):
    """Medians of a peer's timings in as many new processes as rounds; None where it is not installed."""
    runs = []
    for _ in range(ROUNDS):
        run = subprocess.run([PYTHON, HERE / "peers.py", name], capture_output=True, text=True)
        if run.returncode:
            print(f"{name} left out: {(run.stderr.strip().splitlines() or ['no output'])[-1]}", file=sys.stderr)
            return None
        runs.append(json.loads(run.stdout.splitlines()[-1]))
    return {
        "label": runs[0]["label"],
        "first": statistics.median(each["first"] for each in runs),
        "again": statistics.median(each["again"] for each in runs),
    }


def table(rows):
    here = rows[0]
    yield "| | first: compile and fit | × fitd | again: fit | × fitd |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for row in rows:
        yield (
            f"| {row['label']} | {1000 * row['first']:.1f} ms | {row['first'] / here['first']:.1f} "
            f"| {1000 * row['again']:.1f} ms | {row['again'] / here['again']:.1f} |"
        )


def machine():
    processor = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return f"{processor}, {os.cpu_count()} threads, Linux {platform.release()}"


def main():
    install()
    rows = [row for row in [run_fitd(), *map(run_peer, PEERS)] if row]
    lines = list(table(rows))
    print("\n".join(lines))
    (HERE / "RESULTS.md").write_text(
        "\n".join(
            [
                "# The guide's main program, here and elsewhere",
                "",
                " ".join(__doc__.split("\n\n")[2].split()),
                f"Medians of {ROUNDS}; `make bench` makes this page.",
                "",
                *lines,
                "",
                f"{machine()}; Python {platform.python_version()}; {datetime.date.today().isoformat()}.",
                "",
            ]
        )
    )


if __name__ == "__main__":
    main()
