"""HTTP as real clients speak it: curl's uploads, ranges, conditions, repeats, waiting, streams."""

import gzip
import io
import json
import subprocess
import time

import numpy as np
import pytest
from fitd import good, layer, npy, problem

RANDOM = np.random.default_rng(4)


def curl(*arguments, **options):
    """Runs curl; its standard output."""
    run = subprocess.run(["curl", "-sS", *arguments], capture_output=True, timeout=60, **options)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


@pytest.fixture(scope="module")
def slow(server):
    """The name of a compiled model, and of data, that a fit of many epochs takes long over."""
    server.upload("slow", x=RANDOM.random((4096, 64)), y=RANDOM.random((4096, 1)))
    server.define("slow", layer("Dense", units=64, activation="relu", input_dim=64), layer("Dense", units=1))
    server.compile("slow")
    return {"x": "slow/x", "y": "slow/y"}


@pytest.fixture
def running(server, slow):
    """A fit that runs until it is cancelled, at the latest when the test ends."""
    job = server.start_fit("slow", **slow, epochs=1000000)
    yield job
    server.post(f"/v1/jobs/{job['id']}/cancel")
    server.end(job, wanted="cancelled")


# curl


def test_curl_uploads_a_file(server, tmp_path):
    file = tmp_path / "x.npy"
    file.write_bytes(npy(RANDOM.random((1000, 100))))
    answer = json.loads(curl("-T", file, f"{server.url}/v1/datasets/curl"))
    assert answer["arrays"] == [{"name": "curl", "dtype": "float64", "shape": [1000, 100]}]
    assert curl(f"{server.url}/v1/datasets/curl/arrays/curl") == file.read_bytes()


def test_curl_uploads_what_it_reads(server):
    """From standard input curl sends chunks, and with Expect it waits for 100."""
    body = npy(RANDOM.random((3000, 100)))
    answer = curl("-T", "-", "-H", "Expect: 100-continue", "-v", f"{server.url}/v1/datasets/chunked", input=body)
    assert json.loads(answer)["bytes"] == len(body)


def test_curl_posts_a_file_as_it_does_by_default(server):
    body = npy(np.arange(6))
    answer = json.loads(curl("--data-binary", "@-", f"{server.url}/v1/datasets", input=body))
    assert answer["name"].startswith("ds_")
    assert answer["arrays"][0]["shape"] == [6]


def test_curl_compressed(server):
    plain = curl(f"{server.url}/v1")
    assert curl("--compressed", f"{server.url}/v1") == plain
    assert len(curl("-H", "Accept-Encoding: gzip", f"{server.url}/v1")) < len(plain)


