"""Floods, slow clients and crashes for the built server: prints a table of figures, and fails when one is not kept.

    .venv/bin/python Tests/Torture/torture.py [--short] [--only NAME …] [--markdown FILE]
"""

import argparse
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

import crashes  # noqa: E402
import disks  # noqa: E402
import floods  # noqa: E402
import streams  # noqa: E402
from harness import CHECKS, Failed, Missed, Skipped, end_all  # noqa: E402


def run(check, short, folder):
    """One check: whether it held, its size, and what came of it."""
    size = check.short if short else check.full
    began = time.monotonic()
    try:
        outcome, figures = "passed", check.body(folder, **size)
    except Skipped as reason:
        outcome, figures = "SKIPPED", str(reason)
    except Missed as fault:
        outcome, figures = "MISSED", str(fault)
    except (Failed, AssertionError) as fault:
        outcome, figures = "FAILED", str(fault) or "".join(traceback.format_exc().splitlines(True)[-3:])
    except Exception:
        outcome, figures = "FAILED", traceback.format_exc()
    sizes = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in size.items())
    seconds = time.monotonic() - began
    print(f"{outcome:8} {check.name:16} {sizes} — {figures} [{seconds:.0f} s]", flush=True)
    return check, sizes, outcome, figures, seconds


def table(results):
    """The results as rows of Markdown."""
    lines = ["| check | size | result | again |", "| --- | --- | --- | --- |"]
    for check, sizes, outcome, figures, _ in results:
        told = "" if outcome == "passed" else f"{outcome}: "
        lines.append(f"| {check.title} | {sizes} | {told}{figures} | `make torture ONLY={check.name}` |")
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--short", action="store_true", help="smaller sizes, two minutes in all")
    arguments.add_argument("--only", nargs="*", default=[], help="names of checks")
    arguments.add_argument("--markdown", type=pathlib.Path, help="a file that takes the table")
    options = arguments.parse_args()
    unknown = set(options.only) - {check.name for check in CHECKS}
    if unknown:
        arguments.error(f"no check is called {', '.join(unknown)}: {', '.join(check.name for check in CHECKS)}")
    results = []
    for check in CHECKS:
        if options.only and check.name not in options.only:
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fitd-torture-"))
        try:
            results.append(run(check, options.short, folder))
        finally:
            end_all()
            shutil.rmtree(folder, ignore_errors=True)
    if options.markdown:
        options.markdown.write_text(table(results))
    counts = {word: sum(result[2] == word for result in results) for word in ("passed", "MISSED", "FAILED", "SKIPPED")}
    seconds = sum(result[4] for result in results)
    print(", ".join(f"{count} {word}" for word, count in counts.items()) + f" in {seconds:.0f} s")
    # The short form runs where others use the machine too; the full one is for a quiet machine.
    sys.exit(1 if counts["FAILED"] or (counts["MISSED"] and not options.short) else 0)


if __name__ == "__main__":
    main()
