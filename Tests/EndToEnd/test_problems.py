"""What a client can get wrong: each answer names the place and the fix, and none becomes a job or a resource."""

import concurrent.futures
import io
import pickle

import numpy as np
import pytest
from fitd import good, layer, npy, npz, problem

RANDOM = np.random.default_rng(1)


@pytest.fixture(scope="module")
def wrong(server):
    """A compiled model [None, 4] → [None, 3], and data for it; no test in this file makes a job."""
    server.upload("wrong", x=RANDOM.random((20, 4)), y=np.eye(3)[RANDOM.integers(0, 3, 20)])
    server.define("wrong", layer("Dense", units=3, activation="softmax", input_dim=4))
    server.compile("wrong", "sgd", "categorical_crossentropy")
    yield server
    jobs = good(server.get("/v1/jobs?model=wrong")).json()["items"]
    assert [job["type"] for job in jobs] == ["compile"]


def test_an_unknown_layer_with_a_near_name(server):
    body = {"layers": [layer("Flatten", input_shape=[4]), layer("Dens", units=3)]}
    problem(server.put("/v1/models/unknown", json=body), 422, "/layers/1/class_name", "Dens", "Dense")
    problem(server.get("/v1/models/unknown"), 404)


def test_every_fault_is_listed_at_once(server):
    body = {"layers": [layer("Dense", units=0, input_dim=4), layer("Dense", units=3, activation="rellu")]}
    answer = server.put("/v1/models/unknown", json=body)
    problem(answer, 422, "/layers/0/config/units")
    problem(answer, 422, "/layers/1/config/activation", "rellu", "relu")


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, "complex64"),
        np.array(["a", "b"]),
        np.zeros(3, "datetime64[ns]"),
        np.zeros(3, [("a", "f4")]),
    ],
    ids=["complex", "string", "time", "structured"],
)
def test_a_wrong_dtype(server, array):
    problem(server.put("/v1/datasets/wrong-dtype", data=npy(array)), 422)
    problem(server.put("/v1/datasets/wrong-dtype", data=npz(x=np.zeros(3), y=array)), 422)
    problem(server.get("/v1/datasets/wrong-dtype"), 404)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickled_npy_is_never_loaded(server, tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
    problem(server.put("/v1/datasets/pickled", data=buffer.getvalue()), 422)
    problem(server.get("/v1/datasets/pickled"), 404)
    assert server.put("/v1/datasets/pickled", data=pickle.dumps(Trap(tmp_path / "sprung"))).status_code in (400, 415, 422)
    assert not (tmp_path / "sprung").exists()


def test_mismatched_rows(wrong):
    wrong.upload("short", np.eye(3)[RANDOM.integers(0, 3, 19)])
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wrong/x", "y": "short"}), 422, "/y", 20, 19)
    problem(wrong.post("/v1/models/wrong/evaluate", json={"x": "wrong/x", "y": "short"}), 422, "/y", 20, 19)


def test_an_input_of_another_shape(wrong):
    wrong.upload("wide", RANDOM.random((20, 5)))
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wide", "y": "wrong/y"}), 422, "/x", 4, 5)
    problem(wrong.post("/v1/models/wrong/predict", json={"x": [[1, 2, 3, 4, 5]]}), 422, "/x", 4, 5)


def test_a_loss_that_does_not_fit_the_output_shape(wrong):
    wrong.upload("four-classes", np.eye(4)[RANDOM.integers(0, 4, 20)])
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wrong/x", "y": "four-classes"}), 422, "/y", 3, 4)


def test_a_missing_dataset(wrong):
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "nowhere", "y": "wrong/y"}), 422, "/x", "nowhere")
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wrong/x", "y": "wrong/z"}), 422, "/y", "z")
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wrong", "y": "wrong/y"}), 422, "/x", "wrong/x")
    problem(wrong.get("/v1/datasets/nowhere"), 404)


def test_fit_before_compile(server):
    server.define("uncompiled", layer("Dense", units=1, input_dim=2))
    body = {"x": [[1, 2]], "y": [[1]]}
    problem(server.post("/v1/models/uncompiled/fit", json=body), 409, None, "compile")
    problem(server.post("/v1/models/uncompiled/evaluate", json=body), 409, None, "compile")
    assert good(server.get("/v1/jobs?model=uncompiled")).json()["items"] == []


