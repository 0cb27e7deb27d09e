"""Real runs from ten seeds end where Keras's ten seeds ended."""

import json
import sys

import numpy as np
import pytest
from fitd import ROOT

FOLDER = ROOT / "Tests/Fixtures/Runs"
sys.path.insert(0, str(FOLDER))

from arrays import arrays  # noqa: E402

RUNS = json.loads((FOLDER / "runs.json").read_text())


@pytest.mark.parametrize("name", RUNS)
def test_ten_seeds_end_as_keras_ends(server, name):
    """The mean final loss lies within two standard errors of the difference to Keras's."""
    run = RUNS[name]
    x, y = arrays(name)
    server.upload(f"run-{name}", x=x, y=y)
    jobs = []
    for seed in range(len(run["keras"]["loss"])):
        model = f"run-{name}-{seed}"
        server.define(model, *run["model"]["layers"], seed=seed)
        server.compile(model, **run["compile"])
        jobs.append(server.start_fit(model, x=f"run-{name}/x", y=f"run-{name}/y", seed=seed, **run["fit"]))
    ends = [server.history(server.end(job))["history"] for job in jobs]
    for key in ("loss", "val_loss"):
        here, keras = np.array([end[key][-1] for end in ends]), np.array(run["keras"][key])
        error = np.sqrt(here.var(ddof=1) / len(here) + keras.var(ddof=1) / len(keras))
        assert abs(here.mean() - keras.mean()) < 2 * error, (
            f"{key}: {here.mean():.4f} ± {here.std(ddof=1):.4f}, Keras has {keras.mean():.4f} ± {keras.std(ddof=1):.4f}"
        )
