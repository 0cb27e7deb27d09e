"""Who may: tokens made by the command, TLS, and what is refused before it listens; driven by curl."""

import signal
import subprocess
import time

import pytest
import requests
from fitd import BINARY, good, npy, problem


def command(*arguments, status=0):
    """Runs fitd; its standard output, or what it says when it is to fail."""
    run = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)
    assert run.returncode == status if status == 0 else run.returncode != 0, run.stderr
    return run.stdout.strip() if status == 0 else run.stderr


def token(file, name, scope="train", expires="90d"):
    return command(
        "token", "create", "--token-file", file, "--name", name, "--scope", scope, "--expires", expires
    )


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def eventually(condition):
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def certify(folder, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def test_scopes_and_revocation(launch, tmp_path):
    file = tmp_path / "secrets"
    secrets = {scope: token(file, f"my-{scope}", scope) for scope in ("read", "train", "admin")}
    text = file.read_text()
    assert not any(secret in text for secret in secrets.values())
    assert file.stat().st_mode & 0o777 == 0o600
    server = launch("tokens", "--token-file", str(file))
    answer = server.get("/v1/models")
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fitd"'
    body = npy([[1.0, 2.0]])
    answer = server.put("/v1/datasets/x", data=body, headers=bearer(secrets["read"]))
    problem(answer, 403)
    assert 'error="insufficient_scope", scope="train"' in answer.headers["WWW-Authenticate"]
    mine = {**bearer(secrets["train"]), "X-Request-Id": "seen-in-the-log"}
    assert good(server.put("/v1/datasets/x", data=body, headers=mine)).headers["X-Request-Id"] == "seen-in-the-log"
    good(server.get("/v1/datasets/x", headers=bearer(secrets["read"])))
    problem(server.get("/v1/tokens", headers=bearer(secrets["train"])), 403)
    listed = good(server.get("/v1/tokens", headers=bearer(secrets["admin"]))).json()["items"]
    assert [item["name"] for item in listed] == ["my-admin", "my-read", "my-train"]
    assert listed[2]["stored_bytes"] > 0 and listed[2]["expires_at"] > listed[2]["created_at"]

    log = (server.folder / "log").read_text()
    line = next(line for line in log.splitlines() if "fitd.audit" in line and "seen-in-the-log" in line)
    for word in ("token=my-train", "method=PUT", "path=/v1/datasets/x", "status=201"):
        assert word in line
    assert not any(secret in log for secret in secrets.values())

    command("token", "revoke", "--token-file", file, "--name", "my-train")
    assert "my-train" not in command("token", "list", "--token-file", file)
    good(server.get("/v1", headers=bearer(secrets["train"])))
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.get("/v1", headers=bearer(secrets["train"])).status_code == 401)
    good(server.get("/v1", headers=bearer(secrets["read"])))


def test_a_token_has_its_rate_and_its_room(launch, tmp_path):
    file = tmp_path / "secrets"
    mine = bearer(token(file, "mine"))
    server = launch("rate", "--token-file", str(file), "--token-rate", "2", "--token-bytes", "1K")
    problem(server.put("/v1/datasets/x", data=npy([0.0] * 1000), headers=mine), 507)
    answers = [server.get("/openapi.yaml", headers=mine) for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and int(refused[0].headers["Retry-After"]) >= 1


def test_plain_tokens_still_work_and_are_taken_over(launch, tmp_path):
    file = tmp_path / "secrets"
    file.write_text("# ours\nplain-secret\n")
    server = launch("plain", "--token-file", str(file))
    good(server.get("/v1", headers=bearer("plain-secret")))
    assert "holds tokens as they are" in (server.folder / "log").read_text()
    token(file, "new", "read")
    assert "plain-secret" not in file.read_text()
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded" in (server.folder / "log").read_text())
    good(server.get("/v1", headers=bearer("plain-secret")))


def test_a_certificate_is_renewed_without_a_stop(launch, tmp_path):
    certify(tmp_path, "first")
    server = launch("tls", "--tls-cert", str(tmp_path / "certificate.pem"), "--tls-key", str(tmp_path / "key.pem"))
    assert server.url.startswith("https://")

    def subject():
        run = subprocess.run(
            ["curl", "-sSv", "--cacert", tmp_path / "certificate.pem", server.url + "/healthz"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return next((line.split("CN=")[1] for line in run.stderr.splitlines() if "subject:" in line), None)

    assert subject() == "first"
    certify(tmp_path, "second")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: subject() == "second")


@pytest.mark.parametrize("flags", [[], ["--token-file", "TOKENS"]], ids=["no tokens", "no TLS"])
def test_beyond_this_machine_it_wants_tokens_and_tls(tmp_path, flags):
    token(tmp_path / "secrets", "any")
    flags = [str(tmp_path / "secrets") if flag == "TOKENS" else flag for flag in flags]
    said = command("serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", tmp_path / "data", *flags, status=64)
    assert "--allow-" in said and not (tmp_path / "data").exists()


def test_pages_of_other_sites_change_nothing(server):
    """What a form or a script of another site's page can send without asking first."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        problem(server.post("/v1/datasets", data=npy([1.0]), headers={**headers, "Content-Type": "text/plain"}), 403)
    problem(server.get("/v1", headers={"Host": "rebound.example"}), 421)


def test_no_address_or_path_of_a_client_is_opened(server, tmp_path):
    """A name is a name: what looks like a path or an address is refused, or not found."""
    secret = tmp_path / "secret.npy"
    secret.write_bytes(npy([86421.0]))
    server.define("reader", {"class_name": "Dense", "config": {"units": 1, "input_dim": 1}})
    for x in (str(secret), f"file://{secret}", "http://127.0.0.1:9/x.npy", f"../../{secret}"):
        answer = server.post("/v1/models/reader/predict", json={"x": x})
        assert answer.status_code == 422 and "86421" not in answer.text
    for path in ("/v1/datasets/..%2F..%2Fetc%2Fpasswd", "/v1/datasets/x/arrays/..%2F..%2Flock", "/v1/models/%2Fetc"):
        assert requests.get(server.url + path, timeout=60).status_code == 404
    problem(server.put("/v1/datasets/..%2Fx", data=npy([1.0])), 422)
