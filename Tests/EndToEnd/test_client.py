"""`fitd` as a client: the built command in a terminal and in scripts, against servers that run."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import keras
import numpy as np
import pytest
from fitd import BINARY, good, layer, npy
from test_access import certify, token

RANDOM = np.random.default_rng(11)
X = RANDOM.random((1000, 100))
Y = RANDOM.integers(2, size=(1000, 1))
GUIDE = {
    "layers": [
        layer("Dense", units=32, activation="relu", input_dim=100),
        layer("Dense", units=1, activation="sigmoid"),
    ]
}
COMPILE = ("--optimizer", "rmsprop", "--loss", "binary_crossentropy", "--metrics", "accuracy")


class Command:
    """The command with a server's address in its environment."""

    def __init__(self, url, folder, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FITD_")}
        self.environment = {**kept, "FITD_URL": url, "TERM": "xterm", **environment}
        self.folder = folder

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [BINARY, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def __call__(self, *arguments, code=0, **options):
        """What the command prints; with a code that is not 0, what it says on standard error."""
        run = subprocess.run(
            [BINARY, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            **options,
        )
        assert run.returncode == code, f"{run.returncode}: {run.stdout[-2000:]} {run.stderr[-2000:]}"
        if code == 0:
            assert run.stderr == ""
            return run.stdout
        return run.stderr

    def json(self, *arguments):
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def command(server, tmp_path):
    return Command(server.url, tmp_path)


@pytest.fixture
def guide(command, tmp_path, request):
    """The guide's model, compiled, under a name of the test's own; its data are client-x and client-y."""
    np.save(tmp_path / "client-x.npy", X)
    np.save(tmp_path / "client-y.npy", Y)
    (tmp_path / "model.json").write_text(json.dumps(GUIDE))
    name = request.node.name.replace("_", "-")[:100]
    command("upload", "client-x.npy", "client-y.npy")
    command("define", name, "model.json")
    command("compile", name, *COMPILE)
    return name


def terminal(command, *arguments, columns=200):
    """What the command writes to a terminal of so many columns, and its exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [BINARY, *arguments], env=command.environment, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(ours)
    return output.decode().replace("\r\n", "\n"), process.wait(60)


def timeless(text):
    """Without what a clock says: seconds, and the time of a step."""
    return re.sub(r"\d+s(.{0,5}) \d+[mu]?s/step", r"T\1 T/step", text)


def screen(line):
    """A line as a terminal shows it once all is written."""
    cells = []
    column = 0
    for character in re.sub(r"\x1b\[\d+m", "", line):
        if character == "\r":
            column = 0
            continue
        cells[column : column + 1] = [character]
        column += 1
    return "".join(cells).rstrip()


def test_the_round_trip(server, command, tmp_path):
    np.savez(tmp_path / "data.npz", x=X, y=Y)
    assert command("upload", "data.npz", "--name", "trip") == "trip: x float64 [1000, 100], y int64 [1000, 1]\n"
    assert command("define", "trip", "-", input=json.dumps(GUIDE)) == "trip: 2 layers, 3265 parameters, [?, 100] to [?, 1]\n"
    assert command("compile", "trip", *COMPILE) == "trip is compiled.\n"

    output = command("fit", "trip", "--x", "trip/x", "--y", "trip/y", "--epochs", "3", "--batch-size", "50", "--follow")
    lines = output.splitlines()
    assert lines[::2] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    for line in lines[1::2]:
        assert re.fullmatch(r"20/20 - \d+s - \d+[mu]?s/step - accuracy: 0\.\d{4} - loss: 0\.\d{4}", line), line

    np.save(tmp_path / "few.npy", X[:3])
    expected = server.predict("trip", X[:3])
    assert command("predict", "trip", "--x", "few.npy", "-o", "out.npy") == ""
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)
    printed = [json.loads(line) for line in command("predict", "trip", "--x", "few.npy").splitlines()]
    np.testing.assert_allclose(printed, expected, rtol=1e-6)
    assert np.shape(command.json("predict", "trip", "--x", "trip/x", "--batch-size", "100")["predictions"]) == (1000, 1)

    evaluated = command.json("evaluate", "trip", "--x", "trip/x", "--y", "trip/y")
    assert f"loss: {evaluated['loss']:.4f}\n" in command("evaluate", "trip", "--x", "trip/x", "--y", "trip/y")
    assert "Trainable params: 3,265 (" in command("summary", "trip")
    assert re.search(r"^trip +yes +2 layers, 3265 parameters", command("models"), re.MULTILINE)
    assert "x float64 [1000, 100], y int64 [1000, 1]" in command("datasets")

    job = command.json("jobs", "--model", "trip", "--type", "fit")["items"][0]
    history = server.history(job)["history"]
    table = command("history", job["id"]).splitlines()
    assert table[0].startswith("epoch,accuracy,loss") and len(table) == 4
    assert command.json("history", job["id"])["history"] == history
    row = next(line for line in command("jobs").splitlines() if line.startswith(job["id"]))
    assert row.split()[:5] == [job["id"], "fit", "trip", "succeeded", "3/3"]

    command("weights", "trip", "--output", "trip.npz")
    zeros = [np.zeros_like(array) for array in np.load(tmp_path / "trip.npz").values()]
    np.savez(tmp_path / "zeros.npz", *zeros)
    command("weights", "trip", "--set", "zeros.npz")
    assert command("predict", "trip", "--x", "few.npy") == "[0.5]\n" * 3

    for kind, name in (("job", job["id"]), ("model", "trip"), ("dataset", "trip")):
        command("delete", kind, name)
    assert server.get("/v1/models/trip").status_code == 404


def test_each_argument_reaches_the_job(server, command, guide):
    job = command.json(
        *("fit", guide, "--x", "client-x", "--y", "client-y", "--epochs", "40", "--batch-size", "100"),
        *("--validation-split", "0.2", "--initial-epoch", "2", "--seed", "5", "--no-shuffle"),
        *("--class-weight", '{"0": 1.0, "1": 2.0}', "--callback", "TerminateOnNaN"),
        *("--callback", '{"class_name": "EarlyStopping", "config": {"monitor": "val_loss", "min_delta": 10}}'),
    )
    assert job["status"] in ("queued", "running", "succeeded")
    command("watch", job["id"])
    history = server.history(job)
    # No loss falls by 10, so that the second epoch is the last.
    assert history["epoch"] == [2, 3]
    assert set(history["history"]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert history["params"] == {"epochs": 40, "steps": 8, "batch_size": 100}
    other = command.json(
        *("fit", guide, "--x", "client-x", "--y", "client-y", "--validation-x", "client-x", "--validation-y", "client-y"),
        *("--steps-per-epoch", "3", "--validation-freq", "1", "--sample-weight", "client-y"),
    )
    assert server.end(other)["progress"]["steps"] == 3
    assert "val_loss" in server.history(other)["history"]


def test_a_metric_of_the_users_own(server, command, guide):
    command("compile", guide, "--loss", "mse", "--metrics", "mae", '{"name": "mean_pred", "expression": "K.mean(y_pred)"}')
    output = command("fit", guide, "--x", "client-x", "--y", "client-y", "--follow")
    assert re.search(r"- mae: \S+ - mean_pred: \S+$|- mean_pred: \S+", output)


def test_the_bar_is_that_of_keras(server, command, guide, capsys):
    job = command("fit", guide, "--x", "client-x", "--y", "client-y", "--epochs", "2").strip()
    assert re.fullmatch(r"job_[0-9A-Z]{26}", job)
    server.end({"id": job, "status": "queued"})
    output, code = terminal(command, "watch", job)
    assert code == 0
    lines = output.split("\n")
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2" and lines[4:] == [""]
    for number, line in ((1, lines[1]), (2, lines[3])):
        logs = next(
            event["data"]["logs"] for event in server.events({"id": job})
            if event["event"] == "epoch_end" and event["data"]["epoch"] == number
        )
        bar = keras.utils.Progbar(32, stateless_metrics=[])
        bar._dynamic_display = True
        capsys.readouterr()
        bar.update(32, list(logs.items()), finalize=True)
        # Keras colours the part of no length that is left, too.
        expected = capsys.readouterr().out.strip("\r\n").replace("\x1b[37m\x1b[0m", "")
        assert timeless(line.split("\r")[-1].rstrip()) == timeless(expected)


def slow(server, command, name):
    """A fit of long epochs of many batches, which runs for as long as it is let."""
    wide = [layer("Dense", units=1024, activation="relu") for _ in range(2)]
    server.define(name, layer("InputLayer", batch_shape=[None, 100]), *wide, layer("Dense", units=1))
    server.compile(name, "sgd")
    return command("fit", name, "--x", "client-x", "--y", "client-y", "--epochs", "1000000", "--batch-size", "1").strip()


def test_the_bar_is_drawn_in_place_and_fits_the_terminal(server, command, guide):
    job = slow(server, command, "in-place")
    while [event["event"] for event in server.events({"id": job}, params={"follow": "false"})].count("batch") < 8:
        time.sleep(0.2)
    command("cancel", job)
    wide, code = terminal(command, "watch", job)
    assert code == 6
    drawn = [line for line in wide.split("\n") if "\r" in line]
    assert drawn and drawn[0].startswith("\x1b[1m")
    assert any("\x1b[32m━" in line and "\x1b[37m━" in line for line in drawn)
    narrow, _ = terminal(command, "watch", job, columns=40)
    for line in narrow.split("\n"):
        unfinished = re.sub(r"\x1b\[\d+m", "", line).split("\r")[:-1]
        assert all(len(drawing.rstrip()) < 40 for drawing in unfinished)
    plain, _ = terminal(Command(server.url, command.folder, NO_COLOR="1"), "watch", job)
    assert "\x1b" not in plain and "\r" in plain
    assert [screen(line) for line in plain.split("\n")][0] == "Epoch 1/1000000"


def test_columns_of_a_table(command, tmp_path):
    (tmp_path / "table.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    said = command("upload", "table.csv", "--columns", "a,b", "--label", "c")
    assert said == "table: x int64 [2, 2], y int64 [2]\n"
    assert "--name goes with one file" in command("upload", "table.csv", "table.csv", "--name", "two", code=64)


def test_json_for_scripts(server, command, guide):
    job = command.json("fit", guide, "--x", "client-x", "--y", "client-y", "--epochs", "2")
    events = [json.loads(line) for line in command("watch", job["id"], "--json").splitlines()]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert events == server.events(job)
    assert command.json("jobs", "--status", "succeeded", "--limit", "1")["items"][0]["id"] == job["id"]
    assert command.json("upload", "client-x.npy")["arrays"][0]["shape"] == [1000, 100]


def test_a_cancelled_job(server, command, guide):
    job = slow(server, command, "cancelled")
    watching = command.start("watch", job)
    while not server.get(f"/v1/jobs/{job}").json()["progress"]:
        time.sleep(0.05)
    command("cancel", job)
    _, said = watching.communicate(timeout=60)
    assert watching.returncode == 6 and said == f"fitd: {job} is cancelled.\n"
    assert "has been cancelled already" in command("cancel", job, code=2)


def test_a_job_that_fails(launch, tmp_path):
    server = launch("short", "--max-job-time", "1s")
    command = Command(server.url, tmp_path)
    server.upload("client-x", X)
    server.upload("client-y", Y)
    job = slow(server, command, "late")
    said = command("watch", job, code=5)
    error = good(server.get(f"/v1/jobs/{job}")).json()["error"]
    assert said == f"fitd: {job} failed: {error['detail']}\n"


def test_a_problem_is_said_plainly(command, guide, tmp_path):
    assert command("fit", "nobody", "--x", "a", "--y", "b", code=2) == "fitd: There is no model named 'nobody'.\n"
    said = command("fit", guide, "--x", "nothing", "--y", "client-y", "--epochs=-1", "--batch-size=0", code=2)
    assert "\n  /batch_size: " in said and "\n  /epochs: " in said and "{" not in said
    said = command("fit", guide, "--x", "nothing", "--y", "client-y", code=2)
    assert said == "fitd: There is no dataset named 'nothing'. Upload it first.\n  at /x\n"
    (tmp_path / "wrong.json").write_text('{"layers": [{"class_name": "Dens", "config": {"units": 1}}]}')
    assert "Did you mean 'Dense'" in command("define", "wrong", "wrong.json", code=2)
    (tmp_path / "text.npy").write_text("no array")
    command("upload", "text.npy", code=2)
    assert command("upload", "missing.npy", code=1) == "fitd: missing.npy cannot be read: No such file or directory.\n"
    assert command("upload", ".", "--name", "folder", code=1) == "fitd: . is no file.\n"
    assert "cannot be written" in command("weights", guide, "-o", "missing/w.npz", code=1)
    assert "--loss" in command("compile", guide, code=64)
    assert "belong together" in command("fit", guide, "--x", "a", "--y", "b", "--validation-x", "a", code=64)


def test_no_server(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = Command(url, tmp_path)
    assert command("jobs", code=4) == f"fitd: Cannot connect to {url}: Connection refused.\n"
    assert "nowhere.invalid" in command("jobs", "--url", "http://nowhere.invalid", code=4)
    assert "FITD_URL" in Command("ftp://x", tmp_path)("jobs", code=64)
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=lambda: other.accept()[0].sendall(b"SSH-2.0-OpenSSH\r\n"), daemon=True).start()
        assert "does not speak HTTP" in command("jobs", "--url", f"127.0.0.1:{other.getsockname()[1]}", code=4)


def test_tokens(launch, tmp_path):
    secret = token(tmp_path / "tokens", "me", "read")
    server = launch("closed", "--token-file", str(tmp_path / "tokens"))
    command = Command(server.url, tmp_path)
    assert "Authorization" in command("jobs", code=2)
    assert command("jobs", "--token", secret).startswith("JOB")
    knowing = Command(server.url, tmp_path, FITD_TOKEN=secret)
    assert knowing("jobs").startswith("JOB")
    knowing("jobs", "--token", "wrong", code=2)
    # A file that is not wanted does not go over the wire first: this one would take a while.
    with open(tmp_path / "large.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (1 << 31,)})
        file.truncate(8 << 31)
    began = time.monotonic()
    assert "scope" in knowing("upload", "large.npy", code=2)
    assert time.monotonic() - began < 5


def test_tls(launch, tmp_path):
    certify(tmp_path, "fitd")
    pem = tmp_path / "certificate.pem"
    server = launch("tls", "--tls-cert", str(pem), "--tls-key", str(tmp_path / "key.pem"))
    server_port = server.url.rsplit(":", 1)[1]
    command = Command(f"https://localhost:{server_port}", tmp_path)
    assert command("jobs", "--cacert", pem).startswith("JOB")
    assert "not trusted" in command("jobs", code=4)
    assert "not trusted" in command("jobs", "--url", f"https://127.1:{server_port}", "--cacert", pem, code=4)
    assert Command(command.environment["FITD_URL"], tmp_path, FITD_CACERT=str(pem))("models").startswith("MODEL")
    assert "authorities missing.pem cannot be read" in command("jobs", "--cacert", "missing.pem", code=1)
    np.save(tmp_path / "big.npy", np.zeros((1 << 20, 4)))
    assert command("upload", "big.npy", "--cacert", pem) == "big: big float64 [1048576, 4]\n"


def test_an_upload_takes_no_memory(server, command, tmp_path):
    np.lib.format.open_memmap(tmp_path / "large.npy", "w+", np.uint8, (400 << 20,)).flush()
    run = subprocess.run(
        ["bash", "-c", f'ulimit -v 300000; exec "{BINARY}" upload large.npy'],
        env=command.environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )
    assert (run.returncode, run.stdout) == (0, "large: large uint8 [419430400]\n"), run.stderr
    command("delete", "dataset", "large")


def test_watching_goes_on_after_a_crash(launch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = launch("crash", "--port", str(port), "--threads", "1")
    command = Command(server.url, tmp_path)
    server.upload("x", RANDOM.random((3000, 100)))
    server.upload("y", RANDOM.random((3000, 1)))
    server.define("m", layer("Dense", units=512, activation="relu", input_dim=100), layer("Dense", units=1))
    server.compile("m")
    job = command("fit", "m", "--x", "x", "--y", "y", "--epochs", "40", "--batch-size", "8").strip()
    watching = command.start("watch", job, "--json")
    # A command that has never reached the server gives up at once.
    while "fitd_event_streams 1" not in server.get("/metrics").text:
        time.sleep(0.02)
    while (server.get(f"/v1/jobs/{job}").json()["progress"] or {"epoch": 0})["epoch"] < 5:
        time.sleep(0.02)
    server.kill()
    time.sleep(1.5)
    server.start()
    output, said = watching.communicate(timeout=120)
    assert watching.returncode == 0, said
    assert "Connection refused. Trying again." in said
    events = [json.loads(line) for line in output.splitlines()]
    seen = [event["id"] for event in events]
    assert seen == sorted(set(seen)) and seen[0] == 1
    missed = set(range(1, seen[-1] + 1)) - set(seen)
    kinds = {event["id"]: event["event"] for event in server.events({"id": job})}
    assert all(kinds[number] == "batch" for number in missed)
    assert [event["event"] for event in events].count("resumed") == 1 and events[-1]["event"] == "succeeded"


def test_ready_asks_whether_a_server_takes_work(launch, tmp_path):
    server = launch("server")
    port = server.url.rsplit(":", 1)[1]
    assert Command(server.url, tmp_path)("ready") == ""
    assert Command("", tmp_path, FITD_PORT=port)("ready") == ""
    assert json.loads(Command(server.url, tmp_path)("ready", "--json"))
    server.kill()
    assert "Cannot connect" in Command(server.url, tmp_path)("ready", code=1)


def test_a_model_that_is_not_compiled_says_by_which_command_it_is(command, guide):
    (command.folder / "raw.json").write_text(json.dumps(GUIDE))
    command("define", "raw-one", "raw.json")
    said = command("fit", "raw-one", "--x", "client-x", "--y", "client-y", code=2)
    assert said == "fitd: Model 'raw-one' is not compiled; fitd compile raw-one first.\n"


def test_a_closed_pipe_and_an_interrupt_end_it(server, command, guide):
    job = slow(server, command, "piped")
    watching = command.start("watch", job, "--json")
    watching.stdout.readline()
    watching.stdout.close()
    assert watching.wait(30) == -signal.SIGPIPE
    # What starts tests in the background has SIGINT ignored.
    watching = command.start("watch", job, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(0.5)
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=30)
    assert watching.returncode == -signal.SIGINT
    assert server.get(f"/v1/jobs/{job}").json()["status"] == "running"
    command("cancel", job)


def test_every_command_has_help_and_is_in_the_completions():
    help_text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    script = subprocess.run([BINARY, "--generate-completion-script", "bash"], capture_output=True, text=True, check=True)
    for name in (
        *("upload", "define", "compile", "fit", "watch", "jobs", "cancel", "history", "evaluate", "predict"),
        *("weights", "summary", "models", "datasets", "delete", "ready"),
    ):
        assert re.search(rf"^  {name} ", help_text, re.MULTILINE), name
        assert f"_fitd_{name}()" in script.stdout
    assert "Exit codes:" in help_text
