"""`fitd backup` while a fit runs, and a server on what `fitd restore` makes of the copy."""

import subprocess

from fitd import BINARY, Server
from test_restart import assert_same, prepare, undisturbed, wait_for_epoch  # noqa: F401


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)


def test_a_copied_fit_ends_with_the_same_bits(launch, undisturbed, tmp_path):  # noqa: F811
    server = launch()
    job = prepare(server)
    wait_for_epoch(server, job, 4)
    copied = run("backup", tmp_path / "copy", "--data-dir", server.folder / "data")
    assert copied.returncode == 0, copied.stderr
    restored = tmp_path / "restored"
    restored.mkdir()
    answer = run("restore", tmp_path / "copy", "--data-dir", restored / "data")
    assert answer.returncode == 0, answer.stderr
    again = Server(restored).start()
    try:
        assert_same(again, job, undisturbed)
    finally:
        assert again.stop() == 0
    # The server that was copied is none the worse for it.
    assert_same(server, job, undisturbed)


def test_what_is_no_data_directory_is_told(tmp_path):
    answer = run("backup", tmp_path / "copy", "--data-dir", tmp_path)
    assert answer.returncode != 0 and "no data directory" in answer.stderr
