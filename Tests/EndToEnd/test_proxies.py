"""The proxies of docs/how-to/proxy.md and deploy/Caddyfile, run as they are written but for names, ports and files."""

import json
import os
import re
import shutil
import subprocess
import time

import numpy as np
import pytest
import requests
from fitd import ROOT, good, layer, npy
from test_access import bearer, certify, token
from test_clients import free_port

SITE = "fitd.example"
RANDOM = np.random.default_rng(12)


def tool(name):
    path = shutil.which(name, path=f"/usr/sbin:{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def nginx(folder, port, upstream):
    page = (ROOT / "docs/how-to/proxy.md").read_text()
    block = re.search(r"^```nginx\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    for written, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("chain.pem", f"{folder}/certificate.pem"),
        (" key.pem", f" {folder}/key.pem"),
        ("127.0.0.1:8080", upstream),
        (f'"https://{SITE}"', f'"https://{SITE}:{port}"'),
    ):
        assert written in block
        block = block.replace(written, here)
    places = "\n".join(f"{name}_temp_path {folder}/{name};" for name in ("proxy", "client_body", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}\n{block}}}\n")
    return [tool("nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]


def caddy(folder, port, upstream):
    text = (ROOT / "deploy/Caddyfile").read_text()
    assert "fitd:8080" in text
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tlocal_certs\n\tskip_install_trust\n}\n"
    (folder / "Caddyfile").write_text(options + text.replace("fitd:8080", upstream))
    return [tool("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]


@pytest.fixture(params=[nginx, caddy], ids=lambda each: each.__name__)
def site(request, launch, tmp_path, monkeypatch):
    """A server behind a proxy: its URL, and a session that has a token and takes the proxy's certificate."""
    port = free_port()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SITE", f"https://localhost:{port}")
    secret = token(tmp_path / "tokens", "me")
    flags = ["--token-file", str(tmp_path / "tokens")]
    if request.param is caddy:
        flags += ["--host", "0.0.0.0", "--allow-plain-http"]
    server = launch("server", *flags)
    certify(tmp_path, "localhost")
    name = f"{SITE if request.param is nginx else 'localhost'}:{port}"
    command = request.param(tmp_path, port, f"127.0.0.1:{server.url.rsplit(':', 1)[1]}")
    session = requests.Session()
    session.verify, session.trust_env = False, False
    session.headers = {**bearer(secret), "Host": name, "Origin": f"https://{name}"}
    url = f"https://localhost:{port}"
    with open(tmp_path / "proxy.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        limit = time.monotonic() + 30
        while True:
            try:
                good(session.get(f"{url}/healthz", timeout=5))
                break
            except requests.ConnectionError as error:
                assert time.monotonic() < limit and process.poll() is None, (error, (tmp_path / "proxy.log").read_text())
                time.sleep(0.05)
        yield url, session
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_browser_works_behind_a_proxy(site):
    url, session = site
    # More than a proxy lets through when it is not told otherwise.
    good(session.put(f"{url}/v1/datasets/x", data=npy(RANDOM.random((500_000, 8)))))
    good(session.put(f"{url}/v1/datasets/y", data=npy(RANDOM.random((500_000, 1)))))
    good(session.put(f"{url}/v1/models/m", json={"layers": [layer("Dense", units=1, input_dim=8)]}))
    job = good(session.post(f"{url}/v1/models/m/compile", json={"optimizer": "sgd", "loss": "mse"})).json()
    assert good(session.get(f"{url}/v1/jobs/{job['id']}?wait=20")).json()["status"] == "succeeded"
    foreign = session.post(f"{url}/v1/models/m/reset_states", headers={"Origin": "https://elsewhere.example"})
    # On loopback the server looks at it; elsewhere the token is proof enough.
    assert foreign.status_code == (403 if SITE in session.headers["Host"] else 204)

    job = good(session.post(f"{url}/v1/models/m/fit", json={"x": "x", "y": "y", "epochs": 1_000_000})).json()
    with session.get(f"{url}/v1/jobs/{job['id']}/events", headers={"Accept": "application/x-ndjson"}, stream=True) as stream:
        kinds = []
        for line in good(stream).iter_lines(chunk_size=1):
            kinds.append(json.loads(line)["event"])
            if kinds.count("epoch_begin") == 1 and kinds[-1] == "epoch_begin":
                good(session.post(f"{url}/v1/jobs/{job['id']}/cancel"))
            if kinds[-1] == "cancelled":
                break
    assert kinds[0] == "queued" and kinds[-1] == "cancelled"
