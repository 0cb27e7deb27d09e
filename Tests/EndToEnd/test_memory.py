"""The memory that the contents of all requests take together: past it 503, and what a request has let go is there again."""

import http.client
import select
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
    good(upload(text, "application/json"))
    first = holding(server, "definition", lambda: upload(text, "application/json").status_code == 503)
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
