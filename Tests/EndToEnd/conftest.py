"""Servers for the tests: one that they share, and fresh ones for those that look at the process itself."""

import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import fitd  # noqa: E402


def pytest_sessionstart(session):
    if not fitd.BINARY.exists():
        pytest.exit(f"{fitd.BINARY} is not there; run make test, or name the binary in FITD", 2)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server that tests share; each uses names of its own."""
    running = fitd.Server(tmp_path_factory.mktemp("server")).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def launch(tmp_path):
    """Starts servers that end with the test: launch("name", "--flag", "value")."""
    servers = []

    def start(name="server", *flags):
        folder = tmp_path / name
        folder.mkdir()
        servers.append(fitd.Server(folder, *flags).start())
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()
