"""docs/ is true: its commands run in the order in which they stand, its error texts are the server's, its links lead
somewhere, and what is generated is not stale."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from fitd import BINARY, ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
RUN = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)( \w+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A server of the documentation's own."""
    from fitd import Server

    running = Server(tmp_path_factory.mktemp("docs")).start()
    yield running
    running.stop()


def shell(script, server, folder):
    """Runs a script in a folder, with fitd and Python on the path, against a server."""
    tools = folder / "tools"
    if not tools.exists():
        tools.mkdir()
        (tools / "fitd").symlink_to(BINARY)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FITD")}
    path = f"{tools}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": path, "FITD_URL": server.url, "FITD_DATA_DIR": str(server.folder / "data")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def story(page, folder):
    """A page's blocks as one script: files are written, shell is run; consoles and configurations are for the eye."""
    script = []
    for language, use, text in BLOCK.findall(page.read_text()):
        if language == "python":
            name, text = text.split("\n", 1)
            (folder / name.removeprefix("# ")).write_text(text)
        elif language == "sh" and use != " serves":
            script.append(text)
    # A command that fails inside $( ) ends the script, too.
    return "shopt -s inherit_errexit\ncurl() { command curl --fail-with-body \"$@\"; }\n" + "\n".join(script)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_what_a_page_says_to_run_runs(asked, tmp_path, page):
    script = story(page, tmp_path)
    if page.stem == "access":
        # Its last part asks the server that its first part prepares.
        script, client = script.split("export FITD_URL=")
        run = shell(script + "echo $token > token.txt\n", asked, tmp_path)
        assert run.returncode == 0, run.stderr
        serving(tmp_path, page, "export FITD_URL=" + client)
        return
    run = shell(script, asked, tmp_path)
    print(run.stdout[-4000:], run.stderr[-4000:])
    assert run.returncode == 0
    if page.stem == "tutorial":
        for line in ("circle: x float64 [1000, 2], y int64 [1000, 1]", "Keras and fitd agree: True"):
            assert line in run.stdout
        assert "circle: 2 layers, 129 parameters, [?, 2] to [?, 1]" in run.stdout
        assert "Epoch 20/20" in run.stdout and "epoch,accuracy,loss,val_accuracy,val_loss" in run.stdout


def serving(folder, page, client):
    """Serves as a page says, on a free port, and runs what asks that server."""
    (command,) = [text for language, use, text in BLOCK.findall(page.read_text()) if use == " serves"]
    flags = command.split()[1:]
    server = subprocess.Popen(
        [BINARY, *flags, "--port", "0", "--data-dir", folder / "data"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        port = server.stdout.readline().rsplit(":", 1)[1].strip()
        script = "token=$(cat token.txt)\n" + client.replace("localhost:8080", f"localhost:{port}")
        run = shell(script, Asked(folder), folder)
        assert run.returncode == 0, run.stderr
        assert run.stdout.startswith("MODEL") and '"items":[]' in run.stdout
    finally:
        server.terminate()
        server.wait(30)


class Asked:
    def __init__(self, folder):
        self.url, self.folder = "", folder


def faq():
    """The setup, and each error's text with the commands that call it forth."""
    text = (DOCS / "faq.md").read_text()
    (setup,) = [body for _, use, body in BLOCK.findall(text) if use == " setup"]
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    entries = []
    for part in parts:
        quoted = re.match(r"`(.*)`\n", part)
        if quoted:
            (body,) = [body for language, _, body in BLOCK.findall(part) if language == "sh"]
            entries.append((quoted[1], body))
    return setup, entries


@pytest.fixture(scope="module")
def troubled(asked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faq")
    run = shell(faq()[0], asked, folder)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.parametrize(("error", "commands"), faq()[1], ids=lambda value: re.sub(r"\W+", "-", value)[:40])
def test_an_error_reads_as_the_faq_has_it(asked, troubled, error, commands):
    run = shell("set +e\n" + commands, asked, troubled)
    assert error in run.stdout + run.stderr, run.stdout + run.stderr


def test_reference_and_api_are_those_of_this_server(tmp_path):
    subprocess.run([sys.executable, DOCS / "generate.py", BINARY, tmp_path], check=True)
    for name in ("reference.md", "api.md"):
        assert (tmp_path / name).read_text() == (DOCS / name).read_text(), f"docs/{name} is stale; run make docs"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert anchor in anchors, target


def test_every_page_is_in_the_index():
    index = (DOCS / "README.md").read_text()
    for page in PAGES:
        if page.name != "README.md":
            assert f"({page.relative_to(DOCS)})" in index, page
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()
