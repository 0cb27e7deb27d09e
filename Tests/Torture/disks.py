"""A data directory that is full, cannot be written, or is gone."""

import contextlib
import subprocess

import numpy as np
from fitd import BINARY, good, npy
from harness import MIB, Skipped, check, end_all, hold, prepare, start, start_fit, until


@contextlib.contextmanager
def small_disk(folder, mebibytes):
    """A tmpfs of a few MiB, mounted at a folder."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        raise Skipped(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path, mebibytes):
    """Takes all that is free, or so much."""
    with open(path, "wb") as file, contextlib.suppress(OSError):
        for _ in range(mebibytes):
            file.write(bytes(MIB))
            file.flush()
    with open(path, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


@check("a data directory that becomes full, and has room again", {"mebibytes": 64}, {"mebibytes": 64})
def full_disk(folder, mebibytes):
    with small_disk(folder / "disk", mebibytes) as disk:
        try:
            return hold(*full_disk_rows(start(disk, "--checkpoint-interval", "1s"), disk, mebibytes))
        finally:
            end_all()


def full_disk_rows(server, disk, mebibytes):
    huge = npy(np.zeros(mebibytes * MIB // 4, "f4"))
    # Its room is free when its answer comes; what frees it too late does not do so each time.
    uploads = [(server.put("/v1/datasets/huge", data=huge).status_code, server.get("/readyz").status_code)
               for _ in range(8)]
    prepare(server, units=512)
    job = start_fit(server, epochs=100_000)
    until(lambda: any(event["event"] == "checkpoint" for event in server.events(job, params={"follow": "false"})))
    fill(disk / "filler", mebibytes)
    until(lambda: good(server.get(f"/v1/jobs/{job['id']}")).json()["status"] != "running", 60)
    failed = good(server.get(f"/v1/jobs/{job['id']}")).json()
    unready = server.get("/readyz").status_code
    refused = server.put("/v1/datasets/small", data=npy(np.zeros(1000))).status_code
    (disk / "filler").unlink()
    until(lambda: server.get("/readyz").status_code == 200, 10)
    until(lambda: server.events(job)[-1]["event"] == "failed", 20)
    again = server.put("/v1/datasets/small", data=npy(np.zeros(1000))).status_code
    server.end(start_fit(server, epochs=2))
    stopped = server.stop()
    error = failed["error"] or {}
    figures = (
        f"an upload too large, /readyz: {set(uploads)}; a running fit: {failed['status']}, {error.get('status')}; "
        f"/readyz {unready}; a small upload: {refused}; "
        f"with room again: /readyz 200, upload {again}, a fit succeeds, exit {stopped}"
    )
    held = (set(uploads), failed["status"], error.get("status"), unready, refused, again, stopped)
    return held == ({(507, 200)}, "failed", 507, 503, 507, 201, 0), figures


@check("a data directory that is read-only or no directory, at the start", {}, {})
def unwritable_at_start(folder):
    told = []
    (folder / "file").write_text("")
    with small_disk(folder / "disk", 8) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for path in (disk / "data", folder / "file"):
            run = subprocess.run(
                [BINARY, "serve", "--port", "0", "--data-dir", path], capture_output=True, text=True, timeout=30)
            told.append((run.returncode, run.stderr.strip().splitlines()[-1][-120:]))
    reasons = [text.rsplit(": ", 1)[-1] for _, text in told]
    return hold(all(code == 1 for code, _ in told) and "Read-only" in reasons[0], f"exit 1 each: {reasons}")
