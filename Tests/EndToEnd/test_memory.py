"""The memory that the contents of all requests take together: past it 503, and what a request has let go is there again."""

import http.client
import select
import socket
import time
import urllib.parse

import numpy as np
import pytest
from fitd import Server, good, layer, npy, npz, problem

MIB = 1 << 20
KERNEL = np.zeros((4, 100_000), "f4")
# A method, a path, a type and a content of about 2 MiB.
KINDS = {
    "definition": ("PUT", "/v1/models/new", "application/json", b'{"layers": [' + b" " * (2 * MIB) + b"]}"),
    "array": ("POST", "/v1/models/model/predict", "application/x-npy", npy(np.zeros((MIB // 8, 4), "f4"))),
    "weights": (
        "PUT", "/v1/models/model/weights", "application/x-npz", npz(**{"dense/kernel": KERNEL, "dense/bias": KERNEL[0]})),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with memory for one content and a half."""
    running = Server(tmp_path_factory.mktemp("memory"), "--max-request-memory", "3M").start()
    running.define("model", layer("Dense", name="dense", units=100_000, input_dim=4))
    yield running
    assert running.stop() == 0


class Unfinished:
    """A request of which all has been sent but the last byte."""

    def __init__(self, server, kind):
        method, path, type, content = KINDS[kind]
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=60)
        self.connection.putrequest(method, path)
        self.connection.putheader("Content-Type", type)
        self.connection.putheader("Content-Length", str(len(content)))
        self.connection.endheaders(content[:-1])
        self.last = content[-1:]

    def finish(self):
        self.connection.send(self.last)
        answer = self.connection.getresponse()
        answer.read()
        self.connection.close()
        return answer.status

    @property
    def is_answered(self):
        return bool(select.select([self.connection.sock], [], [], 0)[0])

    def give_up(self):
        self.connection.close()


def ask(server, kind):
    method, path, type, content = KINDS[kind]
    return server.call(method, path, data=content, headers={"Content-Type": type})


def until(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def holding(server, kind, is_refused):
    """A request that has been read but for its last byte, so that others are refused."""
    limit = time.monotonic() + 60
    first = Unfinished(server, kind)
    refusals = 0
    # One refusal may be for the sake of a request before, which may have had this one refused as well.
    while refusals < 5:
        assert time.monotonic() < limit
        if first.is_answered:
            first.give_up()
            first = Unfinished(server, kind)
        refusals = refusals + 1 if is_refused() else 0
        time.sleep(0.02)
    return first


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_contents_together(server, kind, other):
    first = holding(server, kind, lambda: ask(server, other).status_code == 503)
    answer = ask(server, other)
    problem(answer, 503, None, 3 * MIB)
    assert int(answer.headers["Retry-After"]) >= 1
    good(server.get("/v1"))
    assert server.put("/v1/models/small", json={"layers": []}).status_code in (200, 201)
    if other == kind:
        # Alone, it may take what it takes.
        assert first.finish() in (200, 201, 204, 422)
    else:
        first.give_up()
    until(lambda: ask(server, other).status_code != 503)


def test_json_datasets(server):
    text = b'{"x": [' + b"0," * 50_000 + b"0]}"
    upload = lambda content, type: server.put("/v1/datasets/data", data=content, headers={"Content-Type": type})
    header = b'{"__metadata__": [' + b"0," * 50_000 + b'0], "x": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}'
    tensors = len(header).to_bytes(8, "little") + header + b"7"
    good(upload(text, "application/json"))
    good(upload(tensors, None))
    first = holding(server, "definition", lambda: upload(text, "application/json").status_code == 503)
    problem(upload(tensors, None), 503)
    # What is unpacked piece by piece takes none.
    good(upload(b"x\n" + b"0\n" * 50_000, "text/csv"))
    good(upload(npy(np.zeros(MIB)), "application/x-npy"))
    first.give_up()
    until(lambda: upload(text, "application/json").status_code == 200)


def test_a_content_that_is_announced_takes_nothing(server):
    held = []
    for _ in range(20):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=60)
        connection.putrequest("PUT", "/v1/models/new")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(2 * MIB))
        connection.endheaders()
        held.append(connection)
    assert ask(server, "weights").status_code == 204
    for connection in held:
        connection.close()


TARGETS = ("/v1/models/model/fit", "/v1/models/model/fit?wait=60", "/v1/models/model/evaluate")
PREFERENCES = {"/v1/models/model/evaluate": {"Prefer": "respond-async, wait=60"}}


def test_requests_of_jobs_that_wait(tmp_path):
    """They lie on the disk, whether somebody waits for the job or not, and after a restart too."""
    server = Server(tmp_path, "--workers", "1").start()
    server.define("model", layer("Dense", units=1, input_dim=1))
    server.compile("model")
    first = server.start_fit("model", x=[[0]], y=[[0]], epochs=10**6)
    # Parsed, 25 times as much and more.
    column = "[" + ",".join(["[0]"] * 300_000) + "]"
    body = f'{{"x": {column}, "y": {column}, "batch_size": 300000}}'.encode()
    held = []
    before = server.memory("VmRSS")

    def submit(target):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=60)
        connection.request("POST", target, body, {"Content-Type": "application/json", **PREFERENCES.get(target, {})})
        return connection

    for number in range(18):
        connection = submit(TARGETS[number % 3])
        if number % 3:
            held.append(connection)
            until(lambda: server.get("/v1/jobs?status=queued&limit=100").json()["items"].__len__() == number + 1)
        else:
            assert connection.getresponse().status == 202
    # Fewer than four of them, and what the allocator keeps.
    assert server.memory("VmRSS") - before < 384 * MIB
    server.kill()
    for connection in held:
        connection.close()
    server.start()
    assert server.memory("VmRSS") - before < 384 * MIB
    waiting = server.get("/v1/jobs?status=queued&limit=100").json()["items"]
    assert len(waiting) >= 18
    good(server.post(f"/v1/jobs/{first['id']}/cancel"))
    for job in waiting:
        if job["id"] != first["id"]:
            server.end(job)
    assert server.stop() == 0


def test_an_array_of_bytes_stays_one(tmp_path):
    """It becomes numbers batch by batch: all at one time would be four times as much."""
    server = Server(tmp_path).start()
    server.define("model", layer("Dense", units=1, input_dim=1024))
    x = npy(np.ones((65_536, 1024), "u1"))
    before = server.memory("VmHWM")
    headers = {"Content-Type": "application/x-npy", "Accept": "application/x-npy"}
    assert len(good(server.post("/v1/models/model/predict", data=x, headers=headers)).content) > 65_536 * 4
    assert server.memory("VmHWM") - before < 4 * len(x)
    assert server.stop() == 0


def test_big_compile_options_do_not_stay(tmp_path):
    """Small ones, and the fits and models of a moment ago, are kept to be read no more; sixteen of these are 450 MiB."""
    server = Server(tmp_path).start()
    server.define("model", layer("Dense", units=1, input_dim=1))
    boundaries = list(range(400_000))

    def compile(number):
        schedule = {"boundaries": boundaries, "values": [0.5] * 400_000 + [number]}
        rate = {"class_name": "PiecewiseConstantDecay", "config": schedule}
        options = {"loss": "mse", "optimizer": {"class_name": "SGD", "config": {"learning_rate": rate}}}
        server.end(good(server.post("/v1/models/model/compile", json=options)).json())

    for number in range(2):
        compile(number)
    before = server.memory("VmRSS")
    for number in range(2, 20):
        compile(number)
    # What is parsed on several threads at a time, which the allocator keeps.
    assert server.memory("VmRSS") - before < 256 * MIB
    assert server.stop() == 0


ANSWERS = {
    "predictions": ("POST", "/v1/models/wide/predict", b'{"x": [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]}'),
    "weights": ("GET", "/v1/models/wide/weights", None),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("other", ANSWERS)
def test_answers_count_until_they_are_sent(server, kind, other):
    server.define("wide", layer("Dense", units=1_000_000, input_dim=2))

    def ask(which):
        method, path, body = ANSWERS[which]
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if which == "predictions":
            headers["Accept"] = "application/x-npy"
        return method, path, body, headers

    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=60)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    method, path, body, headers = ask(kind)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    method, path, body, headers = ask(other)
    refused = server.call(method, path, data=body, headers=headers)
    problem(refused, 503)
    assert int(refused.headers["Retry-After"]) >= 1
    good(server.get("/v1"))
    connection.close()
    until(lambda: server.call(method, path, data=body, headers=headers).status_code == 200)