@pytest.mark.parametrize(
    "body, pointer, words",
    [
        ({"loss": "mse", "optimizer": "rmsprob"}, "/optimizer", ["RMSprop"]),
        ({"loss": "categorical_crosentropy"}, "/loss", ["CategoricalCrossentropy"]),
        ({"loss": "mse", "metrics": ["acuracy"]}, "/metrics/0", ["accuracy"]),
        ({"loss": "mse", "optimizer": layer("SGD", learning_rate=-1)}, "/optimizer/config/learning_rate", []),
        ({"loss": "mse", "optimizer": layer("SGD", learningrate=0.1)}, "/optimizer/config/learningrate", ["learning_rate"]),
        ({"loss": "mse", "metric": ["mae"]}, "/metric", ["metrics"]),
        ({"loss": "mse", "metrics": [{"name": "m", "expression": "K.maen(y_pred)"}]}, "/metrics/0/expression", ["mean"]),
        ({"optimizer": "sgd"}, "/loss", []),
    ],
)
def test_a_wrong_compile(wrong, body, pointer, words):
    problem(wrong.post("/v1/models/wrong/compile", json=body), 422, pointer, *words)


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"epochs": -1}, "/epochs"),
        ({"epochs": 10**12}, "/epochs"),
        ({"batch_size": 0}, "/batch_size"),
        ({"batch_size": 2.5}, "/batch_size"),
        ({"validation_split": 1.0}, "/validation_split"),
        ({"epoch": 3}, "/epoch"),
        ({"callbacks": [layer("EarlyStoping")]}, "/callbacks/0/class_name"),
        ({"shuffle": "yes"}, "/shuffle"),
        ({"sample_weight": [1, 2]}, "/sample_weight"),
    ],
)
def test_a_wrong_fit(wrong, body, pointer):
    problem(wrong.post("/v1/models/wrong/fit", json={"x": "wrong/x", "y": "wrong/y", **body}), 422, pointer)


def test_json_that_is_none(wrong):
    json = {"Content-Type": "application/json"}
    problem(wrong.put("/v1/models/none", data='{"layers": [', headers=json), 400)
    problem(wrong.put("/v1/models/none", data='{"layers": [], "layers": []}', headers=json), 400)
    problem(wrong.put("/v1/models/none", data="[]", headers=json), 422)
    problem(wrong.put("/v1/models/none", json={"layers": []}, headers={"Content-Type": "text/plain"}), 415, None, "application/json")


@pytest.mark.parametrize("path", ["/v1/models/none", "/v1/datasets/none", "/v1/jobs/job_01K4QZ8Y3M7T2N5V9X0B6C1D4E", "/v2"])
def test_what_is_not_there(server, path):
    problem(server.get(path), 404)


def test_a_method_that_a_path_does_not_have(server):
    answer = server.call("PATCH", "/v1/models")
    problem(answer, 405)
    assert {"GET", "HEAD", "POST"} <= {method.strip() for method in answer.headers["Allow"].split(",")}


def test_a_form_that_is_not_there(wrong):
    problem(wrong.get("/v1/models/wrong/summary", headers={"Accept": "image/png"}), 406, None, "text/plain")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=ten", "status=done", "type=train"])
def test_a_wrong_query(server, query):
    problem(server.get(f"/v1/jobs?{query}"), 400)


def test_two_models_with_one_name_at_once(server):
    definitions = [{"name": "twin", "layers": [layer("Dense", units=n + 1, input_dim=2)]} for n in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: server.post("/v1/models", json=body), definitions))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    made = next(answer for answer in answers if answer.status_code == 201).json()
    assert good(server.get("/v1/models/twin")).json()["output_shape"] == made["output_shape"]
    problem(next(answer for answer in answers if answer.status_code == 409), 409, None, "twin")


def test_a_busy_model_is_not_changed(server):
    server.upload("busy", x=RANDOM.random((4096, 64)), y=RANDOM.random((4096, 1)))
    server.define("busy", layer("Dense", units=64, activation="relu", input_dim=64), layer("Dense", units=1))
    server.compile("busy")
    weights = npz(*server.weights("busy").values())
    job = server.start_fit("busy", x="busy/x", y="busy/y", epochs=100000)
    problem(server.put("/v1/models/busy", json={"layers": []}), 409)
    problem(server.delete("/v1/models/busy"), 409)
    problem(server.delete("/v1/datasets/busy"), 409)
    problem(server.post("/v1/models/busy/layers", json=layer("Flatten")), 409)
    problem(server.delete("/v1/models/busy/layers/last"), 409)
    problem(server.post("/v1/models/busy/reset_states"), 409)
    problem(server.put("/v1/models/busy/weights", data=weights, headers={"Content-Type": "application/x-npz"}), 409)
    problem(server.delete(f"/v1/jobs/{job['id']}"), 409)
    assert server.post(f"/v1/jobs/{job['id']}/cancel").status_code == 202
    job = server.end(job, wanted="cancelled")
    problem(server.post(f"/v1/jobs/{job['id']}/cancel"), 409)
    assert server.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert server.delete("/v1/models/busy").status_code == 204
    assert server.delete("/v1/datasets/busy").status_code == 204
