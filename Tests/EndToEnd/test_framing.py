"""HTTP/1.1 framing against the built server, by raw sockets: what is ambiguous is refused and the connection closed."""

import re
import socket
import time

import pytest

GOOD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/models/none/fit HTTP/1.1\r\nHost: localhost\r\n"


def address(server):
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def statuses(server, *pieces, half_close=False, pause=0.0):
    """The statuses of all answers to bytes that are sent in pieces, up to the connection's end."""
    with socket.create_connection(address(server), timeout=30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        try:
            for number, piece in enumerate(pieces):
                if number and pause:
                    time.sleep(pause)
                sock.sendall(piece)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            while piece := sock.recv(65536):
                received += piece
        except ConnectionError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) [A-Z]", received)]


def assert_refused(server, request, wanted, splits=False):
    """A bad request is answered so and closes the connection; a good one behind it is not read, one beside it is."""
    assert statuses(server, request + GOOD) == [wanted], request[:200]
    if splits:
        for at in range(1, len(request)):
            got = statuses(server, request[:at], request[at:] + GOOD, pause=0.0005)
            assert got == [wanted], (at, request[:200])
    assert statuses(server, GOOD, half_close=True) == [200]


def head(fields, line=b"GET /healthz HTTP/1.1"):
    return line + b"\r\n" + fields + b"\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [b"X: y", b"Host: a\r\nHost: a", b"Host: a/b", b"Host: u@h", b"Host: a,b", b"Host:"],
)
def test_host(server, fields):
    assert_refused(server, head(fields), 400, splits=True)


@pytest.mark.parametrize(
    "fields",
    [
        b"Host: localhost\r\nContent-Length : 5", b" Host: localhost", b"\tHost: localhost", b"Host: localhost\r\nA: b\r\n c",
        b"Host: localhost\r\nA", b"Host: localhost\r\n: b", b"Host: localhost\r\nA: b\x00c", b"Host: localhost\r\nA: b\rc",
        b"Host: localhost\r\nA: \x01", b"Host: localhost\r\nA(: b",
    ],
)
def test_fields(server, fields):
    assert_refused(server, head(fields), 400, splits=True)


@pytest.mark.parametrize(
    "request_",
    [GOOD.replace(b"\r\n", b"\n"), GOOD.replace(b"\r\n", b"\r"), b"GET /healthz HTTP/1.1\r\nHost: a\n\r\n"],
)
def test_line_ends(server, request_):
    assert_refused(server, request_, 400, splits=True)


LENGTHS = ["5, 6", "+5", "-1", "-0", "0x5", "1_0", "5 5", "", "５", "18446744073709551616", "99999999999999999999"]


@pytest.mark.parametrize("length", LENGTHS)
def test_lengths(server, length):
    assert_refused(server, POST + f"Content-Length: {length}\r\n\r\n".encode() + b"hello", 400)


def test_a_length_given_twice(server):
    assert_refused(server, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400)


