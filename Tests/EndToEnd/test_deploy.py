"""What stands in deploy, held against the tools that read it and the server that it starts."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from fitd import BINARY, ROOT, good, layer

DEPLOY = ROOT / "deploy"
KUBERNETES = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")


# Tools that came with the tests' requirements stand beside their Python.
PATH = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"


def run(*command):
    answer = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env={**os.environ, "PATH": PATH}
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture
def systemd():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")


@pytest.fixture
def unit(systemd, tmp_path):
    """The unit with the binary that was built."""
    path = tmp_path / "fitd.service"
    text = (DEPLOY / "fitd.service").read_text().replace("/usr/bin/fitd", str(BINARY))
    path.write_text(text.replace("Documentation=man:fitd(8)\n", ""))
    return path


def test_systemd_takes_the_unit(unit):
    answer = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert answer.returncode == 0 and "fitd" not in answer.stderr, answer.stderr


def test_the_unit_exposes_little(unit):
    """`systemd-analyze security` gives 0 to 10; its threshold is in tenths."""
    run("systemd-analyze", "security", "--offline=true", "--threshold=25", unit)


def test_hadolint_takes_the_dockerfile():
    run("hadolint", DEPLOY / "Dockerfile")


def test_compose_file_is_of_its_schema():
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_kubernetes_takes_the_manifest(path):
    documents = list(yaml.safe_load_all(path.read_text()))
    # The Prometheus operator's own kind is not in Kubernetes's schema.
    if any(document["apiVersion"].startswith("monitoring.coreos.com/") for document in documents):
        assert documents[0]["spec"]["endpoints"][0]["path"] == "/metrics"
    else:
        run("kubernetes-validate", "--strict", path)


def test_the_manifests_are_all_applied():
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [path.name for path in KUBERNETES]


def test_every_variable_stands_for_an_option():
    options = run(BINARY, "serve", "--help")
    named = set()
    for path in (DEPLOY / "Dockerfile", DEPLOY / "compose.yaml", DEPLOY / "fitd.service", *KUBERNETES):
        named |= set(re.findall(r"FITD_([A-Z_]+)", path.read_text()))
    assert {"DATA_DIR", "TOKEN_FILE", "HOST"} <= named
    for name in named:
        assert f"--{name.lower().replace('_', '-')} " in options, name


def test_the_dashboards_metrics_are_the_servers(launch):
    server = launch()
    server.upload("x", [[0.0], [1.0]])
    server.define("m", layer("Dense", units=1, input_dim=1))
    server.compile("m")
    server.fit("m", x="x", y="x")
    served = good(server.get("/metrics")).text
    names = set(re.findall(r"^(fitd_\w+)(?:\{| )", served, re.MULTILINE))
    labels = set(re.findall(r'[{,](\w+)="', served)) | {"job"}
    dashboard = json.loads((DEPLOY / "grafana/fitd.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 10
    for expression in expressions:
        assert set(re.findall(r"fitd_\w+", expression)) <= names, expression
        assert set(re.findall(r"(\w+)(?:=~|!~|=)\"", expression)) <= labels, expression
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert set(group.split(", ")) <= labels, expression
