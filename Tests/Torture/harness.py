"""What the checks share: their list, servers of their own, raw sockets, and figures of a process."""

import contextlib
import dataclasses
import os
import pathlib
import socket
import threading
import time
import typing

import numpy as np
import requests
from fitd import Server, good, layer

MIB = 1 << 20


class Failed(Exception):
    """A check did not hold."""


class Missed(Exception):
    """A figure is not what it should be on a quiet machine."""


class Skipped(Exception):
    """A check cannot be made here."""


@dataclasses.dataclass
class Check:
    name: str
    title: str
    full: dict
    short: dict
    body: typing.Callable


CHECKS = []
# All servers that checks have started.
STARTED = []


def start(folder, *flags):
    """A server that ends with the check at the latest."""
    STARTED.append(Server(folder, *flags).start())
    return STARTED[-1]


def end_all():
    while STARTED:
        server = STARTED.pop()
        if server.process.poll() is None:
            server.kill()


def check(title, full, short):
    """Makes a function that takes a folder and sizes, and returns a line of figures, one of the checks."""

    def register(body):
        CHECKS.append(Check(body.__name__.replace("_", "-"), title, full, short, body))
        return body

    return register


def hold(condition, figures, aim=True):
    """The figures, where the condition holds, and the aim, which is of pace and so depends on who else is here."""
    if not condition:
        raise Failed(figures)
    if not aim:
        raise Missed(figures)
    return figures


@contextlib.contextmanager
def serving(folder, *flags):
    """A server that ends with the block; it has to be alive until then."""
    server = start(folder, *flags)
    try:
        yield server
        assert server.process.poll() is None, f"the server died with {server.process.poll()}"
        good(server.get("/healthz"))
    finally:
        end_all()


def connect(server, *, receive=None):
    """A raw connection to a server."""
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    sock = socket.socket()
    if receive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    sock.connect((host, int(port)))
    return sock


def address(server):
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def resident(server):
    return server.memory("VmRSS")


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def processor_seconds(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    return float(np.percentile(values, share)) if values else float("nan")


@contextlib.contextmanager
def pinging(server, path="/healthz", pause=0.02):
    """Asks for a path again and again meanwhile; gives the list of seconds that answers took."""
    seconds, stop = [], threading.Event()

    def ask():
        with requests.Session() as session:
            while not stop.is_set():
                began = time.monotonic()
                good(session.get(server.url + path, timeout=60))
                seconds.append(time.monotonic() - began)
                stop.wait(pause)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield seconds
    finally:
        stop.set()
        thread.join()


def prepare(server, name="model", units=64, rows=2000):
    """Data and a compiled model that a fit takes a while for."""
    random = np.random.default_rng(1)
    if server.get("/v1/datasets/data").status_code == 404:
        labels = np.eye(4)[random.integers(0, 4, rows)]
        server.upload("data", x=random.standard_normal((rows, 32)).astype("f4"), y=labels.astype("f4"))
    server.define(
        name,
        layer("Dense", units=units, activation="relu", input_dim=32),
        layer("Dropout", rate=0.3),
        layer("Dense", units=4, activation="softmax"),
        seed=3,
    )
    server.compile(name, "adam", "categorical_crossentropy", metrics=["accuracy"])


def start_fit(server, name="model", epochs=20, **members):
    return server.start_fit(name, x="data/x", y="data/y", epochs=epochs, seed=5, **members)


def until(condition, seconds=60, pause=0.01):
    """Waits until something is so."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise Failed(f"not so after {seconds} s")
        time.sleep(pause)
