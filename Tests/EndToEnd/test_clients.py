"""Clients that people have, each through upload, definition, fit, events and download, over HTTP and TLS, by itself and
with nginx in front: all of them end with the same weights."""

import http.client
import io
import json
import shutil
import ssl
import subprocess
import time
import urllib.parse

import numpy as np
import pytest
import requests
from fitd import Server, layer, npz

RANDOM = np.random.default_rng(8)
DATA = npz(x=RANDOM.standard_normal((8000, 6)).astype("f4"), y=RANDOM.integers(0, 2, (8000, 1)).astype("f4"))
MODEL = {
    "layers": [layer("Dense", units=8, activation="relu", input_dim=6), layer("Dense", units=1, activation="sigmoid")],
    "seed": 3,
}
COMPILE = {"optimizer": "adam", "loss": "binary_crossentropy"}
FIT = {"x": "data/x", "y": "data/y", "epochs": 300, "batch_size": 8, "seed": 4}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module", params=["http", "https"])
def server(request, tmp_path_factory, certificate):
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if request.param == "https" else ()
    running = Server(tmp_path_factory.mktemp(request.param), *flags).start()
    running.authority = str(certificate[0])
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """The weights that the fit ends with."""
    server = Server(tmp_path_factory.mktemp("wanted")).start()
    with_requests(server.url, None)
    weights = server.weights("model")
    server.stop()
    return weights


def assert_weights(content, wanted):
    with np.load(io.BytesIO(content)) as got:
        assert got.files == list(wanted)
        for name in wanted:
            assert got[name].tobytes() == wanted[name].tobytes(), name


def assert_events(text):
    """Server-sent events, whole and in their order."""
    blocks = [block for block in text.split("\n\n") if block.startswith("id: ")]
    numbers = [int(block.split("\n")[0].removeprefix("id: ")) for block in blocks]
    kinds = [block.split("\n")[1].removeprefix("event: ") for block in blocks]
    assert numbers == sorted(set(numbers)) and kinds[0] == "queued" and kinds[-1] == "succeeded"
    assert kinds.count("epoch_end") == FIT["epochs"]


def with_requests(url, authority):
    with requests.Session() as session:
        # Else a variable of the environment goes before `verify`.
        session.trust_env = False
        session.verify = authority
        session.put(f"{url}/v1/datasets/data", data=DATA).raise_for_status()
        session.put(f"{url}/v1/models/model", json=MODEL).raise_for_status()
        session.post(f"{url}/v1/models/model/compile", json=COMPILE).raise_for_status()
        answer = session.post(f"{url}/v1/models/model/fit", json=FIT)
        answer.raise_for_status()
        job = answer.json()
        began, first, lines = time.monotonic(), None, []
        with session.get(f"{url}{job['links']['events']}", stream=True) as stream:
            for line in stream.iter_lines(chunk_size=None):
                first = first or time.monotonic() - began
                lines.append(line.decode())
        assert_events("\n".join(lines) + "\n\n")
        # Events come as they happen, not at the end.
        assert first < (time.monotonic() - began) / 2
        return session.get(f"{url}/v1/models/model/weights").content


def with_http_client(url, authority):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=authority)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=60)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def ask(method, path, body=None, kind=None):
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return content

    ask("PUT", "/v1/datasets/data", iter([DATA[:1000], DATA[1000:]]))
    ask("PUT", "/v1/models/model", json.dumps(MODEL), "application/json")
    ask("POST", "/v1/models/model/compile", json.dumps(COMPILE), "application/json")
    job = json.loads(ask("POST", "/v1/models/model/fit", json.dumps(FIT), "application/json"))
    assert_events(ask("GET", job["links"]["events"]).decode())
    weights = ask("GET", "/v1/models/model/weights")
    connection.close()
    return weights


def with_curl(url, authority):
    def curl(*arguments, **options):
        trust = ["--cacert", authority] if authority else []
        run = subprocess.run(["curl", "-sS", "--fail-with-body", *trust, *arguments], capture_output=True, timeout=120, **options)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    curl("-T", "-", f"{url}/v1/datasets/data", input=DATA)
    kind = ["-H", "Content-Type: application/json"]
    curl("-X", "PUT", *kind, "-d", json.dumps(MODEL), f"{url}/v1/models/model")
    curl(*kind, "-d", json.dumps(COMPILE), f"{url}/v1/models/model/compile")
    job = json.loads(curl(*kind, "-d", json.dumps(FIT), f"{url}/v1/models/model/fit"))
    assert_events(curl("-N", f"{url}{job['links']['events']}").decode())
    return curl("--compressed", f"{url}/v1/models/model/weights")


