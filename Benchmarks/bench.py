#!/usr/bin/env python3
"""Programs here and in fitd's peers, in one go; prints a table of ratios and writes RESULTS.md.

    bench.py [--only guide,mlp] [--peers keras-jax,pytorch]      # FITD names the binary

fitd is timed over HTTP, from the POST of compile to the answer that says that the fit has ended, with everything on
disk; a peer from the call of compile to the return of fit, imports left out.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
FITD = os.environ.get("FITD", str(HERE.parent / ".build/release/fitd"))
PYTHON = HERE / ".venv/bin/python"
PEERS = ["keras-tensorflow", "keras-jax", "keras-torch", "pytorch"]
ROUNDS = 5
# PyTorch's build for processors alone; the one that PyPI has for x86-64 brings gigabytes for graphics cards.
TORCH = "torch==2.13.0+cpu"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def install():
    """Puts the peers into a virtual environment; PyTorch is left out where it cannot be had."""
    if not PYTHON.exists():
        venv.create(HERE / ".venv", with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
    if subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode:
        for extra in ([], ["--extra-index-url", TORCH_INDEX]):
            if subprocess.run([*pip, TORCH, *extra], capture_output=True).returncode == 0:
                break


def run_peer(name, workload):
    """Medians of a peer's timings in as many new processes as rounds; None where it is not installed."""
    runs = []
    for _ in range(ROUNDS):
        run = subprocess.run([PYTHON, HERE / "peers.py", name, workload], capture_output=True, text=True)
        if run.returncode:
            print(f"{name} left out: {(run.stderr.strip().splitlines() or ['no output'])[-1]}", file=sys.stderr)
            return None
        runs.append(json.loads(run.stdout.splitlines()[-1]))
    return {
        "label": runs[0]["label"],
        "first": statistics.median(each["first"] for each in runs),
        "again": statistics.median(each["again"] for each in runs),
    }


def table(rows):
    """Milliseconds, and how many times as long as fitd's."""
    here = rows[0]
    yield "| | first: compile and fit | × fitd | again: fit | × fitd |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for row in rows:
        yield (
            f"| {row['label']} | {1000 * row['first']:.1f} ms | {row['first'] / here['first']:.1f} "
            f"| {1000 * row['again']:.1f} ms | {row['again'] / here['again']:.1f} |"
        )


def machine():
    processor = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return f"{processor}, {os.cpu_count()} threads, Linux {platform.release()}"


def measure(names, peers):
    """Lines of Markdown, printed as they come: for each workload a table, fitd first."""
    from fitd_client import timed_runs
    from workloads import BY_NAME

    for name in names or BY_NAME:
        rows = [timed_runs(FITD, BY_NAME[name], ROUNDS)]
        rows += [row for row in (run_peer(peer, name) for peer in peers) if row]
        fastest = min((row["again"] for row in rows[1:]), default=rows[0]["again"])
        yield f"## {name}: {fastest / rows[0]['again']:.1f} × the fastest peer"
        yield from ("", BY_NAME[name].description + ".", "", *table(rows), "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), help="these workloads")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=PEERS, help="these peers")
    arguments = parser.parse_args()
    install()
    if pathlib.Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        # NumPy comes with the peers.
        os.execv(PYTHON, [PYTHON, __file__, *sys.argv[1:]])
    lines = [
        "# fitd and its peers",
        "",
        " ".join(__doc__.split("\n\n")[2].split()),
        f"Medians of {ROUNDS}; the heading compares further fits. `make bench` makes this page.",
        "",
        f"{machine()}; Python {platform.python_version()}; {datetime.date.today().isoformat()}.",
        "",
    ]
    for line in measure(arguments.only, arguments.peers):
        print(line, flush=True)
        lines.append(line)
    if not arguments.only:
        (HERE / "RESULTS.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
