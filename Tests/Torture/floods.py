"""Many connections and slow ones."""

import asyncio
import contextlib
import os
import resource
import socket
import struct
import time

import numpy as np
from fitd import BINARY, good
from harness import (
    MIB, Skipped, address, check, connect, descriptors, hold, percentile, pinging, prepare, processor_seconds, resident,
    serving, start_fit, until,
)

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def need_descriptors(count):
    """Raises this process's own limit, where it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Skipped(f"{count} descriptors are needed here, and {hard} allowed")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@check("connections that send one header byte every 5 s, each cut with 408", {"connections": 500}, {"connections": 100})
def slow_headers(folder, connections):
    async def one(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        began = time.monotonic()
        answer = asyncio.create_task(reader.read())
        try:
            for byte in GET[:12]:
                writer.write(bytes([byte]))
                done, _ = await asyncio.wait({answer}, timeout=5)
                if done:
                    break
            text = await asyncio.wait_for(answer, 30)
        finally:
            writer.close()
        return time.monotonic() - began, text.startswith(b"HTTP/1.1 408")

    async def all_of(host, port):
        return await asyncio.gather(*(one(host, port) for _ in range(connections)))

    with serving(folder) as server, pinging(server) as seconds:
        results = asyncio.run(all_of(*address(server)))
    cut = [when for when, is_408 in results if is_408]
    p99 = percentile(seconds, 99) * 1000
    waited = f"{min(cut):.1f} to {max(cut):.1f} s"
    figures = f"{len(cut)} cut with 408 after {waited}; meanwhile p99 of /healthz {p99:.1f} ms"
    return hold(len(cut) == connections, figures, min(cut) > 8 and max(cut) < 13 and p99 < 100)


@check("uploads at 100 B/s, cut by the minimum rate", {"uploads": 200}, {"uploads": 40})
def slow_uploads(folder, uploads):
    async def one(host, port, number):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"PUT /v1/datasets/d%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" % number)
        began = time.monotonic()
        answer = asyncio.create_task(reader.read())
        try:
            while time.monotonic() - began < 60:
                writer.write(b"\x93NUMPY" + b"x" * 94)
                done, _ = await asyncio.wait({answer}, timeout=1)
                if done:
                    break
            text = await asyncio.wait_for(answer, 10)
        except (OSError, asyncio.TimeoutError):
            text = b""
        finally:
            writer.close()
        return time.monotonic() - began, text[9:12]

    async def all_of(host, port):
        return await asyncio.gather(*(one(host, port, number) for number in range(uploads)))

    with serving(folder) as server:
        results = asyncio.run(all_of(*address(server)))
        staging = folder / "data" / "tmp"
        until(lambda: not list(staging.iterdir()), 10)
        left = len(list(staging.iterdir()))
    seconds = [when for when, _ in results]
    cut = sum(status == b"408" for _, status in results)
    figures = f"{cut} cut with 408 after {min(seconds):.0f} to {max(seconds):.0f} s; {left} temporary files left"
    return hold(cut == uploads and left == 0, figures, max(seconds) < 40)


@check("clients that read a 50 MB array at 1 KB/s", {"clients": 100, "seconds": 20}, {"clients": 30, "seconds": 4})
def slow_readers(folder, clients, seconds):
    with serving(folder) as server:
        server.upload("big", np.zeros(50 * MIB // 8))
        good(server.get("/healthz"))
        before = resident(server)
        sockets = [connect(server, receive=4096) for _ in range(clients)]
        for sock in sockets:
            sock.sendall(b"GET /v1/datasets/big/arrays/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        most = before
        for _ in range(seconds):
            for sock in sockets:
                sock.recv(1024)
            most = max(most, resident(server))
            time.sleep(1)
        for sock in sockets:
            sock.close()
    growth = (most - before) / MIB
    return hold(growth < 32, f"{growth:.1f} MiB of growth")


@check(
    "clients that each send a JSON content of 4 MB but for its end, 128 MiB allowed together",
    {"clients": 200},
    {"clients": 60},
)
def contents(folder, clients):
    content = b'{"layers": [' + b"[0]," * (MIB - 8) + b"[0]]}"

    async def one(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        head = b"PUT /v1/models/m HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(content) + content[:-1])
        answer = asyncio.create_task(reader.read(65536))
        await asyncio.wait({answer}, timeout=5)
        was_held = not answer.done()
        if was_held:
            writer.write(content[-1:])
        with contextlib.suppress(OSError):
            await asyncio.wait_for(answer, 60)
        writer.close()
        return was_held, answer.result()[9:12] if not answer.exception() else b"reset"

    async def all_of(host, port):
        return await asyncio.gather(*(one(host, port) for _ in range(clients)))

    with serving(folder, "--max-request-memory", "128M") as server:
        good(server.get("/v1"))
        before = resident(server)
        results = asyncio.run(all_of(*address(server)))
        growth = (server.memory("VmHWM") - before) / MIB
        good(server.put("/v1/models/after", json={"layers": []}))
    held = sum(was_held for was_held, _ in results)
    refused = sum(status == b"503" for _, status in results)
    figures = f"{held} held at one time, {refused} of {clients} answered 503; {growth:.0f} MiB of growth"
    # An array that grows doubles: its old bytes, which are counted, and room for twice as many are there for a moment.
    return hold(refused > 0 and growth < 3 * 128, figures)


@check(
    "connections with a limit of 1024: the rest wait", {"connections": 2000}, {"connections": 1100})
def connections(folder, connections):
    need_descriptors(connections + 100)
    with serving(folder) as server:
        sockets = []
        for _ in range(connections):
            sock = connect(server)
            sock.sendall(GET)
            sock.settimeout(30)
            sockets.append(sock)
        at_once = sum(sock.recv(65536).startswith(b"HTTP/1.1 200") for sock in sockets[:1024])
        before = processor_seconds(server)
        time.sleep(2)
        spun = processor_seconds(server) - before
        for sock in sockets[:1024]:
            sock.close()
        later = sum(sock.recv(65536).startswith(b"HTTP/1.1 200") for sock in sockets[1024:])
        for sock in sockets[1024:]:
            sock.close()
    figures = f"{at_once} answered at once, {later} when those had gone; {spun:.2f} s of processor in 2 s of waiting"
    return hold(at_once == 1024 and later == connections - 1024, figures, spun < 0.5)


@check("connections with `ulimit -n 256`", {"connections": 600}, {"connections": 400})
def few_descriptors(folder, connections):
    need_descriptors(connections + 100)
    previous = os.environ.get("FITD")
    script = folder / "fitd"
    script.write_text(f'#!/bin/sh\nulimit -n 256\nexec "{BINARY}" "$@"\n')
    script.chmod(0o755)
    import fitd

    binary, fitd.BINARY = fitd.BINARY, script
    try:
        with serving(folder) as server:
            sockets = []
            for _ in range(connections):
                sock = connect(server)
                sock.sendall(GET)
                sock.settimeout(30)
                sockets.append(sock)
            time.sleep(1)
            before = processor_seconds(server)
            time.sleep(3)
            spun = processor_seconds(server) - before
            open_now = descriptors(server)
            answered = 0
            # Each that is answered goes, and makes room for the next.
            for sock in sockets:
                answered += sock.recv(65536).startswith(b"HTTP/1.1 200")
                sock.close()
            until(lambda: descriptors(server) < 64, 10)
    finally:
        fitd.BINARY = binary
        if previous is not None:
            os.environ["FITD"] = previous
    spinning = f"{spun:.2f} s of processor in 3 s of waiting"
    figures = f"all {answered} answered in turn, {open_now} descriptors at most, {spinning}"
    return hold(answered == connections and open_now <= 256, figures, spun < 0.5)


@check(
    "connects and closes, then as many resets",
    {"connects": 50_000, "resets": 50_000},
    {"connects": 4000, "resets": 4000},
)
def churn(folder, connects, resets):
    linger = struct.pack("ii", 1, 0)

    def go(server, count, is_reset):
        for number in range(count):
            sock = connect(server)
            if is_reset:
                if number % 2:
                    sock.sendall(GET[: number % len(GET)])
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            sock.close()

    with serving(folder) as server:
        # What the allocator keeps for good it has after this: its arenas are as large as the most connections that were
        # ever there at one time, which a flood reaches sooner or later.
        for _ in range(4):
            together = [connect(server) for _ in range(500)]
            for number, sock in enumerate(together):
                sock.sendall(GET[: number % len(GET)])
            for sock in together:
                sock.close()
        go(server, 2000, False)
        go(server, 2000, True)
        until(lambda: descriptors(server) < 64, 30)
        time.sleep(1)
        before = descriptors(server), resident(server)
        began = time.monotonic()
        go(server, connects, False)
        go(server, resets, True)
        seconds = time.monotonic() - began
        until(lambda: descriptors(server) <= before[0], 30)
        time.sleep(1)
        after = descriptors(server), resident(server)
    change = (after[1] / before[1] - 1) * 100
    pace = (connects + resets) / seconds
    figures = (
        f"{pace:,.0f} a second; descriptors {before[0]} before, {after[0]} after; "
        f"memory {before[1] / MIB:.1f} MiB before, {after[1] / MIB:.1f} after ({change:+.1f} %)"
    )
    return hold(after[0] <= before[0] * 1.05 + 1, figures, change <= 5)


@check(
    "status polling while a job trains on all cores",
    {"connections": 64, "seconds": 20},
    {"connections": 64, "seconds": 4},
)
def polling(folder, connections, seconds):
    async def one(host, port, path, until_time, took):
        reader, writer = await asyncio.open_connection(host, port)
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        while time.monotonic() < until_time:
            began = time.monotonic()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            took.append(time.monotonic() - began)
            assert head.startswith(b"HTTP/1.1 200"), head
            await asyncio.sleep(1)
        writer.close()

    async def all_of(host, port, path):
        took = []
        end = time.monotonic() + seconds
        await asyncio.gather(*(one(host, port, path, end, took) for _ in range(connections)))
        return took

    with serving(folder) as server:
        prepare(server, units=1024)
        job = start_fit(server, epochs=100_000)
        until(lambda: good(server.get(f"/v1/jobs/{job['id']}")).json()["status"] == "running")
        took = asyncio.run(all_of(*address(server), f"/v1/jobs/{job['id']}"))
        good(server.post(f"/v1/jobs/{job['id']}/cancel"))
        server.end(job, wanted="cancelled")
    p99 = percentile(took, 99) * 1000
    figures = f"{len(took)} answers, median {percentile(took, 50) * 1000:.1f} ms, p99 {p99:.1f} ms"
    return hold(took, figures + " (a client of one Python process on the same cores)", p99 < 50)
