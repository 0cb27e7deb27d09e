"""The guide to Keras's Sequential model, row by row, over HTTP."""

import hashlib
import json
import re
import threading

import keras
import numpy as np
import pytest
from fitd import good, layer, npy, npz, problem

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def guide(server):
    """The guide's main program, once: its data, and the fit's job when it has ended."""
    data = RANDOM.random((1000, 100))
    labels = RANDOM.integers(2, size=(1000, 1))
    server.upload("guide-x", data)
    server.upload("guide-y", labels)
    server.define(
        "guide", layer("Dense", units=32, activation="relu", input_dim=100), layer("Dense", units=1, activation="sigmoid")
    )
    server.compile(
        "guide",
        "rmsprop",
        "binary_crossentropy",
        metrics=["accuracy", {"name": "mean_pred", "expression": "K.mean(y_pred)"}],
    )
    job = server.start_fit("guide", x="guide-x", y="guide-y", epochs=10, batch_size=32)
    return data, labels, server.end(job)


def shapes(model):
    return [each["output_shape"] for each in model["layers"]]


# 1. A linear stack of layers, given as a list


def stack():
    layers = [
        keras.Input((32,)),
        keras.layers.Dense(784),
        keras.layers.Activation("relu"),
        keras.layers.Dense(10),
        keras.layers.Activation("softmax"),
    ]
    return keras.Sequential(layers, name="sequential")


KERAS_2 = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            layer("Dense", name="dense", batch_input_shape=[None, 32], dtype="float32", units=784, activation="linear"),
            layer("Activation", name="activation", dtype="float32", activation="relu"),
            layer("Dense", name="dense_1", dtype="float32", units=10, activation="linear"),
            layer("Activation", name="activation_1", dtype="float32", activation="softmax"),
        ],
    },
    "keras_version": "2.15.0",
    "backend": "tensorflow",
}
SHORT = {
    "layers": [
        layer("Dense", input_shape=[32], units=784),
        layer("Activation", activation="relu"),
        layer("Dense", units=10),
        layer("Activation", activation="softmax"),
    ]
}
FLAT = {"layers": [{"class_name": each["class_name"], **each["config"]} for each in SHORT["layers"]]}


@pytest.mark.parametrize("spelling", ["short", "flat", "keras_2", "keras_3"])
def test_01_a_list_of_layers(server, spelling):
    keras.utils.clear_session()
    definition = {
        "short": SHORT,
        "flat": FLAT,
        "keras_2": KERAS_2,
        "keras_3": json.loads(stack().to_json()),
    }[spelling]
    answer = server.put(f"/v1/models/list-{spelling}", json=definition)
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v1/models/list-{spelling}")
    model = answer.json()
    assert [each["class_name"] for each in model["layers"]] == ["Dense", "Activation", "Dense", "Activation"]
    assert shapes(model) == [[None, 784], [None, 784], [None, 10], [None, 10]]
    assert model["input_shape"] == [None, 32] and model["built"] and not model["compiled"]
    assert model["params"] == {"total": 33722, "trainable": 33722, "non_trainable": 0}
    predicted = server.predict(f"list-{spelling}", RANDOM.random((3, 32)))
    assert np.allclose(predicted.sum(axis=1), 1, atol=1e-6)


# 2. …or layer by layer


def test_02_add_and_pop(server):
    assert server.define("adding")["layers"] == []
    good(server.post("/v1/models/adding/layers", json=layer("Dense", units=32, input_shape=[784])))
    model = good(server.post("/v1/models/adding/layers", json={"class_name": "Activation", "activation": "relu"})).json()
    assert shapes(model) == [[None, 32], [None, 32]]
    model = good(server.delete("/v1/models/adding/layers/last")).json()
    assert [each["class_name"] for each in model["layers"]] == ["Dense"]
    assert model["output_shape"] == [None, 32]
    good(server.delete("/v1/models/adding/layers/last"))
    problem(server.delete("/v1/models/adding/layers/last"), 409)


# 3. activation(dot(input, kernel) + bias)


@pytest.mark.parametrize("use_bias", [True, False])
def test_03_dense(server, use_bias):
    name = f"dense-{use_bias}"
    server.define(name, layer("Dense", units=5, activation="tanh", use_bias=use_bias, input_dim=7))
    assert list(server.weights(name)) == (["dense/kernel", "dense/bias"] if use_bias else ["dense/kernel"])
    weights = {"dense/kernel": RANDOM.standard_normal((7, 5)).astype("float32")}
    if use_bias:
        weights["dense/bias"] = RANDOM.standard_normal(5).astype("float32")
    server.set_weights(name, weights)
    x = RANDOM.standard_normal((9, 7)).astype("float32")
    expected = np.tanh(x @ weights["dense/kernel"] + weights.get("dense/bias", 0))
    np.testing.assert_allclose(server.predict(name, x), expected, rtol=1e-5, atol=1e-6)