def test_a_gzip_body(server):
    body = gzip.compress(json.dumps({"layers": [layer("Dense", units=3, input_dim=2)]}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert good(server.put("/v1/models/gzip", data=body, headers=headers)).json()["output_shape"] == [None, 3]
    answer = server.put("/v1/models/gzip", data=body, headers={**headers, "Content-Encoding": "br"})
    problem(answer, 415)
    assert "gzip" in answer.headers["Accept-Encoding"]


def test_head_and_options(server):
    for path in ("/v1", "/v1/datasets", "/healthz", "/openapi.yaml"):
        get, head = good(server.get(path)), good(server.call("HEAD", path))
        assert head.content == b""
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
    options = server.call("OPTIONS", "/v1/datasets/any")
    assert options.status_code == 204
    assert {"GET", "PUT", "DELETE"} <= {method.strip() for method in options.headers["Allow"].split(",")}


def test_one_connection_many_requests(server):
    """curl reuses its connection; the server has it open for all."""
    output = curl("-w", "%{num_connects}\n", "-o", "/dev/null", f"{server.url}/v1/models?limit=[1-5]")
    assert output.split() == [b"1", b"0", b"0", b"0", b"0"]


# Ranges and forms


def test_ranges_of_an_array(server):
    array = RANDOM.random((50, 4))
    whole = npy(array)
    server.upload("ranges", array)
    path = "/v1/datasets/ranges/arrays/ranges"
    for spec, part in (("0-127", whole[:128]), ("128-", whole[128:]), ("-8", whole[-8:])):
        answer = server.get(path, headers={"Range": f"bytes={spec}"})
        assert answer.status_code == 206 and answer.content == part
        assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    outside = server.get(path, headers={"Range": f"bytes={len(whole)}-"})
    problem(outside, 416)
    assert outside.headers["Content-Range"] == f"bytes */{len(whole)}"
    stale = server.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert stale.status_code == 200 and stale.content == whole
    assert good(server.get(path, headers={"Accept": "application/json"})).json() == array.tolist()


@pytest.mark.parametrize("dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", ">f8", ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_dtypes_and_orders(server, dtype, order):
    array = np.asarray(RANDOM.integers(0, 2, (3, 4, 2)), dtype=dtype, order=order)
    described = server.upload("dtypes", array)
    assert described["arrays"] == [{"name": "dtypes", "dtype": array.dtype.name, "shape": [3, 4, 2]}]
    back = np.load(io.BytesIO(good(server.get("/v1/datasets/dtypes/arrays/dtypes")).content))
    np.testing.assert_array_equal(back, array)


def test_a_deflated_npz(server):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.arange(1000), b=np.float32(2.5))
    described = good(server.put("/v1/datasets/deflated", data=buffer.getvalue())).json()
    assert [(a["name"], a["shape"]) for a in described["arrays"]] == [("a", [1000]), ("b", [])]
    back = np.load(io.BytesIO(good(server.get("/v1/datasets/deflated/arrays/a")).content))
    np.testing.assert_array_equal(back, np.arange(1000))


def test_csv_and_json(server):
    csv = "height,weight,species\n1.5,2.25,0\n0.5,1.75,1\n"
    headers = {"Content-Type": "text/csv"}
    described = good(server.put("/v1/datasets/csv?label=species", data=csv, headers=headers)).json()
    assert [(a["name"], a["shape"]) for a in described["arrays"]] == [("x", [2, 2]), ("y", [2])]
    described = good(server.put("/v1/datasets/json", json={"x": [[0, 1], [2, 3]], "y": [0.5, "NaN"]})).json()
    assert [(a["name"], a["shape"]) for a in described["arrays"]] == [("x", [2, 2]), ("y", [2])]


# Conditions and repeats


def test_conditions(server):
    definition = {"layers": [layer("Dense", units=1, input_dim=2)]}
    server.define("conditions", *definition["layers"])
    path = "/v1/models/conditions"
    tag = good(server.get(path)).headers["ETag"]
    assert server.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert server.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    problem(server.put(path, json=definition, headers={"If-Match": '"other"'}), 412)
    problem(server.put(path, json=definition, headers={"If-None-Match": "*"}), 412)
    problem(server.delete(path, headers={"If-Match": '"other"'}), 412)
    assert server.put(path, json=definition, headers={"If-Match": tag}).status_code == 200
    assert server.delete(path, headers={"If-Match": "*"}).status_code == 204
    assert server.put(path, json=definition, headers={"If-None-Match": "*"}).status_code == 201


def test_an_idempotency_key(server):
    body = {"layers": [layer("Dense", units=1, input_dim=2)]}
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first, again = (good(server.post("/v1/models", json=body, headers=key)) for _ in range(2))
    assert again.json() == first.json() and again.headers["Location"] == first.headers["Location"]
    problem(server.post("/v1/models", json={"layers": []}, headers=key), 422)
    other = good(server.post("/v1/models", json=body))
    assert other.json()["name"] != first.json()["name"]


def test_lists_are_paged(server):
    for number in range(7):
        server.define(f"page-{number}")
    found, after = [], ""
    while after is not None:
        page = good(server.get("/v1/models", params={"limit": 3, **({"after": after} if after else {})})).json()
        assert len(page["items"]) <= 3
        found += [model["name"] for model in page["items"]]
        after = page["next"]
    assert found == sorted(set(found))
    assert {f"page-{number}" for number in range(7)} <= set(found)


# Waiting


def test_wait(server, slow, running):
    started = time.monotonic()
    answer = server.get(f"/v1/jobs/{running['id']}?wait=1")
    assert answer.json()["status"] == "running" and time.monotonic() - started >= 0.9
    answer = server.post("/v1/models/slow/fit", json={**slow, "epochs": 1}, headers={"Prefer": "wait=0"})
    assert answer.status_code == 202 and answer.json()["status"] == "queued"
    assert answer.headers["Location"].endswith(answer.json()["links"]["self"])
    assert answer.json()["queue_position"] >= 1
    server.post(f"/v1/jobs/{running['id']}/cancel")
    answer = server.get(answer.json()["links"]["self"], headers={"Prefer": "wait=60"})
    assert answer.json()["status"] == "succeeded"
    assert answer.headers["Preference-Applied"] == "wait=60"
    answer = server.post("/v1/models/slow/fit", json={**slow, "epochs": 1}, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200 and answer.json()["status"] == "succeeded"


def test_a_queued_job_can_be_cancelled(server, slow, running):
    job = server.start_fit("slow", **slow, epochs=1)
    assert server.post(f"/v1/jobs/{job['id']}/cancel").status_code == 202
    job = server.end(job, wanted="cancelled")
    assert job["started_at"] is None


def test_models_run_side_by_side(server, running):
    server.define("beside", layer("Dense", units=1, input_dim=2))
    server.compile("beside")
    server.fit("beside", x=[[1, 2], [3, 4]], y=[[1], [2]], epochs=3)
    assert good(server.get(f"/v1/jobs/{running['id']}")).json()["status"] == "running"


def test_predict_and_evaluate_as_jobs(server, slow):
    job = good(server.post("/v1/models/slow/evaluate", json=slow, headers={"Prefer": "respond-async"}))
    assert job.status_code == 202 and job.headers["Preference-Applied"] == "respond-async"
    loss = server.end(job.json())["result"]["loss"]
    assert loss == good(server.post("/v1/models/slow/evaluate", json=slow)).json()["loss"]
    job = good(server.post("/v1/models/slow/predict", json={"x": "slow/x"}, headers={"Prefer": "respond-async"}))
    name = server.end(job.json())["result"]["predictions"]
    content = good(server.get(f"/v1/datasets/{name}/arrays/predictions")).content
    np.testing.assert_array_equal(np.load(io.BytesIO(content)), server.predict("slow", "slow/x"))


def test_predict_forms(server):
    server.define("forms", layer("Dense", units=2, input_dim=3))
    x = RANDOM.random((4, 3)).astype("float32")
    expected = server.predict("forms", x)
    answer = good(server.post("/v1/models/forms/predict", data=npy(x), headers={"Content-Type": "application/x-npy"}))
    np.testing.assert_allclose(answer.json()["predictions"], expected, rtol=1e-6)
    answer = good(server.post("/v1/models/forms/predict", json={"x": x.tolist()}))
    np.testing.assert_allclose(answer.json()["predictions"], expected, rtol=1e-6)


# Events


def test_events_in_three_forms(server, slow):
    job = server.end(server.start_fit("slow", **slow, epochs=3, validation_split=0.25))
    path = f"/v1/jobs/{job['id']}/events"
    lines = server.events(job)
    assert [event["id"] for event in lines] == list(range(1, len(lines) + 1))
    kinds = [event["event"] for event in lines if event["event"] not in ("batch", "checkpoint")]
    assert kinds == ["queued", "started"] + ["epoch_begin", "epoch_end"] * 3 + ["succeeded"]
    ends = [event["data"] for event in lines if event["event"] == "epoch_end"]
    assert [end["epoch"] for end in ends] == [1, 2, 3]
    history = server.history(job)["history"]
    assert [end["logs"]["val_loss"] for end in ends] == history["val_loss"]

    stream = good(server.get(path))
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    blocks = [block for block in stream.content.decode().split("\n\n") if "data:" in block]
    fields = [dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")) for block in blocks]
    assert [int(f["id"]) for f in fields] == [event["id"] for event in lines]
    assert [f["event"] for f in fields] == [event["event"] for event in lines]
    assert [json.loads(f["data"]) for f in fields] == [event["data"] for event in lines]

    rest = good(server.get(path, headers={"Last-Event-ID": fields[3]["id"]})).content.decode()
    assert rest.lstrip().startswith(f"id: {int(fields[3]['id']) + 1}\n")


def test_events_without_following(server, running):
    answer = good(server.get(f"/v1/jobs/{running['id']}/events?follow=false"))
    assert "event: queued" in answer.text and "event: cancelled" not in answer.text


def test_a_stream_cut_and_resumed_misses_nothing(server, running):
    last, seen = 0, []
    for _ in range(10):
        headers = {"Accept": "application/x-ndjson", **({"Last-Event-ID": str(last)} if last else {})}
        with server.get(f"/v1/jobs/{running['id']}/events", headers=headers, stream=True) as stream:
            for _, line in zip(range(7), stream.iter_lines()):
                seen.append(json.loads(line)["id"])
        last = seen[-1]
    assert seen == list(range(1, len(seen) + 1))


# Large uploads


def test_an_upload_takes_no_memory(launch):
    """512 MiB, in chunks of no known length, grow the process by less than 64 MiB."""
    server = launch()
    server.upload("warm", np.zeros((1000, 100)))
    before = server.memory("VmRSS")
    rows = 1 << 16
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (rows, 1024)})
    header = header.getvalue()
    zeros = bytes(1 << 20)

    def body():
        yield header
        for _ in range(512):
            yield zeros

    described = good(server.put("/v1/datasets/large", data=body(), timeout=300)).json()
    assert described["arrays"] == [{"name": "large", "dtype": "float64", "shape": [rows, 1024]}]
    assert described["bytes"] == len(header) + (512 << 20)
    assert server.memory("VmHWM") - before < 64 << 20
    part = server.get("/v1/datasets/large/arrays/large", headers={"Range": "bytes=-16"})
    assert part.content == bytes(16)