def with_wget(url, authority, folder):
    if not shutil.which("wget"):
        pytest.skip("wget is not installed")

    def wget(path, method="GET", body=None, kind="application/octet-stream"):
        trust = [f"--ca-certificate={authority}"] if authority else []
        sent = []
        if body is not None:
            (folder / "body").write_bytes(body)
            sent = [f"--body-file={folder / 'body'}", f"--header=Content-Type: {kind}"]
        run = subprocess.run(
            ["wget", "-q", "-O", "-", f"--method={method}", *trust, *sent, url + path], capture_output=True, timeout=120)
        assert run.returncode == 0, run.stderr
        return run.stdout

    kind = "application/json"
    wget("/v1/datasets/data", "PUT", DATA)
    wget("/v1/models/model", "PUT", json.dumps(MODEL).encode(), kind)
    wget("/v1/models/model/compile", "POST", json.dumps(COMPILE).encode(), kind)
    job = json.loads(wget("/v1/models/model/fit", "POST", json.dumps(FIT).encode(), kind))
    assert_events(wget(job["links"]["events"]).decode())
    return wget("/v1/models/model/weights")


BROWSER = """async ([data, model, compile, fit]) => {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    const ask = async (method, path, body) => {
        const headers = body instanceof Uint8Array ? {} : {"Content-Type": "application/json"};
        const answer = await fetch(path, {method, headers, body: body instanceof Uint8Array ? body : JSON.stringify(body)});
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
    };
    await ask("PUT", "/v1/datasets/data", bytes);
    await ask("PUT", "/v1/models/model", model);
    await ask("POST", "/v1/models/model/compile", compile);
    const job = await ask("POST", "/v1/models/model/fit", fit);
    const told = [];
    await new Promise((resolve, reject) => {
        const source = new EventSource(job.links.events);
        const kinds = ["queued", "started", "epoch_begin", "batch", "epoch_end", "checkpoint", "succeeded", "failed"];
        for (const kind of kinds) {
            source.addEventListener(kind, event => {
                told.push([Number(event.lastEventId), kind]);
                if (kind === "succeeded" || kind === "failed") { source.close(); resolve(); }
            });
        }
        source.onerror = () => reject(new Error("the stream broke"));
    });
    const weights = new Uint8Array(await (await fetch("/v1/models/model/weights")).arrayBuffer());
    return [told, Array.from(weights)];
}"""


def with_browser(url):
    import base64

    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.goto(f"{url}/healthz")
        told, weights = page.evaluate(BROWSER, [base64.b64encode(DATA).decode(), MODEL, COMPILE, FIT])
        browser.close()
    numbers = [number for number, _ in told]
    kinds = [kind for _, kind in told]
    assert numbers == sorted(set(numbers)) and kinds[-1] == "succeeded" and kinds.count("epoch_end") == FIT["epochs"]
    return bytes(weights)


def test_requests(server, wanted):
    assert_weights(with_requests(server.url, server.authority), wanted)


def test_http_client(server, wanted):
    assert_weights(with_http_client(server.url, server.authority), wanted)


def test_curl(server, wanted):
    assert_weights(with_curl(server.url, server.authority), wanted)


def test_wget(server, wanted, tmp_path):
    assert_weights(with_wget(server.url, server.authority, tmp_path), wanted)


def test_a_browser(server, wanted):
    assert_weights(with_browser(server.url), wanted)


NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} {ssl};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        client_max_body_size 0;
        location / {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


@pytest.fixture
def proxy(server, certificate, tmp_path):
    """nginx in front of the server, with TLS where the server has it; its URL."""
    path = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if path is None:
        pytest.skip("nginx is not installed")
    scheme = server.url.split(":")[0]
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        NGINX.format(
            folder=tmp_path, port=port, ssl="ssl" if scheme == "https" else "", certificate=certificate[0],
            key=certificate[1], upstream=server.url))
    process = subprocess.Popen([path, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"])
    url = f"{scheme}://127.0.0.1:{port}"
    limit = time.monotonic() + 20
    while True:
        try:
            requests.get(f"{url}/healthz", timeout=5, verify=server.authority).raise_for_status()
            break
        except requests.RequestException:
            assert time.monotonic() < limit and process.poll() is None, (tmp_path / "error.log").read_text()
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(20)


def free_port():
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_behind_nginx(proxy, server, wanted):
    assert_weights(with_requests(proxy, server.authority), wanted)
    assert_weights(with_curl(proxy, server.authority), wanted)