@pytest.mark.parametrize(
    "fields", [b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 5"]
)
def test_a_length_and_chunks(server, fields):
    assert_refused(server, POST + fields + b"\r\n\r\n0\r\n\r\n", 400, splits=True)


@pytest.mark.parametrize(
    "coding, wanted",
    [
        ("gzip", 501), ("identity", 501), ("xchunked", 501), ("chunked, gzip", 400), ("chunked, chunked", 400), ("", 400),
        ("chunked\x0b", 400), ("\x0cchunked", 400), ("chun\x00ked", 400), ("chunked\r\nTransfer-Encoding: chunked", 400),
    ],
)
def test_transfer_codings(server, coding, wanted):
    assert_refused(server, POST + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n".encode(), wanted)


def test_chunks_on_version_1_0(server):
    request = b"POST /v1/models/none/fit HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert_refused(server, request, 400)


CHUNKED = b"PUT /v1/datasets/framing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "size", ["0x5", "+5", "-1", " 5", "5 ", "", "g", "FFFFFFFFFFFFFFFF", "10000000000000000", "5;" + "a" * 100_000, "5;\x01"]
)
def test_chunk_sizes(server, size):
    assert_refused(server, CHUNKED + f"{size}\r\nhello\r\n0\r\n\r\n".encode(), 400, splits=len(size) < 100)
    assert server.get("/v1/datasets/framing").status_code == 404


@pytest.mark.parametrize("chunks", [b"5\r\nhello!\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\nhello\n0\n\n"])
def test_chunk_data(server, chunks):
    assert_refused(server, CHUNKED + chunks, 400, splits=True)


def test_many_small_chunks_take_no_memory(launch):
    server = launch("chunks")
    statuses(server, GOOD, half_close=True)
    before = server.memory("VmHWM")
    got = statuses(server, CHUNKED, b"1\r\nx\r\n" * 3_000_000, b"0\r\n\r\n", half_close=True)
    assert len(got) == 1 and (got[0] < 300 or got[0] in (400, 413, 415, 422))
    assert server.memory("VmHWM") - before < 16 << 20


@pytest.mark.parametrize("trailers, wanted", [(b"A: b\r\n" * 10_000, 431), (b"Content-Length: 5\r\n", 400)])
def test_trailers(server, trailers, wanted):
    assert_refused(server, CHUNKED + b"0\r\n" + trailers + b"\r\n", wanted)


@pytest.mark.parametrize(
    "line, wanted",
    [
        (b"GET  /healthz HTTP/1.1", 400), (b"GET\t/healthz HTTP/1.1", 400), (b"GET HTTP/1.1", 400), (b"GET /healthz HTTP/1", 400),
        (b"GET /healthz HTTP/01.1", 400), (b"GET /healthz http/1.1", 400), (b"GET /healthz", 400),
        (b"GET /healthz HTTP/2.0", 505),
        (b"GET /healthz#a HTTP/1.1", 400), (b"GET /\x00 HTTP/1.1", 400), (b"GET /\xe9 HTTP/1.1", 400), (b"GET * HTTP/1.1", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1", 414),
    ],
)
def test_request_lines(server, line, wanted):
    assert_refused(server, head(b"Host: localhost", line), wanted)


@pytest.mark.parametrize(
    "fields", [b"X: " + b"a" * 9000, b"\r\n".join(b"X%d: %s" % (n, b"a" * 4000) for n in range(9)), b"\r\n".join([b"X: y"] * 101)]
)
def test_large_heads(server, fields):
    assert_refused(server, head(b"Host: localhost\r\n" + fields), 431)


@pytest.mark.parametrize(
    "method, wanted", [("BREW", {501}), ("TRACE", {405, 501}), ("CONNECT", {400, 405, 501}), ("POST", {405}), ("DELETE", {405})]
)
def test_methods(server, method, wanted):
    got = statuses(server, head(b"Host: localhost", f"{method} /healthz HTTP/1.1".encode()), half_close=True)
    assert set(got) <= wanted and len(got) == 1
    if wanted == {405}:
        assert {"GET", "HEAD"} <= set(server.call(method, "/healthz").headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "hello",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
        b"\xff\xfe" * 500,
    ],
)
def test_other_protocols(server, hello):
    assert statuses(server, hello, half_close=True) in ([400], [505], [])
    assert statuses(server, GOOD, half_close=True) == [200]


def test_pipelines(server):
    assert statuses(server, GOOD * 20, half_close=True) == [200] * 20
    assert statuses(server, GOOD + b"GET / HTTP/1.1\r\nHost : a\r\n\r\n" + GOOD) == [200, 400]


@pytest.mark.parametrize(
    "content",
    [
        b"PUT /v1/datasets/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n0123456789",
        b"PUT /v1/datasets/half HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
def test_half_contents_make_nothing(server, content):
    assert statuses(server, content, half_close=True) in ([], [400])
    assert server.get("/v1/datasets/half").status_code == 404


def test_expectations(launch):
    server = launch("expectations", "--max-body", "1M")
    path = b"PUT /v1/datasets/e HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    assert statuses(server, path + b"Content-Length: 10000000\r\n\r\n") == [413]
    other = path.replace(b"100-continue", b"200-ok") + b"Content-Length: 5\r\n\r\nhello"
    assert statuses(server, other, half_close=True) == [417]
    array = b"[1,2,3]"
    json = path + b"Content-Type: application/json\r\nContent-Length: 7\r\n\r\n"
    assert statuses(server, json, array, half_close=True, pause=0.3) == [100, 201]


def test_head_has_the_fields_of_get(server):
    for path in ("/healthz", "/readyz", "/metrics", "/v1", "/v1/datasets", "/v1/models", "/v1/jobs", "/", "/openapi.yaml"):
        get, head = (server.call(method, path, headers={"Accept-Encoding": "identity"}) for method in ("GET", "HEAD"))
        assert head.content == b"" and head.status_code == get.status_code
        varying = {"date", "x-request-id", "content-length" if path == "/metrics" else "date"}
        fields = [{k.lower(): v for k, v in answer.headers.items() if k.lower() not in varying} for answer in (get, head)]
        assert fields[0] == fields[1], path
