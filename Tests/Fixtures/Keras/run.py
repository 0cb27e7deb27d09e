#!/usr/bin/env python3
"""Drive a running server through cases computed by Keras, over HTTP, and compare.

    run.py --url http://127.0.0.1:8080 [--cases DIR] [--only 'lstm*'] [--all] [--report FILE]

A case is a folder with `case.json` and `data.npz`, as `generate.py` writes them. For each one the
runner uploads the arrays, defines the model, sets Keras's initial weights, predicts, compiles,
fits, evaluates, and holds predictions, History, final weights and evaluation against Keras's.
Cases that `pending.txt`
names need something that is still missing; they are left out unless `--all` is given.
Needs numpy and nothing else. Ends with a line `N passed, N failed`; exit status 1 if any failed.
"""

import argparse
import fnmatch
import io
import json
import math
import pathlib
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request

import numpy as np


class Refused(Exception):
    """The server answered a request with an error."""


class Server:
    def __init__(self, url, token=None):
        self.url, self.token = url.rstrip("/"), token

    def call(self, method, path, body=None, content_type=None, accept=None, timeout=120):
        headers = {}
        if content_type:
            headers["Content-Type"] = content_type
        if accept:
            headers["Accept"] = accept
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise Refused(f"{method} {path}: {error.code} {text[:600]}") from None

    def json(self, method, path, value=None, **kw):
        body = None if value is None else json.dumps(value).encode()
        return json.loads(self.call(method, path, body, "application/json" if body else None, **kw))

    def put_arrays(self, name, arrays):
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        self.call("PUT", f"/v1/datasets/{name}", buffer.getvalue(), "application/x-npz")

    def put_weights(self, model, weights):
        buffer = io.BytesIO()
        np.savez(buffer, *weights)
        self.call("PUT", f"/v1/models/{model}/weights", buffer.getvalue(), "application/x-npz")

    def get_weights(self, model):
        content = self.call("GET", f"/v1/models/{model}/weights", accept="application/x-npz")
        with np.load(io.BytesIO(content)) as archive:
            return {name: archive[name] for name in archive.files}

    def predict(self, model, x, batch_size):
        content = self.call(
            "POST", f"/v1/models/{model}/predict",
            json.dumps({"x": x, "batch_size": batch_size}).encode(), "application/json",
            accept="application/x-npy")
        return np.load(io.BytesIO(content))

    def job(self, path, value):
        """Post a job and wait for its end."""
        job = self.json("POST", path, value)
        for _ in range(60):
            if job["status"] in ("succeeded", "failed", "cancelled"):
                break
            job = self.json("GET", f"/v1/jobs/{job['id']}?wait=10")
        if job["status"] != "succeeded":
            raise Refused(f"{path}: job ended as {job['status']}: {json.dumps(job.get('error'))[:600]}")
        return job


def numbers(value):
    """JSON numbers, or lists of them, with the strings that stand for what JSON cannot say."""
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return math.nan if value is None else float(value)


def differ(what, got, want, rtol, atol):
    """A sentence that says how far apart two arrays are, or None if they agree."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return f"{what}: shape {got.shape}, Keras has {want.shape}"
    if got.size == 0:
        return None
    got, want = got.astype(np.float64), want.astype(np.float64)
    if np.allclose(got, want, rtol=rtol, atol=atol, equal_nan=True):
        return None
    with np.errstate(invalid="ignore"):
        over = np.abs(got - want) - (atol + rtol * np.abs(want))
    over = np.where(np.isnan(over), np.where(np.isnan(got) == np.isnan(want), -1.0, np.inf), over)
    at = np.unravel_index(int(np.argmax(over)), got.shape)
    return f"{what}{list(map(int, at))}: {got[at]:.7g}, Keras has {want[at]:.7g}"


def with_dataset(value, dataset, arrays):
    """Fit options with each array's name turned into `dataset/array`."""
    if isinstance(value, dict):
        return {key: with_dataset(item, dataset, arrays) for key, item in value.items()}
    if isinstance(value, str) and value in arrays:
        return f"{dataset}/{value}"
    return value