# 4. The first layer needs an input shape; the others infer theirs


def test_04_shapes_are_inferred(server):
    model = server.define(
        "inferred",
        layer("Dense", units=12, input_shape=[20]),
        layer("Reshape", target_shape=[3, 4]),
        layer("Conv1D", filters=5, kernel_size=2),
        layer("Flatten"),
        layer("Dropout", rate=0.5),
        layer("Dense", units=2),
    )
    assert shapes(model) == [[None, 12], [None, 3, 4], [None, 2, 5], [None, 10], [None, 10], [None, 2]]


def test_04_a_model_without_input_shape_is_built_at_its_first_fit(server):
    model = server.define("deferred", layer("Dense", units=4, activation="relu"), layer("Dense", units=1))
    assert not model["built"] and model["input_shape"] is None
    problem(server.get("/v1/models/deferred/weights"), 409)
    server.compile("deferred")
    server.upload("deferred", x=RANDOM.random((40, 6)), y=RANDOM.random((40, 1)))
    server.fit("deferred", x="deferred/x", y="deferred/y")
    model = good(server.get("/v1/models/deferred")).json()
    assert model["built"] and model["input_shape"] == [None, 6]
    assert {path: w.shape for path, w in server.weights("deferred").items()} == {
        "dense/kernel": (6, 4),
        "dense/bias": (4,),
        "dense_1/kernel": (4, 1),
        "dense_1/bias": (1,),
    }


# 5. None stands for any positive size


def test_05_none_is_any_size(server):
    model = server.define("any", layer("LSTM", units=32, input_shape=[None, 8]), layer("Dense", units=1))
    assert model["input_shape"] == [None, None, 8]
    server.compile("any")
    for steps in (5, 50):
        x = RANDOM.random((12, steps, 8)).astype("float32")
        server.upload("any", x=x, y=RANDOM.random((12, 1)))
        assert len(server.fit("any", x="any/x", y="any/y", epochs=2)["epoch"]) == 2
        assert server.predict("any", "any/x").shape == (12, 1)


# 6. and 7. input_dim and input_length


@pytest.mark.parametrize(
    "first, input_shape, output_shape",
    [
        (layer("Dense", units=32, input_dim=100), [None, 100], [None, 32]),
        (layer("Embedding", input_dim=1000, output_dim=64, input_length=10), [None, 10], [None, 10, 64]),
        (layer("LSTM", units=32, input_dim=64, input_length=10), [None, 10, 64], [None, 32]),
        (layer("Conv1D", filters=8, kernel_size=3, input_dim=64, input_length=10), [None, 10, 64], [None, 8, 8]),
    ],
)
def test_06_07_input_dim_and_input_length(server, first, input_shape, output_shape):
    model = server.define(f"input-dim-{first['class_name']}", first)
    assert model["input_shape"] == input_shape
    assert model["output_shape"] == output_shape


# 8. A fixed batch size, for stateful networks


@pytest.mark.parametrize(
    "spelling",
    [{"batch_size": 32, "input_shape": [6, 8]}, {"batch_input_shape": [32, 6, 8]}, {"batch_shape": [32, 6, 8]}],
    ids=["batch_size", "batch_input_shape", "batch_shape"],
)
def test_08_a_fixed_batch_size(server, spelling):
    name = "fixed-" + next(iter(spelling))
    model = server.define(name, layer("LSTM", units=4, stateful=True, **spelling), layer("Dense", units=1))
    assert model["input_shape"] == [32, 6, 8]
    assert model["output_shape"] == [32, 1]
    server.compile(name)
    x = RANDOM.random((64, 6, 8)).astype("float32")
    server.upload(name, x=x, y=RANDOM.random((64, 1)))
    server.fit(name, x=f"{name}/x", y=f"{name}/y", batch_size=32, shuffle=False)
    problem(server.post(f"/v1/models/{name}/fit", json={"x": f"{name}/x", "y": f"{name}/y", "batch_size": 16}), 422, None, 32, 16)


def test_08_states_carry_over_until_they_are_reset(server):
    server.define("states", layer("LSTM", units=4, stateful=True, batch_input_shape=[2, 3, 5]))
    x = RANDOM.random((2, 3, 5)).astype("float32")
    first = server.predict("states", x, batch_size=2)
    second = server.predict("states", x, batch_size=2)
    assert not np.allclose(first, second)
    assert server.post("/v1/models/states/reset_states").status_code == 204
    np.testing.assert_array_equal(server.predict("states", x, batch_size=2), first)


