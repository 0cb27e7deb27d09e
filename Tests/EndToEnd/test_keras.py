"""What goes to Keras and comes from it: definitions, weights, summaries, and the computed cases."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from fitd import ROOT, good, layer

RANDOM = np.random.default_rng(2)
FIXTURES = ROOT / "Tests/Fixtures/Keras"


@pytest.fixture
def model():
    keras.utils.clear_session()
    return keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            keras.layers.Embedding(50, 8),
            keras.layers.Conv1D(6, 3, activation="relu"),
            keras.layers.LSTM(5),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(3, "softmax"),
        ]
    )


def test_from_keras_and_back(server, model):
    """A model of Keras's predicts the same here; what is here, Keras reads and predicts the same."""
    x = RANDOM.integers(0, 50, (7, 10))
    expected = model.predict(x, verbose=0)
    good(server.put("/v1/models/from-keras", json=json.loads(model.to_json())))
    server.set_weights("from-keras", model.get_weights())
    np.testing.assert_allclose(server.predict("from-keras", x), expected, rtol=1e-5, atol=1e-6)

    weights = server.weights("from-keras")
    assert list(weights) == [variable.path.removeprefix(model.name + "/") for variable in model.weights]
    back = keras.models.model_from_json(good(server.get("/v1/models/from-keras/config")).text)
    back.set_weights(list(weights.values()))
    np.testing.assert_allclose(back.predict(x, verbose=0), expected, rtol=1e-6)


def test_expressions_are_functions_to_keras(server):
    """What is an expression here, Keras reads as a function by its name, and predicts the same."""
    swish = {"name": "swish2", "expression": "x * K.sigmoid(x)"}
    server.define(
        "expressions",
        layer("Dense", units=4, input_dim=3, activation=swish, kernel_regularizer={"name": "l3", "expression": "K.sum(K.abs(x) ** 3)"}),
        layer("Lambda", expression="x[:, :2] - scale * x[:, 2:]", arguments={"scale": 0.5}),
    )
    config = good(server.get("/v1/models/expressions/config")).json()
    good(server.put("/v1/models/expressions-again", json=config))
    functions = {
        "swish2": lambda x: x * keras.ops.sigmoid(x),
        "l3": lambda x: keras.ops.sum(keras.ops.abs(x) ** 3),
        "expression": lambda x, scale: x[:, :2] - scale * x[:, 2:],
    }
    back = keras.models.model_from_json(json.dumps(config), custom_objects=functions)
    weights = server.weights("expressions")
    back.set_weights(list(weights.values()))
    server.set_weights("expressions-again", weights)
    x = RANDOM.random((5, 3))
    expected = back.predict(x, verbose=0)
    for name in ("expressions", "expressions-again"):
        np.testing.assert_allclose(server.predict(name, x), expected, rtol=1e-5, atol=1e-6)


def test_config_is_what_keras_prints(server, model):
    written = json.loads(model.to_json())
    good(server.put("/v1/models/config", json=written))
    assert good(server.get("/v1/models/config/config")).json() == written


def test_weights_by_name_and_by_position(server):
    server.define("named", layer("Dense", units=3, input_dim=2), layer("Dense", units=1))
    weights = {name: RANDOM.standard_normal(w.shape).astype("float32") for name, w in server.weights("named").items()}
    server.set_weights("named", dict(reversed(weights.items())))
    assert all(np.array_equal(w, weights[name]) for name, w in server.weights("named").items())
    server.set_weights("named", [w + 1 for w in weights.values()])
    assert all(np.array_equal(w, weights[name] + 1) for name, w in server.weights("named").items())


def test_summary_is_what_keras_prints(server, model):
    good(server.put("/v1/models/summary", json=json.loads(model.to_json())))
    lines = []
    model.summary(print_fn=lambda text, **_: lines.append(text))
    printed = good(server.get("/v1/models/summary/summary")).content.decode()
    assert printed.splitlines() == "\n".join(lines).splitlines()
    content = good(server.get("/v1/models/summary/summary", headers={"Accept": "application/json"})).json()
    assert [each["params"] for each in content["layers"]] == [each.count_params() for each in model.layers]
    assert content["params"]["total"] == model.count_params()


def test_computed_cases(server):
    """Every case but those that pending.txt names agrees with Keras."""
    run = subprocess.run(
        [sys.executable, FIXTURES / "run.py", "--url", server.url], capture_output=True, text=True, timeout=900
    )
    print(run.stdout[-10000:], run.stderr[-2000:])
    assert run.returncode == 0
    assert run.stdout.splitlines()[-1].endswith(" passed, 0 failed")


def test_pending_cases_exist():
    lines = (FIXTURES / "pending.txt").read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    assert len(names) == len(set(names))
    assert {name for name in names if not (FIXTURES / "cases" / name / "case.json").exists()} == set()