def check(server, folder):
    """Every disagreement between the server and Keras on one case."""
    case = json.loads((folder / "case.json").read_text())
    with np.load(folder / "data.npz") as archive:
        data = {name: archive[name] for name in archive.files}
    tolerance = case.get("tolerance", {})
    rtol, atol = tolerance.get("rtol", 2e-4), tolerance.get("atol", 2e-5)
    inputs = {k: v for k, v in data.items() if k in ("x", "y", "x_val", "y_val", "sample_weight", "val_sample_weight")}
    initial = [data[k] for k in sorted(data) if k.startswith("initial_")]
    final = [data[k] for k in sorted(data) if k.startswith("final_")]
    fit = case.get("fit")
    batch = (fit or {}).get("batch_size", 32)
    name = "c." + folder.name
    wrong = []

    server.put_arrays(name, inputs)
    server.json("PUT", f"/v1/models/{name}", case["model"])
    stateful = '"stateful": true' in json.dumps(case["model"])

    def fresh():
        """Keras's reset_states(), which the cases assume before each call on a stateful model."""
        if stateful:
            server.call("POST", f"/v1/models/{name}/reset_states")

    if initial:
        server.put_weights(name, initial)
    fresh()
    if "predict_before" in data:
        wrong.append(differ("predict before", server.predict(name, f"{name}/x", batch), data["predict_before"], rtol, atol))
    if fit is None:
        return [w for w in wrong if w]

    server.job(f"/v1/models/{name}/compile", case["compile"])
    options = {"x": f"{name}/x", **with_dataset(fit, name, inputs)}
    if "y" in inputs:
        options["y"] = f"{name}/y"
    fresh()
    job = server.job(f"/v1/models/{name}/fit", options)
    history = server.json("GET", f"/v1/jobs/{job['id']}/history")["history"]
    want = case["expect"]["history"]
    if set(history) != set(want):
        wrong.append(f"history has {sorted(history)}, Keras has {sorted(want)}")
    for key in sorted(set(history) & set(want)):
        wrong.append(differ(f"history.{key}", numbers(history[key]), numbers(want[key]), rtol, atol))

    if final:
        got = server.get_weights(name)
        paths = [w["path"] for w in case.get("weights", [])]
        if paths and list(got) != paths:
            wrong.append(f"weights are {list(got)}, Keras has {paths}")
        if len(got) == len(final):
            for path, g, f in zip(paths or got, got.values(), final):
                wrong.append(differ(f"final {path}", g, f, rtol, atol))
        else:
            wrong.append(f"{len(got)} weights, Keras has {len(final)}")
    fresh()
    if "predict_after" in data:
        wrong.append(differ("predict after", server.predict(name, f"{name}/x", batch), data["predict_after"], rtol, atol))
    evaluated = case["expect"].get("evaluate")
    if evaluated:
        body = {"x": f"{name}/x", "batch_size": batch}
        if "y" in inputs:
            body["y"] = f"{name}/y"
        fresh()
        got = server.json("POST", f"/v1/models/{name}/evaluate", body)
        if set(got) != set(evaluated):
            wrong.append(f"evaluate has {sorted(got)}, Keras has {sorted(evaluated)}")
        for key in sorted(set(got) & set(evaluated)):
            wrong.append(differ(f"evaluate.{key}", numbers(got[key]), numbers(evaluated[key]), rtol, atol))
    return [w for w in wrong if w]


def pending():
    """The names of the cases that are still out: the lines of pending.txt but for comments."""
    lines = (pathlib.Path(__file__).parent / "pending.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--token")
    parser.add_argument("--cases", default=str(pathlib.Path(__file__).parent / "cases"))
    parser.add_argument("--only", default="*", help="a glob on the case's name or on one of its tags")
    parser.add_argument("--all", action="store_true", help="run the cases that pending.txt names too")
    parser.add_argument("--report", help="a JSON file: name of each failed case, and what disagrees")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()

    server, failures, passed = Server(args.url, args.token), {}, 0
    left_out = set() if args.all else pending()
    for folder in sorted(p.parent for p in pathlib.Path(args.cases).glob("*/case.json")):
        if folder.name in left_out:
            continue
        tags = json.loads((folder / "case.json").read_text()).get("tags", [])
        if not any(fnmatch.fnmatch(t, args.only) for t in [folder.name, *tags]):
            continue
        try:
            wrong = check(server, folder)
        except Refused as error:
            wrong = [str(error)]
        except Exception:  # a runner's own fault counts as the case's: say where
            wrong = [traceback.format_exc(limit=3)]
        if wrong:
            failures[folder.name] = wrong
            print(f"FAIL {folder.name}\n  " + "\n  ".join(wrong[:6]))
        else:
            passed += 1
            if args.verbose:
                print(f"ok   {folder.name}")
    if args.report:
        pathlib.Path(args.report).write_text(json.dumps(failures, indent=1))
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