# 9. to 11. compile


@pytest.mark.parametrize(
    "optimizer, written_out",
    [
        ("rmsprop", layer("RMSprop", learning_rate=0.001, rho=0.9)),
        ("adagrad", layer("Adagrad", learning_rate=0.001)),
        ("sgd", layer("SGD", learning_rate=0.01, momentum=0.0)),
        ("adam", layer("Adam", learning_rate=0.001, beta_1=0.9)),
    ],
)
def test_09_an_optimizer_by_name_is_the_object_with_defaults(server, optimizer, written_out):
    server.upload("optimized", x=RANDOM.random((64, 6)), y=RANDOM.random((64, 1)))
    weights = []
    for value in (optimizer, written_out, layer(written_out["class_name"], learning_rate=0.3)):
        server.define("optimized", layer("Dense", units=4, activation="tanh", input_dim=6), layer("Dense", units=1), seed=3)
        server.compile("optimized", value)
        server.fit("optimized", x="optimized/x", y="optimized/y", epochs=2, seed=1)
        weights.append(server.weights("optimized"))
    by_name, by_object, faster = weights
    assert all(np.array_equal(by_name[key], by_object[key]) for key in by_name)
    assert not np.array_equal(by_name["dense/kernel"], faster["dense/kernel"])


EPSILON = 1e-7


@pytest.mark.parametrize(
    "loss, activation, labels, formula",
    [
        (
            "categorical_crossentropy",
            "softmax",
            np.eye(3)[RANDOM.integers(0, 3, 50)],
            lambda y, p: -(y * np.log(p)).sum(axis=1).mean(),
        ),
        (
            "binary_crossentropy",
            "sigmoid",
            RANDOM.integers(0, 2, (50, 3)).astype(float),
            lambda y, p: -(y * np.log(p + EPSILON) + (1 - y) * np.log(1 - p + EPSILON)).mean(),
        ),
        ("mse", "linear", RANDOM.random((50, 3)), lambda y, p: ((y - p) ** 2).mean()),
        (
            "sparse_categorical_crossentropy",
            "softmax",
            RANDOM.integers(0, 3, 50),
            lambda y, p: -np.log(p[np.arange(50), y]).mean(),
        ),
    ],
)
def test_10_a_loss_by_name(server, loss, activation, labels, formula):
    name = f"loss-{loss}"
    server.upload(name, x=RANDOM.random((50, 4)), y=labels)
    server.define(name, layer("Dense", units=3, activation=activation, input_dim=4))
    server.compile(name, "sgd", loss)
    got = good(server.post(f"/v1/models/{name}/evaluate", json={"x": f"{name}/x", "y": f"{name}/y"})).json()
    assert list(got) == ["loss"]
    assert got["loss"] == pytest.approx(formula(labels, server.predict(name, f"{name}/x").astype(float)), rel=1e-4)


@pytest.mark.parametrize(
    "loss, activation, units, labels, formula",
    [
        ("binary_crossentropy", "sigmoid", 1, RANDOM.integers(0, 2, (60, 1)), lambda y, p: ((p > 0.5) == y).mean()),
        (
            "categorical_crossentropy",
            "softmax",
            4,
            np.eye(4)[RANDOM.integers(0, 4, 60)],
            lambda y, p: (p.argmax(1) == y.argmax(1)).mean(),
        ),
        (
            "sparse_categorical_crossentropy",
            "softmax",
            4,
            RANDOM.integers(0, 4, 60),
            lambda y, p: (p.argmax(1) == y).mean(),
        ),
    ],
    ids=["binary", "categorical", "sparse"],
)
def test_11_accuracy_means_what_the_loss_makes_it(server, loss, activation, units, labels, formula):
    name = f"accuracy-{loss}"
    server.upload(name, x=RANDOM.standard_normal((60, 5)), y=labels)
    server.define(name, layer("Dense", units=units, activation=activation, input_dim=5))
    server.compile(name, "sgd", loss, metrics=["accuracy"])
    got = good(server.post(f"/v1/models/{name}/evaluate", json={"x": f"{name}/x", "y": f"{name}/y"})).json()
    assert set(got) == {"loss", "accuracy"}
    assert got["accuracy"] == pytest.approx(formula(labels, server.predict(name, f"{name}/x")), abs=1e-6)


# 12. A metric of the user's own


def test_12_an_expression_is_a_metric(server, guide):
    _, _, job = guide
    assert len(server.history(job)["history"]["mean_pred"]) == 10
    assert "mean_pred" in job["result"]["logs"]
    got = good(server.post("/v1/models/guide/evaluate", json={"x": "guide-x", "y": "guide-y"})).json()
    predicted = server.predict("guide", "guide-x").astype(float)
    # Of a function that gives one number a batch, Keras averages those numbers, whatever the batches' sizes.
    batches = [predicted[start : start + 32].mean() for start in range(0, 1000, 32)]
    assert got["mean_pred"] == pytest.approx(np.mean(batches), rel=1e-5)


