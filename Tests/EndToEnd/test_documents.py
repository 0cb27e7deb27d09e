"""What the project says of itself is true: README, examples, and the contract."""

import csv
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from fitd import BINARY, ROOT, good, layer, problem

RANDOM = np.random.default_rng(5)
HERE = pathlib.Path(__file__).parent
CONTRACT = ROOT / "openapi.yaml"
PORT = 8080  # what the README says


def shell(script, server, folder, **environment):
    """Runs a script as a user would, with curl sending what goes to the README's port to the test's server."""
    (folder / "fitd").symlink_to(BINARY)
    (folder / ".curlrc").write_text(f'connect-to = "localhost:{PORT}:127.0.0.1:{server.url.rsplit(":", 1)[1]}"\n')
    path = f"{folder}:{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "CURL_HOME": str(folder), "FITD_URL": server.url, "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(run.stdout[-6000:], run.stderr[-3000:])
    assert run.returncode == 0
    return run.stdout


def blocks(text, language="sh"):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def epochs(output):
    return re.findall(r"Epoch \d+/\d+", output)


def test_readme(launch, tmp_path):
    """The README's blocks run one after the other, verbatim; each request in them succeeds."""
    server = launch()
    sessions = [block for block in blocks((ROOT / "README.md").read_text()) if "curl" in block or "fitd upload" in block]
    assert sessions
    output = shell("\n".join(sessions), server, tmp_path, TMPDIR=str(tmp_path))
    # By curl, and again by the command.
    assert epochs(output) == [f"Epoch {n}/10" for n in range(1, 11)] * 2
    assert "/problems/" not in output


def test_demo(tmp_path):
    """`make demo`, but for the build."""
    run = subprocess.run(
        [ROOT / "examples/demo.sh"],
        env={**os.environ, "FITD": str(BINARY), "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    print(run.stdout[-6000:], run.stderr[-3000:])
    assert run.returncode == 0
    assert epochs(run.stdout) == [f"Epoch {n}/10" for n in range(1, 11)]
    assert '"predictions"' in run.stdout and '"history"' in run.stdout
    assert list(tmp_path.iterdir()) == [], "the demo leaves something behind"


def test_digits(server, tmp_path):
    output = shell("examples/digits.sh", server, tmp_path, PYTHON=sys.executable)
    table = output[output.index("epoch,") :].splitlines()
    rows = list(csv.DictReader(table))
    assert len(rows) == 30
    assert float(rows[-1]["val_accuracy"]) >= 0.95


def test_text(server, tmp_path):
    output = shell("examples/text.sh", server, tmp_path)
    assert len(epochs(output)) == 12
    job = good(server.get("/v1/jobs?model=language&type=fit")).json()["items"][0]
    assert max(server.history(job)["history"]["val_accuracy"]) >= 0.75


def test_the_contract_is_served(server):
    answer = good(server.get("/openapi.yaml"))
    assert answer.content == CONTRACT.read_bytes()
    assert yaml.safe_load(answer.content)["info"]["version"] == good(server.get("/v1")).json()["version"]


def test_operations_endpoints(server):
    for path in ("/healthz", "/readyz"):
        assert good(server.get(path)).json() == {"status": "ok"}
    metrics = good(server.get("/metrics"))
    assert metrics.headers["Content-Type"].startswith("text/plain")
    for line in metrics.text.splitlines():
        assert line == "" or line.startswith("# ") or re.match(r'^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? \S+$', line), line


def test_methods_that_a_client_makes_up_are_counted_as_one(server):
    for number in range(3):
        problem(server.call(f"MADE-UP-{number}", "/healthz"), 501)
    metrics = good(server.get("/metrics")).text
    assert 'fitd_requests_total{method="other",route="none",status="501"}' in metrics
    assert "MADE-UP" not in metrics


def test_what_the_service_knows(server):
    service = good(server.get("/v1")).json()
    names = {kind: {each["name"] for each in service[kind]} for kind in ("layers", "optimizers", "losses", "activations")}
    assert {"Dense", "Activation", "Dropout", "Flatten", "Reshape", "Embedding", "LSTM", "Conv1D"} <= names["layers"]
    for name in names["optimizers"]:
        server.define("known", layer("Dense", units=1, input_dim=1))
        server.compile("known", name)


def test_the_contract_against_the_server(launch, tmp_path):
    """schemathesis: no server error, no status, header or body that the contract does not state."""
    server = launch()
    server.upload("x", RANDOM.random((100, 100)))
    server.upload("y", RANDOM.integers(2, size=(100, 1)))
    server.define(
        "guide", layer("Dense", units=8, activation="relu", input_dim=100), layer("Dense", units=1, activation="sigmoid")
    )
    server.compile("guide", "rmsprop", "binary_crossentropy", metrics=["accuracy"])
    run = subprocess.run(
        [
            pathlib.Path(sys.executable).parent / "schemathesis",
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", CONTRACT, "--url", server.url, "--request-timeout", "60"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
    )
    print(run.stdout[-20000:], run.stderr[-3000:])
    assert run.returncode == 0
    assert good(server.get("/healthz")).json() == {"status": "ok"}


def test_the_threat_model_names_tests_that_are_there():
    text = (ROOT / "docs" / "threat-model.md").read_text()
    swift = re.findall(r"`(\w+Tests)/(\w+)`", text)
    python = re.findall(r"`(test_\w+\.py)::(\w+)`", text)
    assert len(swift) > 20 and len(python) > 5
    for suite, name in swift:
        files = [*(ROOT / "Tests").glob(f"*Tests/**/{suite}.swift"), *(ROOT / "Tests").glob(f"*Tests/**/{suite}+*.swift")]
        assert any(f"func {name}(" in file.read_text() for file in files), f"{suite}/{name}"
    for file, name in python:
        assert f"def {name}(" in (HERE / file).read_text(), f"{file}::{name}"
