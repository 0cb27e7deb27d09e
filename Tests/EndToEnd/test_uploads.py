"""Many uploads at one time, which all have to be unpacked: few threads do it, and the rest wait their turn."""

import http.client
import pathlib
import time
import urllib.parse

import pytest
from fitd import Server, good

CSV = b"a,b,c\n" + b"0.25,1.5,-3\n" * 100_000
COUNT = 60


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path).start()
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


def threads(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def begun(server, count):
    """Uploads of which all has been sent but the last byte."""
    uploads = []
    for number in range(count):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=120)
        connection.putrequest("PUT", f"/v1/datasets/d{number}")
        connection.putheader("Content-Type", "text/csv")
        connection.putheader("Content-Length", str(len(CSV)))
        connection.endheaders(CSV[:-1])
        uploads.append(connection)
    return uploads


def temporary(server):
    return list((server.folder / "data/tmp").iterdir())


def test_few_are_unpacked_at_one_time(server):
    good(server.put("/v1/datasets/first", data=CSV, headers={"Content-Type": "text/csv"}))
    before = threads(server)
    uploads = begun(server, COUNT)
    # Those that send nothing keep nobody from it.
    good(server.put("/v1/datasets/other", data=CSV, headers={"Content-Type": "text/csv"}))
    for upload in uploads:
        upload.send(CSV[-1:])
    most = 0
    while len(server.get("/v1/datasets?limit=1000").json()["items"]) < COUNT + 2:
        most = max(most, threads(server))
    # Each had one, and Dispatch has a few more than it needs.
    assert most - before < COUNT * 2 // 3
    for upload in uploads:
        assert upload.getresponse().status == 201
    assert not temporary(server)


def test_who_leaves_the_line_leaves_nothing_behind(server):
    uploads = begun(server, COUNT)
    for upload in uploads:
        upload.send(CSV[-1:])
    for upload in uploads[: COUNT // 2]:
        upload.close()
    for upload in uploads[COUNT // 2 :]:
        assert upload.getresponse().status == 201
    limit = time.monotonic() + 30
    while temporary(server):
        assert time.monotonic() < limit
        time.sleep(0.05)
    good(server.put("/v1/datasets/other", data=CSV, headers={"Content-Type": "text/csv"}))


def test_it_stops_while_uploads_wait(server):
    uploads = begun(server, COUNT)
    for upload in uploads[: COUNT // 2]:
        upload.send(CSV[-1:])
    assert server.stop() == 0
    for upload in uploads:
        upload.close()
    server.start()
    assert not temporary(server)
    for item in server.get("/v1/datasets?limit=1000").json()["items"]:
        assert item["arrays"][0]["shape"] == [100_000]
