"""JSON and arrays made to break a server: each is refused in time, and takes no memory or path of the client's."""

import gzip
import io
import struct
import time
import zipfile
import zlib

import numpy as np
import pytest
from fitd import good, layer, npy, npz, problem

JSON = {"Content-Type": "application/json"}
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with small limits, which no other test uses."""
    from fitd import Server

    running = Server(tmp_path_factory.mktemp("hostile"), "--max-inflated", "64M", "--max-job-memory", "256M").start()
    running.upload("data", x=np.zeros((8, 4)), y=np.zeros((8, 1)))
    running.define("model", layer("Dense", units=1, input_dim=4))
    running.compile("model")
    yield running
    assert running.stop() == 0


# JSON


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 513 + b"]" * 513, b"[" * 100_000, b'{"layers": [], "layers": []}', b'{"layers": [],}', b'{"layers": []}{}',
        b'\xef\xbb\xbf{"layers": []}', b'{"name": "\\ud800", "layers": []}', b'{"name": "\xff", "layers": []}', b"", b"nul",
        b'{"layers": [01]}', b'{"layers": [1.]}', b"{'layers': []}", b'{"layers": NaN}', b'{"a": "\x01"}',
    ],
)
def test_malformed_json(server, text):
    problem(server.put("/v1/models/hostile", data=text, headers=JSON), 400)
    problem(server.get("/v1/models/hostile"), 404)


@pytest.mark.parametrize(
    "units",
    ["0", "-1", "2147483648", "9223372036854775807", "9007199254740993", "1e400", "1" * 30, "2.5", "true"],
)
def test_sizes(server, units):
    body = '{"layers": [{"class_name": "Dense", "config": {"units": %s, "input_dim": 4}}]}' % units
    answer = server.put("/v1/models/hostile", data=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code)
    problem(server.get("/v1/models/hostile"), 404)


def test_many_layers(server):
    body = {"layers": [layer("Flatten", input_shape=[4])] + [layer("Dense", units=1)] * 10_000}
    began = time.monotonic()
    problem(server.put("/v1/models/hostile", json=body), 422, None, "2000")
    assert time.monotonic() - began < 5


def test_a_model_past_the_memory(server):
    body = {"layers": [layer("Dense", units=1 << 20, input_dim=1 << 20)]}
    answer = problem(server.put("/v1/models/hostile", json=body), 422)
    assert str(4 * ((1 << 40) + (1 << 20))) in str(answer), "the answer says how many bytes it would take"


@pytest.mark.parametrize(
    "layers, pointer",
    [
        ([{"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAA=", None, None]}}], "/layers/0/config/function"),
        ([{"class_name": "__import__"}], "/layers/0/class_name"),
        ([{"class_name": "Dense", "config": {"units": 1, "activation": "os.system"}}], "/layers/0/config/activation"),
    ],
)
def test_code_is_not_run(server, layers, pointer):
    problem(server.put("/v1/models/hostile", json={"layers": layers}), 422, pointer)


def test_a_large_json(server):
    body = b'{"layers": [' + b'"a",' * (16 * MIB) + b'"a"]}'
    problem(server.put("/v1/models/hostile", data=body, headers=JSON), 413)


# Arrays


def header(text, version=1, length=None):
    text = text.encode("latin1")
    size = struct.pack("<H" if version == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text


def described(shape, descr="<f8", order="False"):
    return header(f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n")


@pytest.mark.parametrize("descr", ["|O", "<U10", "|S5", "<c8", "<M8[ns]", "<m8[ns]", "|V8", "<f16"])
def test_other_dtypes(server, descr):
    problem(server.put("/v1/datasets/hostile", data=described("(1,)", descr) + bytes(80)), 422)


@pytest.mark.parametrize(
    "file",
    [
        header("{}", 2, 4294967295), header("((((" * 5000), header("1" * 60_000), described("(0x5,)"), described("(-1,)"),
        described("(True,)"), described("(9223372036854775808,)"), described("(4294967296, 4294967296)"),
        described("(0, 4611686018427387904)") + b"x", described("(" + "1," * 65 + ")"), described("(3,)") + bytes(23),
        described("(3,)") + bytes(25), described("(3)") + bytes(24), described("[3]") + bytes(24),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), } # comment\n") + bytes(24),
        header("{'descr': '<\\x66\\x38', 'fortran_order': False, 'shape': (3,), }\n") + bytes(24),
        header("{'descr': '<f8', 'shape': (3,), }\n") + bytes(24), header("__import__('os')\n"), b"\x93NUMPY",
        b"\x93NUMPY\x09\x00",
    ],
)
def test_malformed_npy(server, file):
    before = server.memory("VmHWM")
    answer = server.put("/v1/datasets/hostile", data=file)
    assert answer.status_code in (400, 413, 422), answer.text
    problem(server.get("/v1/datasets/hostile"), 404)
    assert server.memory("VmHWM") - before < 32 * MIB


def zipped(*members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return bytearray(buffer.getvalue())


@pytest.mark.parametrize("name", ["../x.npy", "/abs.npy", "a\\..\\b.npy", "a/../b.npy", "x" * 300 + ".npy", ".npy", "x.txt"])
def test_names_in_an_archive(server, name):
    problem(server.put("/v1/datasets/hostile", data=bytes(zipped((name, npy([1.0]))))), 400)
    folder = server.folder
    assert not [path for path in (folder / "x.npy", folder.parent / "x.npy", folder / "data" / "x.npy") if path.exists()]


def test_a_name_with_nul(server):
    archive = zipped(("x0y.npy", npy([1.0])))
    problem(server.put("/v1/datasets/hostile", data=bytes(archive.replace(b"x0y.npy", b"x\0y.npy"))), 400)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice(server):
    problem(server.put("/v1/datasets/hostile", data=bytes(zipped(("x.npy", npy([1.0])), ("x.npy", npy([2.0]))))), 400)


def bomb(size):
    """A .npz of so many zeros."""
    zeros = described(f"({size},)", "|u1") + bytes(size)
    return bytes(zipped(("x.npy", zeros), method=zipfile.ZIP_DEFLATED))


def assert_cheap(server, body, statuses, path="/v1/datasets/hostile", **options):
    before, began = server.memory("VmHWM"), time.monotonic()
    answer = server.put(path, data=body, **options)
    seconds, growth = time.monotonic() - began, server.memory("VmHWM") - before
    assert answer.status_code in statuses, answer.text
    assert seconds < 5 and growth < 96 * MIB, (seconds, growth / MIB)
    problem(server.get("/v1/datasets/hostile"), 404)


def test_zip_bombs(server):
    assert_cheap(server, bomb(1 << 28), (413,))
    nested = bytes(zipped(("x.npy", bomb(1 << 20)), method=zipfile.ZIP_DEFLATED))
    assert_cheap(server, nested, (400,))


def test_bombs_among_weights(server):
    zeros = described("(62914560,)", "|u1") + bytes(60 * MIB)
    members = [(f"arr_{number}.npy", zeros) for number in range(8)]
    body = bytes(zipped(*members, method=zipfile.ZIP_DEFLATED))
    assert len(body) < MIB
    path = "/v1/models/model/weights"
    assert_cheap(server, body, (413,), path, headers={"Content-Type": "application/x-npz"})
    good(server.get(path))


def test_a_dataset_of_large_json(server):
    body = b'{"x": [' + b"0," * (32 * MIB) + b"0]}"
    assert_cheap(server, body, (413,), headers=JSON)


def test_archives_that_lie(server):
    one = zipped(("x.npy", npy(np.zeros(100))))
    directory = one.rindex(b"PK\x01\x02")
    sizes = bytearray(one)
    sizes[directory + 24 : directory + 28] = struct.pack("<I", 1 << 30)
    local = bytearray(one)
    local[30:35] = b"y.npy"
    encrypted = bytearray(one)
    encrypted[directory + 8] |= 1
    method = bytearray(one)
    method[directory + 10] = 12
    damaged = bytearray(one)
    damaged[200] ^= 1
    second = one + one[one.rindex(b"PK\x05\x06") :]
    for archive in (sizes, local, encrypted, method, damaged, second, one[:-10], one[5:], b"PK\x05\x06" + bytes(18) + b"x"):
        assert_cheap(server, bytes(archive), (400, 413, 415, 422))


def test_overlapping_members(server):
    one = zipped(("x.npy", npy(np.zeros(100))), ("y.npy", npy(np.zeros(100))))
    first = one.index(b"PK\x01\x02")
    second = one.index(b"PK\x01\x02", first + 4)
    one[second + 42 : second + 46] = one[first + 42 : first + 46]
    assert_cheap(server, bytes(one), (400,))


def test_gzip_past_the_limit(server):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(bytes(MIB)) for _ in range(128)) + packer.flush()
    assert_cheap(server, body, (413,), headers={"Content-Encoding": "gzip"})
    assert_cheap(server, gzip.compress(npy([1.0]))[:-4], (400,), headers={"Content-Encoding": "gzip"})


def test_what_is_good_is_taken(server):
    good(server.put("/v1/datasets/fine", data=npz(x=np.arange(5), y=np.asfortranarray(np.eye(3, dtype=">f4")))))
    got = np.load(io.BytesIO(good(server.get("/v1/datasets/fine/arrays/y")).content))
    assert np.array_equal(got, np.eye(3))