# 13. NumPy arrays


def test_13_numpy_arrays(server, guide):
    data, labels, _ = guide
    for name, array, dtype in (("guide-x", data, "float64"), ("guide-y", labels, "int64")):
        described = good(server.get(f"/v1/datasets/{name}")).json()
        assert described["arrays"] == [{"name": name, "dtype": dtype, "shape": list(array.shape)}]
        assert described["sha256"] == hashlib.sha256(npy(array)).hexdigest()
        assert described["bytes"] == len(npy(array))
        assert good(server.get(f"/v1/datasets/{name}/arrays/{name}")).content == npy(array)


def test_13_npz(server):
    arrays = {"data": RANDOM.random((10, 3)), "labels": RANDOM.integers(2, size=(10, 1))}
    good(server.put("/v1/datasets/bundle", data=npz(**arrays)))
    described = good(server.get("/v1/datasets/bundle")).json()
    assert described["arrays"] == [
        {"name": "data", "dtype": "float64", "shape": [10, 3]},
        {"name": "labels", "dtype": "int64", "shape": [10, 1]},
    ]
    for name, array in arrays.items():
        assert good(server.get(f"/v1/datasets/bundle/arrays/{name}")).content == npy(array)


# 14. to 16. fit, what it prints, and what it returns


def test_14_fit_trains_for_epochs_in_batches(server, guide):
    data, labels, job = guide
    assert job["progress"]["epoch"] == job["progress"]["epochs"] == 10
    assert job["progress"]["steps"] == 32
    assert job["progress"]["fraction"] == 1
    losses = server.history(job)["history"]["loss"]
    assert losses[-1] < losses[0]


BAR = re.compile(r"^32/32 ━+ \d+s \d+(us|ms|s)/step( - \w+: \S+)+$")


def test_15_prints_each_epoch_as_keras_does(server, guide):
    _, _, job = guide
    text = good(server.get(f"/v1/jobs/{job['id']}/events", headers={"Accept": "text/plain"})).content.decode()
    # A bar is drawn over the one before it; what stands at the line's end is what the eye keeps.
    lines = [line.split("\r")[-1].rstrip() for line in text.split("\n") if line]
    epochs = [line for line in lines if line.startswith("Epoch ")]
    assert epochs == [f"Epoch {n}/10" for n in range(1, 11)]
    for index, line in enumerate(lines):
        if line.startswith("Epoch "):
            assert BAR.match(lines[index + 1]), lines[index + 1]
    history = server.history(job)["history"]
    for name in ("accuracy", "loss", "mean_pred"):
        assert f"{name}: {history[name][-1]:.4f}" in lines[-1]


def test_15_live(server):
    """The first epochs are there while later ones have yet to run."""
    server.upload("live", x=RANDOM.random((4096, 64)), y=RANDOM.random((4096, 1)))
    server.define("live", layer("Dense", units=64, activation="relu", input_dim=64), layer("Dense", units=1))
    server.compile("live")
    job = server.start_fit("live", x="live/x", y="live/y", epochs=100000)
    with server.get(f"/v1/jobs/{job['id']}/events", headers={"Accept": "text/plain"}, stream=True) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(line for line in lines if line.startswith("Epoch ")) == "Epoch 1/100000"
        assert next(line for line in lines if line.startswith("Epoch ")) == "Epoch 2/100000"
        assert good(server.get(f"/v1/jobs/{job['id']}")).json()["status"] == "running"
        assert server.post(f"/v1/jobs/{job['id']}/cancel").status_code == 202
        closed = threading.Event()
        threading.Thread(target=lambda: (list(lines), closed.set()), daemon=True).start()
        assert closed.wait(30), "the stream goes on after the job has ended"
    server.end(job, wanted="cancelled")


def test_16_returns_a_history(server, guide):
    _, _, job = guide
    history = server.history(job)
    assert history["epoch"] == list(range(10))
    assert set(history["history"]) == {"loss", "accuracy", "mean_pred"}
    assert all(len(values) == 10 for values in history["history"].values())
    assert history["params"] == {"epochs": 10, "steps": 32, "batch_size": 32}
    rows = good(server.get(f"/v1/jobs/{job['id']}/history", headers={"Accept": "text/csv"})).text.splitlines()
    assert rows[0].split(",")[0] == "epoch" and len(rows) == 11
    assert float(rows[10].split(",")[rows[0].split(",").index("loss")]) == history["history"]["loss"][9]
