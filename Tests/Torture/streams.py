"""Event streams: reset, cut, resumed, and not read."""

import json
import random
import socket
import struct
import time

from fitd import good
from harness import (
    MIB, check, connect, descriptors, hold, prepare, resident, serving, start_fit, until,
)


def open_stream(server, job, after=0, **options):
    sock = connect(server, **options)
    last = f"Last-Event-ID: {after}\r\n" if after else ""
    sock.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
    return sock


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def losses(server, job):
    return server.history(job)["history"]["loss"]


@check(
    "event streams reset at once, again and again", {"readers": 200, "rounds": 50}, {"readers": 100, "rounds": 6})
def reset_readers(folder, readers, rounds):
    with serving(folder) as server:
        prepare(server)
        alone = losses(server, server.end(start_fit(server, epochs=40)))
        prepare(server, "watched")
        job = start_fit(server, "watched", epochs=40)
        for sock in [open_stream(server, job) for _ in range(readers)]:
            reset(sock)
        until(lambda: descriptors(server) < 64, 30)
        before = descriptors(server), resident(server)
        # A fit that lasts as long as the rounds.
        prepare(server, "long", units=256)
        long = start_fit(server, "long", epochs=100_000)
        for _ in range(rounds):
            streams = [open_stream(server, long) for _ in range(readers)]
            for sock in streams:
                sock.recv(200)
            for sock in streams:
                reset(sock)
        until(lambda: descriptors(server) <= before[0] + 4, 30)
        time.sleep(1)
        after = descriptors(server), resident(server)
        watched = losses(server, server.end(job))
        good(server.post(f"/v1/jobs/{long['id']}/cancel"))
        server.end(long, wanted="cancelled")
        free = sum(open_stream(server, job).recv(15) == b"HTTP/1.1 200 OK" for _ in range(400))
    growth = (after[1] - before[1]) / MIB
    figures = (
        f"descriptors {before[0]} before, {after[0]} after; {growth:+.1f} MiB; losses "
        f"{'the same' if watched == alone else 'OTHER'} as without readers; {free} of 400 new streams then opened"
    )
    return hold(watched == alone and growth < 32 and free == 400, figures)


@check("a stream cut at random and resumed with Last-Event-ID", {"cuts": 2000}, {"cuts": 150})
def cut_streams(folder, cuts):
    dice = random.Random(1)
    with serving(folder) as server:
        prepare(server, units=256)
        job = start_fit(server, epochs=100_000)
        seen, last = [], 0
        for _ in range(cuts):
            sock = open_stream(server, job, last)
            sock.settimeout(30)
            wanted, buffer = dice.randrange(1, 1500), b""
            while len(buffer) < wanted:
                piece = sock.recv(min(2048, wanted - len(buffer)))
                if not piece:
                    break
                buffer += piece
            sock.close()
            # A reader acts on whole events alone, as a browser does.
            for event in whole_events(buffer):
                seen.append(event)
                last = event
        good(server.post(f"/v1/jobs/{job['id']}/cancel"))
        server.end(job, wanted="cancelled")
        answer = good(server.get(f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": str(last)}))
        seen += [int(line[4:]) for line in answer.text.splitlines() if line.startswith("id: ")]
        # Batches that newer ones have overtaken are left out for a reader that falls behind, and nothing else.
        kinds = [event["event"] for event in server.events(job)]
    missing = sorted(set(range(1, len(kinds) + 1)) - set(seen))
    lost = [number for number in missing if kinds[number - 1] != "batch"]
    figures = (
        f"{len(seen):,} of {len(kinds):,} events, {len(seen) - len(set(seen))} twice, {len(lost)} lost, "
        f"{len(missing) - len(lost)} overtaken batches left out"
    )
    return hold(seen == sorted(set(seen)) and not lost, figures)


def whole_events(buffer):
    """The numbers of the events that are whole in a chunked stream as it came."""
    _, _, body = buffer.partition(b"\r\n\r\n")
    text = b""
    while True:
        size, mark, rest = body.partition(b"\r\n")
        if not mark or not size:
            break
        text += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    blocks = text.split(b"\n\n")[:-1]
    return [int(block.split(b"\n")[0][4:]) for block in blocks if block.startswith(b"id: ")]


@check("a reader of events that stops", {"seconds": 60}, {"seconds": 6})
def stopped_reader(folder, seconds):
    def pace(server, job, seconds):
        began = epochs(server, job)
        time.sleep(seconds)
        return (epochs(server, job) - began) / seconds

    def epochs(server, job):
        return good(server.get(f"/v1/jobs/{job['id']}")).json()["progress"]["epoch"]

    with serving(folder) as server:
        prepare(server, units=32)
        job = start_fit(server, epochs=1_000_000)
        until(lambda: good(server.get(f"/v1/jobs/{job['id']}")).json()["progress"] is not None)
        time.sleep(0.5)
        alone = pace(server, job, seconds / 2)
        memory = resident(server)
        sock = open_stream(server, job, receive=4096)
        sock.recv(500)
        stopped = pace(server, job, seconds)
        growth = (resident(server) - memory) / MIB
        sock.close()
        again = pace(server, job, seconds / 2)
        good(server.post(f"/v1/jobs/{job['id']}/cancel"))
        server.end(job, wanted="cancelled")
    alone = (alone + again) / 2
    figures = f"{alone:.0f} epochs a second without it, {stopped:.0f} with it; {growth:+.1f} MiB"
    # Others use the machine too.
    return hold(growth < 32, figures, stopped > alone * 0.8)


@check("a loss that becomes NaN", {}, {})
def not_a_number(folder):
    with serving(folder) as server:
        prepare(server)
        server.compile("model", {"class_name": "SGD", "config": {"learning_rate": 1e30}}, "mse")
        job = server.end(start_fit(server, epochs=3))
        answers = [
            good(server.get(f"/v1/jobs/{job['id']}")).text,
            good(server.get(f"/v1/jobs/{job['id']}/history")).text,
            *[json.dumps(event) for event in server.events(job)],
        ]
        words = [json.loads(text, parse_constant=lambda word: 1 / 0) for text in answers]
        told = server.history(job)["history"]["loss"]
    return hold(told[-1] == "NaN", f"{len(words)} JSON texts parsed strictly; the loss is told as {told[-1]!r}")
